import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { k8snet } from '../cli/run.ts';
import { TRACES } from './questions.ts';

// What Services do, as committed text. Each was held against the reference by hand; `npx vitest run test/services/golden.test.ts -u` writes
// them anew. Read the difference before committing it.

const FOLDER = 'fixtures/services';

test.for(TRACES)('%s: %s', async ([scenario, name, question, code]) => {
  const ran = await k8snet(`trace ${question} -f ${FOLDER}/${scenario}/cluster.yaml`);
  expect([ran.code, ran.err]).toEqual([code, '']);
  await expect(`$ k8snet trace ${question}\n${ran.out}`).toMatchFileSnapshot(`../../${FOLDER}/${scenario}/traces/${name}.txt`);
});

/** The node that clients of the scenario are on. */
const STATES: readonly (readonly [scenario: string, node: string])[] = [
  ['cluster-ip', 'node-1'],
  ['node-port', 'node-1'],
  ['load-balancer', 'node-1'],
  ['nftables', 'node-1'],
  ['ipvs', 'node-1'],
  ['affinity', 'node-1'],
];

test.for(STATES)('%s: state of %s', async ([scenario, node]) => {
  const { out, err } = await k8snet(`node ${node} -f ${FOLDER}/${scenario}/cluster.yaml`);
  expect(err).toBe('');
  await expect(out).toMatchFileSnapshot(`../../${FOLDER}/${scenario}/state/${node}.txt`);
});

const scenarios = readdirSync(FOLDER);

test.for(scenarios)('%s: nothing is wrong with the file, and it is asked about', async (scenario) => {
  expect((await k8snet(`check ${FOLDER}/${scenario}/cluster.yaml`)).out).toBe('0 errors, 0 warnings\n');
  expect(TRACES.map(([name]) => name)).toContain(scenario);
});
