import { expect, test } from 'vitest';
import { formatProblem, problemLine } from '../../src/model/frame.ts';
import type { Problem } from '../../src/model/place.ts';

const text = 'plugin: flannel\nnodes:\n\t- {name: node-1, mtuu: 1500}\n';
const problem: Problem = {
  severity: 'error',
  code: 'UNKNOWN_KEY',
  message: 'unknown key "mtuu"',
  place: { file: 'a.yaml', line: 3, column: 19 },
  length: 4,
  hint: 'did you mean "mtu"?',
};

test('a problem with its source line, a caret, and its hint', () => {
  expect(formatProblem(problem, text)).toBe(`a.yaml:3:19: unknown key "mtuu"
  2 | nodes:
  3 |  - {name: node-1, mtuu: 1500}
    |                   ^^^^
  hint: did you mean "mtu"?`);
});

test.for<[what: string, change: Partial<Problem>, source: string | undefined, want: string]>([
  ['without the source', {}, undefined, 'a.yaml:3:19: unknown key "mtuu"\n  hint: did you mean "mtu"?'],
  ['a warning', { severity: 'warning' }, undefined, 'a.yaml:3:19: warning: unknown key "mtuu"\n  hint: did you mean "mtu"?'],
  ['a line that is not there', { place: { file: 'a.yaml', line: 9, column: 1 } }, text, 'a.yaml:9:1: unknown key "mtuu"\n  hint: did you mean "mtu"?'],
  [
    'the first line',
    { place: { file: 'a.yaml', line: 1, column: 9 }, length: 7 },
    'plugin: flannel\r\n',
    'a.yaml:1:9: unknown key "mtuu"\n  1 | plugin: flannel\n    |         ^^^^^^^\n  hint: did you mean "mtu"?',
  ],
  [
    'a caret never runs past its line',
    { place: { file: 'a.yaml', line: 1, column: 15 }, length: 70 },
    'plugin: flannel\n',
    'a.yaml:1:15: unknown key "mtuu"\n  1 | plugin: flannel\n    |               ^\n  hint: did you mean "mtu"?',
  ],
])('%s', ([, change, source, want]) => expect(formatProblem({ ...problem, ...change }, source)).toBe(want));

test('of a very long line only the part around the caret is shown', () => {
  const long = `${'x'.repeat(5000)}HERE${'y'.repeat(5000)}`;
  const shown = formatProblem({ ...problem, place: { file: 'a.json', line: 1, column: 5001 } }, long).split('\n');
  expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(120);
  expect(shown[1]?.indexOf('HERE')).toBe(shown[2]?.indexOf('^^^^'));
});

test('control characters do not reach the terminal', () => {
  expect(formatProblem({ ...problem, place: { file: 'a.yaml', line: 1, column: 1 } }, 'a\u001b[31mb')).not.toContain('\u001b');
});

test('a problem of no file is its message', () => {
  expect(problemLine({ severity: 'error', code: 'X', message: 'a.yaml: no such file' })).toBe('a.yaml: no such file');
});
