import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { k8snet } from './cli/run.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

// Each ```console block: `$ k8snet …`, then what it prints.
const examples = [...readme.matchAll(/```console\n\$ k8snet (.*)\n([\s\S]*?)\n```/g)].map(([, command = '', output = '']) => [command, output] as const);

test('the README has examples', () => expect(examples.length).toBeGreaterThan(1));

test.for(examples)('README: k8snet %s', async ([command, output]) => {
  const { out } = await k8snet(command);
  expect(out.trimEnd()).toBe(output);
});

test('the two commands stand on a line of their own', () => {
  expect(readme).toContain('\nnpm ci && npx k8snet trace pod-a pod-b\n');
  expect(readme).toContain('\nnpm ci && npm test\n');
});

test('every command is named', async () => {
  const { out: help } = await k8snet('--help');
  const commands = [...help.matchAll(/^ {2}([a-z]+) (?=\[|<)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  expect(commands).toContain('trace');
  for (const name of commands) expect(readme).toContain(`\`k8snet ${name}`);
});
