import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { k8snet, stdin } from './cli/run.ts';

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

const yamlIn = (text: string): readonly object[] => [...text.matchAll(/```yaml\n([\s\S]*?)\n```/g)].map(([, yaml = '']) => load(yaml) as object);
const [cluster = {}, ...more] = yamlIn(readme);
const ofServices = yamlIn(readFileSync(join(import.meta.dirname, '../src/services/README.md'), 'utf8'));

test.for([
  ['alone', [{}]],
  ['with what README.md adds', more],
  ['with what src/services/README.md adds', ofServices],
] as const)('the cluster file of the README is right, %s', async ([, parts]) => {
  expect(parts.length).toBeGreaterThan(0);
  for (const part of parts) {
    const ran = await k8snet('check -f -', { stdin: stdin(JSON.stringify({ ...cluster, ...part })) });
    expect(ran.out).toBe('0 errors, 0 warnings\n');
  }
});
