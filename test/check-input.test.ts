import { expect, test } from 'vitest';
import { checkInput } from '../src/check.ts';
import { load } from '../src/load/index.ts';
import type { Problem } from '../src/model/place.ts';

const text = 'plugin: flannel\nnodes:\n  - {name: a, ip: 10.0.0.1, mtuu: 1}\n  - {name: b, ip: 10.0.0.1}\n';

test('problems of the input become findings with their places', async () => {
  const loaded = await load({ files: [], text: { name: 'a.yaml', text } });
  expect(checkInput(loaded)).toEqual({
    schema: 'k8snet/check/v1',
    findings: [
      {
        rule: 'input',
        code: 'UNKNOWN_KEY',
        severity: 'error',
        message: 'unknown key "mtuu"',
        file: 'a.yaml',
        line: 3,
        column: 29,
        length: 4,
        hint: 'did you mean "mtu"?',
      },
      {
        rule: 'input',
        code: 'DUPLICATE_ADDRESS',
        severity: 'error',
        message: '10.0.0.1 of node "b" is also the address of node "a"',
        file: 'a.yaml',
        line: 4,
        column: 19,
        length: 8,
        hint: 'node "a" is in a.yaml:3',
      },
    ],
    expectations: [],
    counts: { error: 2, warning: 0 },
  });
});

test('what the plugin says joins in, once', () => {
  const problem: Problem = { severity: 'warning', code: 'X', message: 'm' };
  const { findings, counts } = checkInput({ problems: [problem] }, [problem, { ...problem, message: 'n' }]);
  expect(findings.map(({ message }) => message)).toEqual(['m', 'n']);
  expect(counts).toEqual({ error: 0, warning: 2 });
});
