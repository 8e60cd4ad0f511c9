import fc from 'fast-check';
import type { Cluster, Node, Pod } from '../../src/model/cluster.ts';
import { addToIp } from '../../src/net/ip.ts';
import { type Prefix, subnetAt } from '../../src/net/prefix.ts';
import { plugins } from '../../src/plugins/index.ts';
import { ip, prefix } from './world.ts';

const place = { file: 'generated', line: 1, column: 1 };

/** The plugins and settings that generated clusters draw from. */
export const SETTINGS: readonly (readonly [name: string, settings: Readonly<Record<string, unknown>>])[] = [
  ['flannel', {}],
  ['flannel', { ipMasq: false }],
  ['flannel', { backend: { type: 'vxlan' } }],
  ['flannel', { backend: { type: 'vxlan', directRouting: true } }],
  ['flannel', { backend: { type: 'vxlan' }, nftables: true }],
  ['flannel', { backend: { type: 'host-gw' } }],
  ['flannel', { backend: { type: 'wireguard' } }],
  ['flannel', { backend: { type: 'ipip' } }],
  ['flannel', { backend: { type: 'alloc' } }],
  ['weave', {}],
  ['weave', { mode: 'sleeve' }],
  ['weave', { encryption: true }],
  ['weave', { npc: false, noMasqLocal: false }],
  ['calico', {}],
  ['calico', { encapsulation: 'none' }],
  ['calico', { encapsulation: 'vxlan' }],
  ['calico', { encapsulation: 'vxlan-cross-subnet' }],
  ['kubenet', { cloud: 'none' }],
  ['kubenet', { cloud: 'azure' }],
  ['kubenet', { cloud: 'aws' }],
  ['azure-cni', { mode: 'overlay' }],
  ['azure-cni', { mode: 'node-subnet' }],
  ['azure-cni', { mode: 'pod-subnet' }],
  ['azure-cni', { mode: 'bridge' }],
];

/** Those, and every plugin that has none there with its defaults. */
export const EVERY_PLUGIN: typeof SETTINGS = [
  ...SETTINGS,
  ...Object.keys(plugins).flatMap((plugin) => (SETTINGS.some(([name]) => name === plugin) ? [] : [[plugin, {}] as const])),
];

const RANGES = [
  ['192.168.1.0/24', '10.1.0.0/16'],
  ['10.240.0.0/16', '10.244.0.0/16'],
  ['172.16.4.0/22', '10.128.0.0/14'],
] as const;

const subnetOf = (range: Prefix, len: number, index: number): Prefix => {
  const found = subnetAt(range, len, index);
  if (!found) throw new Error('range too small');
  return found;
};

/** Small clusters: one to four nodes of one subnet, up to three pods each, any sysctl that decides. */
export const anyCluster: fc.Arbitrary<Cluster> = fc
  .record({
    plugin: fc.constantFrom(...SETTINGS),
    ranges: fc.constantFrom(...RANGES),
    first: fc.integer({ min: 4, max: 90 }),
    nodes: fc.array(
      fc.record({
        pods: fc.integer({ min: 0, max: 3 }),
        mtu: fc.constantFrom(1500, 1460, 9000, 1280),
        bridged: fc.constantFrom(0, 1),
        rpFilter: fc.constantFrom(0, 0, 1, 2),
        forwardPolicy: fc.constantFrom('ACCEPT' as const, 'ACCEPT' as const, 'DROP' as const),
        ipForwarding: fc.constantFrom(true, true, false),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ plugin: [name, settings], ranges: [nodeRange, podRange], first, nodes }): Cluster => {
    const [nodeNet, podNet] = [prefix(nodeRange), prefix(podRange)];
    // Where pods share the nodes' subnet, nodes have no ranges.
    const shared = settings['mode'] === 'node-subnet' || settings['mode'] === 'bridge';
    const built = nodes.map(
      (spec, i): Node => ({
        name: `node-${i + 1}`,
        ips: [addToIp(nodeNet.addr, first + i)],
        podCIDRs: shared ? [] : [subnetOf(podNet, 24, first + i)],
        labels: {},
        annotations: {},
        mtu: spec.mtu,
        sysctls: { 'net.bridge.bridge-nf-call-iptables': spec.bridged, 'net.ipv4.conf.all.rp_filter': spec.rpFilter },
        forwardPolicy: spec.forwardPolicy,
        ipForwarding: spec.ipForwarding,
        place,
      }),
    );
    const pods = nodes.flatMap((spec, i) =>
      Array.from(
        { length: spec.pods },
        (_, k): Pod => ({
          name: `pod-${i + 1}-${k + 1}`,
          namespace: 'default',
          node: `node-${i + 1}`,
          ips: [shared ? addToIp(nodeNet.addr, 150 + 10 * i + k) : addToIp(built[i]!.podCIDRs[0]!.addr, 2 + k)],
          labels: {},
          annotations: {},
          ports: [],
          hostNetwork: false,
          phase: 'Running',
          ready: true,
          place,
        }),
      ),
    );
    return {
      plugin: { name, settings, stated: true },
      subnets: { nodes: [nodeNet], pods: shared ? [] : [podNet], services: [prefix('10.96.0.0/12')] },
      nodes: built,
      pods,
      services: [],
      slices: [],
      others: [],
      sources: ['generated'],
    };
  });

/** A packet of a cluster: from any pod or node, to any pod, node, unused address or the outside. */
export const anyQuestion = (cluster: Cluster) => {
  const homes = [...cluster.pods.map((p) => `${p.namespace}/${p.name}`), ...cluster.nodes.map((n) => n.name)];
  const targets = [
    ...cluster.pods.flatMap((p) => p.ips),
    ...cluster.nodes.flatMap((n) => [...n.ips, ...n.podCIDRs.map((c) => addToIp(c.addr, 77))]),
    ...cluster.subnets.pods.map(({ addr }) => addToIp(addr, 250 * 256 + 9)),
    addToIp(cluster.subnets.nodes[0]!.addr, 200),
    ip('203.0.113.10'),
    ip('10.96.0.1'),
  ];
  return fc.record({
    netns: fc.constantFrom(...homes),
    dst: fc.constantFrom(...targets),
    protocol: fc.constantFrom('icmp' as const, 'tcp' as const, 'udp' as const),
    port: fc.constantFrom(80, 53, 8472, 8285),
    length: fc.constantFrom(60, 84, 1400, 1472, 1500, 4000),
    df: fc.boolean(),
    ttl: fc.constantFrom(64, 64, 64, 1, 2, 3, 4),
  });
};
