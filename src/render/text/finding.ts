import type { FindingDoc } from '../../check.ts';
import { hang } from '../wrap.ts';
import type { Style } from './style.ts';

const place = ({ file, line, column }: FindingDoc): string =>
  file === undefined ? '' : `${[file, line, column].filter((part) => part !== undefined).join(':')}: `;

// A long line is shown around the place that matters.
const frame = ({ source, line, column, length = 1 }: FindingDoc, { width, palette }: Style): string[] => {
  if (source === undefined || line === undefined || column === undefined) return [];
  const gutter = `  ${line} | `;
  const room = (Number.isFinite(width) ? width : 200) - gutter.length;
  const start = column - 1 + length <= room ? 0 : Math.max(0, column - 1 - Math.floor(room / 3));
  const text = source.slice(start, start + room).replaceAll('\t', ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, text.length - (column - 1 - start))));
  return [
    palette.faint(gutter) + text,
    `${' '.repeat(gutter.length - 2)}${palette.faint('|')} ${' '.repeat(column - 1 - start)}${palette.bad(carets)}`,
  ];
};

/** One problem: `file:line:column: message`, the line it is about, a hint. */
export const findingLines = (finding: FindingDoc, style: Style): string[] => {
  const { palette, width } = style;
  const paint = finding.severity === 'error' ? palette.bad : palette.warn;
  const word = `${finding.severity}: `;
  // One line however long it is: editors and pipelines read it by its colons.
  const line = `${place(finding)}${word}${finding.message} [${finding.code}]`;
  return [
    line.replace(word, paint(word)),
    ...frame(finding, style),
    ...(finding.hint === undefined ? [] : hang('  hint: ', finding.hint, width).map((line) => palette.faint(line))),
  ];
};
