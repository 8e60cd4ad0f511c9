import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { k8snet } from './cli/run.ts';
import { fixtures } from './support/fixtures.ts';

// State and traces of every fixture as committed text: `npx vitest run test/goldens.test.ts -u` writes them anew. Read the difference before committing it.

for (const { name, file, pods, nodes } of fixtures) {
  const folder = dirname(file);
  const input = relative(process.cwd(), file);
  const [from = ''] = pods;
  const questions = [...pods.slice(1).map((to) => [from, to]), [from, 'internet'], [nodes[0]!, pods.at(-1)!]];
  test.for(questions)(`${name}: %s to %s`, async ([a = '', b = '']) => {
    await expect((await k8snet(`trace ${a} ${b} -f ${input}`)).out).toMatchFileSnapshot(join(folder, 'traces', `${a}-${b}.txt`));
  });
  test.for(nodes.slice(0, 1))(`${name}: state of %s`, async (node) => {
    await expect((await k8snet(`node ${node} -f ${input}`)).out).toMatchFileSnapshot(join(folder, 'state', `${node}.txt`));
  });
}
