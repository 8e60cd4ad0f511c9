import { createFib } from '../../src/dataplane/fib.ts';
import { createNetns } from '../../src/linux/build.ts';
import type { Ip } from '../../src/net/ip.ts';
import { type Row, ratios } from './ratio.ts';

const ROUTES = 5000;
const LOOKUPS = 200_000;

// A node of a cluster of 5,000: one /24 for each node, and the default route.
const node = () => {
  const netns = createNetns('node', 'node');
  netns.addLink({ kind: 'dummy', ifname: 'eth0', mtu: 1500, up: true });
  netns.addRoute({ dst: { addr: 0, len: 0 }, nexthops: [{ dev: 'eth0' }] });
  for (let i = 0; i < ROUTES; i++) netns.addRoute({ dst: { addr: 0x0a000000 + i * 256, len: 24 }, nexthops: [{ dev: 'eth0' }] });
  return netns;
};

const timed = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

/** Route look-ups with 5,000 routes, against as many look-ups in one Map. */
export default async function routes(): Promise<Row[]> {
  const netns = node();
  const fib = createFib(netns);
  const addresses: Ip[] = Array.from({ length: LOOKUPS }, (_, i) => 0x0a000000 + ((i * 7919) % (ROUTES * 256)));
  const map = new Map(addresses.map((a) => [a, a]));
  const each = (look: (address: Ip) => unknown) => () =>
    timed(() => {
      for (const address of addresses) if (!look(address)) throw new Error(`nothing found for ${address}`);
    });
  const rows = await ratios(
    each((address) => map.has(address)),
    {
      [`${LOOKUPS} look-ups in ${ROUTES} routes`]: each((dst) => fib.lookup({ dst })),
      [`indexing ${ROUTES} routes`]: () => timed(() => void createFib(netns).lookup({ dst: 0x0a000001 })),
    },
    7,
  );
  return rows.map((row) => (row.name.startsWith('indexing') ? row : { ...row, name: `${row.name}: ${Math.round(LOOKUPS / row.ms)} a ms` }));
}
