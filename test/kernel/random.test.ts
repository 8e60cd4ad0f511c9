import type { World } from '../../src/fabric/world.ts';
import { formatIp } from '../../src/net/ip.ts';
import { contains } from '../../src/net/prefix.ts';
import { ip } from './hand.ts';
import { type Cluster, lab, type Question, type Scenario } from './lab.ts';
import { createRandom, type Random } from './random.ts';
import { type Backend, type FlannelSpec, flannelCluster } from './worlds/flannel.ts';
import { type KubenetSpec, kubenetCluster } from './worlds/kubenet.ts';

// K8SNET_SEED repeats a run; K8SNET_RANDOM says how many clusters.
const seed = Number(process.env['K8SNET_SEED'] ?? Date.now() % 1_000_000);
// Half of them here, by hand; the other half by the plugins, in planned-random.test.ts.
const count = Math.floor(Number(process.env['K8SNET_RANDOM'] ?? 20) / 2);
const PROBES = 14;

const flannelSpec = (random: Random): FlannelSpec => {
  const backend = random.pick<Backend>(['vxlan', 'directRouting', 'host-gw', 'udp']);
  const mtu = random.pick([1500, 1500, 1400, 9000]);
  const masq = random.pick<'iptables' | 'nft' | 'none'>(['iptables', 'nft', 'none']);
  const third = random.below(256);
  return {
    backend,
    mtu,
    masq,
    lans: backend === 'host-gw' ? [random.pick([2, 3])] : random.pick([[2], [3], [1, 1], [2, 1]]),
    pods: random.pick([1, 2, 3]),
    network: random.pick([`10.${third}.0.0/16`, `172.20.${third & 0xf0}.0/20`, '10.244.0.0/16']),
    forwardDrop: random.pick([false, false, true]),
    forwardRules: random.pick([true, true, false]),
    bridgeNf: random.pick([0, 1]),
    rpFilter: random.pick([0, 1, 2]),
    promisc: random.pick([false, false, true]),
    hairpin: random.pick([false, true]),
    podsFromOutside: random.pick([false, true]),
    ...(random.pick([false, false, true]) && { podMtu: mtu }),
    ...(backend !== 'udp' && random.pick([false, false, true]) && { network6: `fd00:10:${third + 1}::/48` }),
  };
};

const kubenetSpec = (random: Random): KubenetSpec => ({
  nodes: random.pick([2, 3]),
  promisc: random.pick([true, false]),
  bridgeNf: random.pick([0, 1]),
  mtu: random.pick([1500, 1400]),
  rpFilter: random.pick([0, 1, 2]),
  ...(random.pick([false, true]) && { routed: [1, 2] }),
});

const addressesOf = (world: World, id: string): readonly string[] =>
  (world.netns(id)?.addresses ?? []).filter(({ dev }) => dev !== 'lo').map(({ local }) => formatIp(local));

const question = (random: Random, { world, ids, outside }: Cluster): Question => {
  const places = ids.filter((id) => id !== 'gateway');
  const from = random.pick([places[0]!, ...places.slice(1), 'outside']);
  const routed = (text: string) => from !== 'outside' || outside?.behind.some((prefix) => contains(prefix, ip(text)));
  const known = places.flatMap((id) => addressesOf(world, id)).filter(routed);
  const base = known[random.below(known.length)]!;
  const v6 = base.includes(':');
  const stray = v6 ? base.replace(/[^:]*$/, (100 + random.below(100)).toString(16)) : base.replace(/\.\d+$/, `.${100 + random.below(100)}`);
  const internet = v6 ? '2001:db8:113::10' : '203.0.113.10';
  const to = random.pick([base, base, base, base, base, stray, from === 'outside' ? base : internet]);
  // What is outside sends nothing in pieces in a walk.
  const far = from === 'outside' || to === internet;
  const size = random.pick([undefined, undefined, random.below(1000), 1300 + random.below(300), 2000 + random.below(4000)]);
  const kind = random.pick(['icmp', 'icmp', 'udp', 'tcp']);
  const ttl = random.pick([undefined, undefined, undefined, 1, 2, 3, 4]);
  return {
    from,
    to,
    ...(kind === 'udp' && { udp: 5000 + random.below(10) }),
    ...(kind === 'tcp' && { tcp: 6000 + random.below(10) }),
    ...(ttl !== undefined && { ttl }),
    ...(size !== undefined && kind !== 'tcp' && { size: Math.max(far ? size % 1000 : size, 16) }),
    ...(kind !== 'tcp' && { df: random.pick([false, false, true]) }),
  };
};

console.log(`random clusters: K8SNET_SEED=${seed} K8SNET_RANDOM=${2 * count}`);
for (let i = 0; i < count; i++) {
  const random = createRandom(seed + i);
  const kind = random.pick(['flannel', 'flannel', 'flannel', 'kubenet']);
  const spec = kind === 'flannel' ? flannelSpec(random) : kubenetSpec(random);
  const build = () => ('backend' in spec ? flannelCluster(spec) : kubenetCluster(spec));
  const cluster = build();
  const scenarios = Array.from({ length: PROBES }, (): Scenario => {
    const asked = question(random, cluster);
    return [JSON.stringify(asked), asked];
  });
  lab(`seed ${seed + i}: ${kind} ${JSON.stringify(spec)}`, build, scenarios);
}
