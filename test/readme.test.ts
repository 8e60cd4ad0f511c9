import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../src/cli.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

// Each ```console block: `$ k8snet …`, then what it prints.
const examples = [...readme.matchAll(/```console\n\$ k8snet (.*)\n([\s\S]*?)\n```/g)].map(([, command = '', output = '']) => [command, output] as const);

test('the README has examples', () => expect(examples.length).toBeGreaterThan(1));

test.for(examples)('README: k8snet %s', async ([command, output]) => {
  const out: string[] = [];
  const io = { out: (text: string) => void out.push(text), err: () => {}, env: { NO_COLOR: '1' }, cwd: process.cwd(), colours: { out: 0, err: 0 } as const };
  await main(command.split(' '), io);
  expect(out.join('').trimEnd()).toBe(output);
});

test('the two commands stand on a line of their own', () => {
  expect(readme).toContain('\nnpm ci && npx k8snet trace pod-a pod-b\n');
  expect(readme).toContain('\nnpm ci && npm test\n');
});

test('every command is named', async () => {
  let help = '';
  const io = { out: (text: string) => void (help += text), err: () => {}, env: {}, cwd: process.cwd(), colours: { out: 0, err: 0 } as const };
  await main(['--help'], io);
  const commands = [...help.matchAll(/^ {2}([a-z]+) (?=\[|<)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  expect(commands).toContain('trace');
  for (const name of commands) expect(readme).toContain(`\`k8snet ${name}`);
});
