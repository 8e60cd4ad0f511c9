import Table from 'cli-table3';
import type { CompareDoc, CompareRow } from '../../compare.ts';
import { questionOf } from './heading.ts';
import type { Style } from './style.ts';

const HEAD = ['plugin', 'answer', 'seen as', 'bytes', 'ttl', 'mtu', 'way'] as const;

/** Devices in order, hosts parted by bars: `eth0 | cni0 flannel.1 eth0 | fabric | …`. */
const wayWords = (path: readonly string[]): string => {
  const hosts: { host: string; places: string[] }[] = [];
  for (const place of path) {
    const colon = place.indexOf(':');
    const [host, at] = colon < 0 ? [place, place] : [place.slice(0, colon), place.slice(colon + 1)];
    const last = hosts.at(-1);
    if (last?.host === host) last.places.push(at);
    else hosts.push({ host, places: [at] });
  }
  return hosts.map(({ places }) => places.join(' ')).join(' | ');
};

const answerOf = ({ result, reason }: CompareRow): string =>
  result === 'reachable' ? result : (reason?.code ?? result);

const cellsOf = (row: CompareRow, { palette }: Style): string[] => {
  const paint = row.result === 'reachable' ? palette.good : row.result === 'refused' ? palette.faint : palette.bad;
  return [
    palette.strong(row.plugin),
    paint(answerOf(row)),
    row.sourceSeen ?? '',
    row.overhead === 0 ? '' : `+${row.overhead}`,
    row.ttl === undefined ? '' : String(row.ttl),
    row.pathMtu === undefined ? '' : String(row.pathMtu),
    row.result === 'refused' ? (row.reason?.summary ?? '') : wayWords(row.path),
  ];
};

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']),
  ),
);

/** One row for each plugin: how it answers, whom the receiver sees, what is added on the way, and the way. */
export const compareText = (doc: CompareDoc, style: Style): string[] => {
  const { width, palette } = style;
  const rows = doc.rows.map((row) => cellsOf(row, style));
  const plain = doc.rows.map((row) =>
    cellsOf(row, { ...style, palette: { ...palette, strong: String, good: String, bad: String, faint: String } }),
  );
  const widths = HEAD.slice(0, -1).map(
    (head, i) => Math.max(head.length, ...plain.map((cells) => cells[i]?.length ?? 0)) + 2,
  );
  const room = Number.isFinite(width) ? Math.max(20, width - widths.reduce((sum, one) => sum + one, 0)) : 0;
  const table = new Table({
    head: HEAD.map((text) => palette.faint(text)),
    chars: { ...NO_LINES, middle: '' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    ...(room > 0 && { colWidths: [...widths, room], wordWrap: true }),
  });
  table.push(...rows);
  return [
    ...(doc.question ? questionOf(doc.question, style) : []),
    '',
    ...table
      .toString()
      .split('\n')
      .map((line) => line.trimEnd()),
  ];
};
