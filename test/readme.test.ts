import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { k8snet } from './cli/run.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/^```console\n\$ k8snet (.*)\n([\s\S]*?)^```$/gm)].map(([, command = '', output = '']) => ({ command, output }));

test('the README shows what the program prints', () => {
  expect(examples.length).toBeGreaterThan(1);
});

test.for(examples)('README: k8snet $command', async ({ command, output }) => {
  expect((await k8snet(command)).out).toBe(output);
});

test('the README names every command', async () => {
  const { out } = await k8snet('--help');
  const commands = [...out.matchAll(/^ {2}([a-z]+) (?:\[options\] )?(?:[[<]|)/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help' && name !== 'kubectl');
  expect(commands).toContain('trace');
  for (const name of commands) if (!['k8snet'].includes(name!)) expect(readme).toContain(`\`k8snet ${name}`);
});

test('the cluster file of the README is one', async () => {
  const text = /^```yaml\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';
  const { code, out } = await k8snet('trace pod-a pod-b -f -', {
    stdin: (async function* () {
      yield text;
    })(),
  });
  expect(code).toBe(0);
  expect(out).toContain('ttl 60');
});
