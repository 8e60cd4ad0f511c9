import type { Place, Problem } from './place.ts';

/** Longest piece of a source line that a frame shows; minified JSON has lines of megabytes. */
const WIDTH = 100;

/** Control characters would move a terminal's cursor; tabs would put the caret in the wrong column. */
const visible = (text: string): string => text.replaceAll('\t', ' ').replaceAll(/\p{Cc}/gu, '\u00b7');

/**
 * The source line that `place` names, with a caret under it and up to `context` lines before:
 *
 *     7 | nodes:
 *     8 |   - {name: node-1, mtuu: 1500}
 *       |                    ^^^^
 *
 * Empty where the line does not exist.
 */
const frameOf = (lines: readonly string[], place: Place, length = 1, context = 1): readonly string[] => {
  const line = lines[place.line - 1];
  if (line === undefined) return [];
  const gutter = String(place.line).length;
  // A long line is cut to a window around the caret.
  const start = place.column > WIDTH - 20 ? Math.max(0, place.column - 1 - WIDTH / 2) : 0;
  const cut = (text: string) => visible(text.slice(start, start + WIDTH));
  const before = lines
    .slice(Math.max(0, place.line - 1 - context), place.line - 1)
    .map((text, i, all) => `${String(place.line - all.length + i).padStart(gutter)} | ${cut(text)}`.trimEnd());
  const room = Math.max(1, Math.min(length, line.length - place.column + 1, start + WIDTH - place.column + 1));
  return [
    ...before,
    `${place.line} | ${cut(line)}`.trimEnd(),
    `${' '.repeat(gutter)} | ${' '.repeat(Math.max(0, place.column - 1 - start))}${'^'.repeat(room)}`,
  ];
};

/** Only the lines that frames around `line` need, at their index: large texts are not split. */
const linesAround = (text: string, line: number, context: number): string[] => {
  const lines: string[] = [];
  let start = 0;
  for (let n = 1; n <= line && start <= text.length; n++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    lines.push(n >= line - context ? text.slice(start, end).replace(/\r$/, '') : '');
    start = end + 1;
  }
  return lines;
};

/** `cluster.yaml:8:20: unknown key "mtuu"`: the one line that problem matchers read. */
export const problemLine = ({ severity, message, place }: Problem): string => {
  const where = place ? `${place.file}:${place.line}:${place.column}: ` : '';
  return `${where}${severity === 'warning' ? 'warning: ' : ''}${message}`;
};

/** A problem as plain text: its line, a code frame where the source is given, and the hint. */
export const formatProblem = (problem: Problem, sourceText?: string): string => {
  const { place, hint, length } = problem;
  const frame =
    place && sourceText !== undefined ? frameOf(linesAround(sourceText, place.line, 1), place, length ?? 1) : [];
  return [problemLine(problem), ...frame.map((line) => `  ${line}`), ...(hint ? [`  hint: ${hint}`] : [])].join('\n');
};
