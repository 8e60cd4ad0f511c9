import type { StepDoc, TraceItemDoc } from '../../explain/document.ts';
import { wrap } from '../wrap.ts';
import { type Row, rightOf, rowsOf } from './rows.ts';
import type { Style } from './style.ts';
import { verboseStep } from './verbose.ts';

/** Hosts with longer names stand on a line of their own. */
const LONGEST_HOST = 16;

export type Columns = { readonly host: number; readonly at: number };

const longest = (texts: readonly string[], limit: number): number =>
  Math.max(0, ...texts.map((text) => text.length).filter((length) => length <= limit));

/** Column widths that serve several tables, so that they stand in line. */
export const columnsOf = (items: readonly TraceItemDoc[]): Columns => {
  const rows = items.flatMap(rowsOf);
  return {
    host: longest(
      rows.map(({ host }) => host),
      LONGEST_HOST,
    ),
    at: longest(
      rows.map(({ at }) => at),
      LONGEST_HOST,
    ),
  };
};

const headline = (row: Row): string => {
  const main = row.steps.filter((step) => step.level === 'main').map((step) => step.brief);
  const rest = row.steps.findLast((step) => step.level === 'verbose')?.brief ?? '';
  return main.length > 0 ? main.join('; ') : row.steps.some((step) => step.level === 'detail') ? '' : rest;
};

/** Text in the third column, with what stands at the right edge on its first line. */
const place = (text: string, right: string, indent: number, { width }: Style): string[] => {
  const room = width - indent;
  if (right === '') return wrap(text, room);
  const whole = wrap(text, room);
  const first = whole[0] ?? '';
  // An unlimited line has no right edge: what would stand there follows.
  if (!Number.isFinite(width)) return [`${first}   ${right}`, ...whole.slice(1)];
  const fits = first.length + 2 + right.length <= room;
  const lines = fits ? whole : wrap(text, room - right.length - 2);
  const [head = '', ...rest] = lines;
  return [head + right.padStart(room - head.length), ...rest];
};

const coloured = (line: string, row: Row, { palette }: Style): string => {
  const bad = row.steps.some((step) => step.kind === 'drop');
  return bad ? palette.bad(line) : line;
};

// Where the rule is, and whose: what someone looks for on a live node, and in the manifests.
const sourceOf = ({ level, source, chains = [] }: StepDoc): string[] =>
  level === 'verbose' || source === undefined
    ? []
    : [source, ...(chains.length > 0 ? [`by ${chains.join(' > ')}`] : [])];

// A step of detail has a line of its own; one that made the headline may have a rule to show.
const detailOf = (step: StepDoc): string | undefined =>
  step.level === 'detail' ? step.brief : step.level === 'main' ? step.rule : undefined;

const detailLines = (text: string, indent: string, { width, palette }: Style): string[] =>
  wrap(text, width - indent.length - 2).map((line, i) => indent + palette.faint(i === 0 ? line : `  ${line}`));

const rowLines = (row: Row, right: string, showHost: boolean, columns: Columns, style: Style): string[] => {
  const { palette } = style;
  const indent = 2 + columns.host + 2 + (columns.at === 0 ? 0 : columns.at + 2);
  const own = showHost && row.host.length > columns.host;
  const host = (showHost && !own ? row.host : '').padEnd(columns.host);
  const at = columns.at === 0 ? '' : `${row.at.padEnd(columns.at)}  `;
  const lead = `  ${palette.strong(host)}  ${palette.name(at)}`;
  const text = headline(row);
  const tall = row.at.length > columns.at;
  const body = place(text, right, indent, style).map((line) => line.trimEnd());
  const lines = body.map((line, i) => {
    const shown = coloured(line, row, style);
    return i === 0 && !tall ? lead + shown : ' '.repeat(indent) + shown;
  });
  return [
    ...(own ? [`  ${palette.strong(row.host)}`] : []),
    ...(tall ? [`  ${palette.strong(host)}  ${palette.name(row.at)}`] : []),
    ...lines,
  ];
};

/** One trace as a table: host, device, what happened there, and at the right the TTL and the MTU where it changes. */
export const tableOf = (item: TraceItemDoc, columns: Columns, style: Style): string[] => {
  const rows = rowsOf(item);
  const indent = ' '.repeat(2 + columns.host + 2 + (columns.at === 0 ? 0 : columns.at + 2));
  let mtu: number | undefined;
  return rows.flatMap((row, i) => {
    const { text, mtu: seen } = rightOf(row, mtu);
    mtu = seen ?? mtu;
    const all = rowLines(row, text, rows[i - 1]?.host !== row.host, columns, style);
    const lines = all.filter((line) => line.trim() !== '');
    if (style.level === 'verbose') return [...lines, ...row.steps.flatMap((step) => verboseStep(step, indent, style))];
    const details = row.steps
      .flatMap((step) => [...sourceOf(step), detailOf(step)])
      .filter((text) => text !== undefined);
    return [...lines, ...details.flatMap((text) => detailLines(text, indent, style))];
  });
};

/** One line per hop: the devices in order, and the TTL that the packet leaves with. */
export const briefTable = (item: TraceItemDoc, columns: Columns, style: Style): string[] => {
  const indent = 2 + columns.host + 2;
  return item.hops.flatMap(({ host, steps }) => {
    const { palette } = style;
    const places = [...new Set(steps.map((step) => step.at))].filter((at) => at !== '');
    const last = steps.at(-1);
    const text = places.length > 0 ? places.join(' > ') : (last?.brief ?? '');
    const right = last && !last.packet.inner && places.length > 0 ? `ttl ${last.ttl}` : '';
    const [first = '', ...rest] = place(text, right, indent, style);
    const own = host.length > columns.host;
    const lead = own ? ' '.repeat(columns.host) : host.padEnd(columns.host);
    const drop = last?.kind === 'drop' ? [' '.repeat(indent) + palette.bad(last.brief)] : [];
    return [
      ...(own ? [`  ${palette.strong(host)}`] : []),
      `  ${palette.strong(lead)}  ${first}`,
      ...rest.map((line) => ' '.repeat(indent) + line),
      ...drop,
    ];
  });
};
