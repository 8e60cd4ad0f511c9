import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../src/cli.ts';
import { fixtures } from './support/fixtures.ts';

// State and traces of every fixture as committed text: `npx vitest run test/goldens.test.ts -u` writes them anew. Read the difference before committing it.

const run = async (...args: string[]): Promise<string> => {
  const out: string[] = [];
  const io = {
    out: (text: string) => void out.push(text),
    err: () => {},
    env: { NO_COLOR: '1' },
    cwd: process.cwd(),
    colours: { out: 0, err: 0 } as const,
  };
  await main(args, io);
  return out.join('');
};

for (const { name, file, pods, nodes } of fixtures) {
  const folder = dirname(file);
  const input = relative(process.cwd(), file);
  const [from = ''] = pods;
  const questions = [...pods.slice(1).map((to) => [from, to]), [from, 'internet'], [nodes[0]!, pods.at(-1)!]];
  test.for(questions)(`${name}: %s to %s`, async ([a = '', b = '']) => {
    await expect(await run('trace', a, b, '-f', input)).toMatchFileSnapshot(join(folder, 'traces', `${a}-${b}.txt`));
  });
  test.for(nodes.slice(0, 1))(`${name}: state of %s`, async (node) => {
    await expect(await run('node', node, '-f', input)).toMatchFileSnapshot(join(folder, 'state', `${node}.txt`));
  });
}
