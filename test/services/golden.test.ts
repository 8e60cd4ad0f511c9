import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { k8snet } from '../cli/run.ts';

// What Services do, as committed text. Each was held against the reference by hand; `npx vitest run test/services/golden.test.ts -u` writes
// them anew. Read the difference before committing it.

const FOLDER = 'fixtures/services';

type Golden = readonly [scenario: string, name: string, question: string, code: 0 | 1 | 2 | 3];

const TRACES: readonly Golden[] = [
  ['cluster-ip', 'either-pod', 'web svc/db', 0],
  ['cluster-ip', 'either-pod-brief', 'web svc/db --brief', 0],
  ['cluster-ip', 'pinned', 'web svc/db --backend db-1', 0],
  ['cluster-ip', 'pinned-verbose', 'web svc/db --backend db-0 -v', 0],
  ['cluster-ip', 'from-node', 'node/node-1 svc/db --backend db-1', 0],
  ['cluster-ip', 'ping', 'web svc/db --protocol icmp', 1],
  ['node-port', 'cluster', 'internet node/node-2:30080', 0],
  ['node-port', 'local-with-pod', 'internet node/node-1:30081', 0],
  ['node-port', 'local-without-pod', 'internet node/node-2:30081', 1],
  ['node-port', 'pod-to-other-node', 'client node/node-1:30081', 0],
  ['node-port', 'pod-to-own-node', 'client node/node-2:30081', 0],
  ['load-balancer', 'cluster', 'internet svc/shop', 0],
  ['load-balancer', 'local', 'internet svc/shop-local', 0],
  ['load-balancer', 'shut-out', 'internet svc/admin', 1],
  ['load-balancer', 'let-in', '192.0.2.7 svc/admin', 0],
  ['load-balancer', 'from-inside', 'client 192.168.1.241:80', 0],
  ['headless-and-dns', 'cluster-ip', 'web svc/db --dns -n shop', 0],
  ['headless-and-dns', 'other-namespace', 'shop/web payments.billing:443', 0],
  ['headless-and-dns', 'mistaken', 'shop/web payments.svc:443', 1],
  ['headless-and-dns', 'mistaken-verbose', 'shop/web payments.svc:443 -v', 1],
  ['headless-and-dns', 'headless', 'shop/web cassandra.shop:9042', 0],
  ['headless-and-dns', 'one-pod', 'shop/web cassandra-1.cassandra.shop:9042', 0],
  ['headless-and-dns', 'srv', 'shop/web _cql._tcp.cassandra.shop', 0],
  ['headless-and-dns', 'external-name', 'shop/web mail.shop:25', 0],
  ['no-endpoints', 'selector', 'web svc/db', 1],
  ['no-endpoints', 'not-ready', 'web svc/cache', 1],
  ['no-endpoints', 'target-port', 'web svc/api', 1],
  ['wrong-port', 'iptables', 'web svc/api:8080', 1],
  ['wrong-port', 'nftables', 'web svc/api:8080 --proxy nftables', 1],
  ['wrong-port', 'ipvs', 'web svc/api:8080 --proxy ipvs', 1],
  ['hairpin', 'to-itself', 'api-0 svc/api --backend api-0', 0],
  ['nftables', 'either-pod', 'web svc/db', 0],
  ['nftables', 'ping', 'web svc/db --protocol icmp', 1],
  ['ipvs', 'either-pod', 'web svc/db', 0],
  ['ipvs', 'ping', 'web svc/db --protocol icmp', 1],
  ['dual-stack', 'ipv4', 'web svc/api', 0],
  ['dual-stack', 'ipv6', 'web svc/api -6', 0],
  ['affinity', 'first-packet', 'web svc/cart', 0],
  ['traffic-distribution', 'own-zone', 'web-a svc/api', 0],
  ['traffic-distribution', 'zone-without', 'web-c svc/api', 0],
  ['traffic-distribution', 'own-node', 'web-b svc/log', 0],
];

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
