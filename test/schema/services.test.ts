import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { fromJSONSchema } from 'zod';
import { k8snet } from '../cli/run.ts';
import { TRACES } from '../services/questions.ts';

const published = (name: string) => fromJSONSchema(JSON.parse(readFileSync(new URL(`../../fixtures/schema/${name}.schema.json`, import.meta.url), 'utf8')));
const shape = { cluster: published('cluster'), trace: published('trace'), node: published('node') };

const misfits = (schema: ReturnType<typeof published>, doc: unknown) =>
  schema.safeParse(doc).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

const input = (scenario: string) => `-f fixtures/services/${scenario}/cluster.yaml`;

test.for(TRACES)('%s: %s, as JSON and as YAML', async ([scenario, , question]) => {
  const json: unknown = JSON.parse((await k8snet(`trace ${question} ${input(scenario)} -o json`)).out);
  expect(misfits(shape.trace, json)).toEqual([]);
  expect(load((await k8snet(`trace ${question} ${input(scenario)} -o yaml`)).out)).toEqual(json);
});

test('what is told of a Service is told in the document', async () => {
  const doc: unknown = JSON.parse((await k8snet(`trace web svc/cache ${input('no-endpoints')} -o json`)).out);
  expect(doc).toMatchObject({
    result: 'unreachable',
    cluster: { proxy: 'iptables' },
    question: { to: { kind: 'service', namespace: 'default', name: 'cache', ip: '10.96.0.21' } },
    service: {
      name: 'cache',
      type: 'ClusterIP',
      via: 'clusterIP',
      port: 6379,
      backends: [{ ip: '10.244.1.3', port: 6379, pod: 'cache-0', node: 'node-2', ready: false, probability: 0, traces: [] }],
    },
    causes: [{ code: 'SERVICE_PODS_NOT_READY', file: 'fixtures/services/no-endpoints/cluster.yaml', line: 14, certain: true }],
    summary: { reason: { code: 'SERVICE_NO_ENDPOINTS', host: 'node-1' } },
  });
});

const scenarios = readdirSync(new URL('../../fixtures/services', import.meta.url));

test.for(scenarios)('%s: the file is as the schema of cluster files says, and so are its nodes', async (scenario) => {
  const short = load(readFileSync(new URL(`../../fixtures/services/${scenario}/cluster.yaml`, import.meta.url), 'utf8')) as { nodes: { name: string }[] };
  expect(misfits(shape.cluster, short)).toEqual([]);
  for (const { name } of short.nodes) expect(misfits(shape.node, JSON.parse((await k8snet(`node ${name} ${input(scenario)} -o json`)).out))).toEqual([]);
});
