import { expect, test } from 'vitest';
import { printRoutes } from '../../../src/linux/print/route.ts';
import type { Problem } from '../../../src/model/place.ts';
import type { Store } from '../../../src/plugins/plugin.ts';
import { clusterOf, netnsOf, ping, planOf, pluginOf, type Short } from '../../support/cluster.ts';

const two = [
  { name: 'node1', ip: '192.168.1.11', podCIDR: '10.244.0.0/24' },
  { name: 'node2', ip: '192.168.1.12', podCIDR: '10.244.1.0/24' },
];
const cluster = (plugin: unknown, over: Readonly<Record<string, unknown>> = {}): Short => ({
  plugin,
  subnets: { nodes: '192.168.1.0/24', pods: '10.244.0.0/16' },
  nodes: two,
  ...over,
});
const flannel = (settings: Readonly<Record<string, unknown>>) => ({ name: 'flannel', ...settings });
const lines = (problems: readonly Problem[]) => problems.map((p) => `${p.code}: ${p.message}${p.hint ? ` (${p.hint})` : ''}`);

test.for([
  [{ ipmasq: true }, 'UNKNOWN_KEY: unknown key "ipmasq" (did you mean "ipMasq"?)'],
  [{ ipMasq: 'yes' }, 'WRONG_TYPE: "ipMasq" must be true or false, not "yes"'],
  [{ backend: { type: 'vxlan', vnni: 2 } }, 'UNKNOWN_KEY: unknown key "vnni" (did you mean "vni"?)'],
  [{ backend: { type: 'host-gw', vni: 2 } }, /^UNKNOWN_KEY: unknown key "vni"/],
  [{ backend: 'vxlann' }, /^(BAD_VALUE|WRONG_TYPE): "backend" .*vxlan/],
  [{ backend: { type: 'vxlan', port: 70000 } }, 'BAD_VALUE: "port" must be at most 65535, not 70000'],
  [{ subnetManager: 'etc' }, /^BAD_VALUE: "subnetManager" must be .*etcd.*kube/],
  [{ network: '10.244.0.1/16' }, /^BAD_VALUE: .*no range such as 10.1.0.0\/16/],
  [{ publicIP: { node1: 'nowhere' } }, /no IP address/],
  [{ version: 'latest' }, /no version of flannel/],
  [{ backend: { type: 'ipsec', psk: 'short' } }, 'FLANNEL_BACKEND: flannel: Backend.PSK is shorter than 96 characters'],
] as const)('settings %j: %s', async ([settings, want]) => {
  const loaded = await clusterOf(cluster(flannel(settings)));
  const problems = (await pluginOf(loaded)).check(loaded);
  expect(problems).toHaveLength(1);
  if (typeof want === 'string') expect(lines(problems)).toEqual([want]);
  else expect(lines(problems)[0]).toMatch(want);
  expect(problems[0]?.place?.file).toBe('cluster.yaml');
});

test.for([
  [
    'a podCIDR outside of the network',
    cluster(flannel({ backend: 'vxlan', network: '10.10.0.0/16' })),
    [
      "error FLANNEL_NETWORK_MISMATCH node node1: subnet 10.10.0.0/16 specified in the flannel net config doesn't contain its podCIDR 10.244.0.0/24; flanneld exits",
      "error FLANNEL_NETWORK_MISMATCH node node2: subnet 10.10.0.0/16 specified in the flannel net config doesn't contain its podCIDR 10.244.1.0/24; flanneld exits",
    ],
  ],
  [
    '--public-ip that no interface has',
    cluster(flannel({ backend: 'vxlan', publicIP: { node1: '198.18.0.1' } })),
    ['error FLANNEL_NO_INTERFACE node node1: no interface with given IP found: 198.18.0.1'],
  ],
  [
    '--iface that is not there',
    cluster(flannel({ backend: 'vxlan', iface: 'eth7' })),
    [1, 2].map((n) => `error FLANNEL_NO_INTERFACE node node${n}: failed to find interface to use that matches eth7`),
  ],
  [
    'host-gw with another public address',
    cluster(flannel({ backend: 'host-gw', iface: 'eth0', publicIP: { node1: '198.18.0.1' } })),
    [
      expect.stringContaining(
        "error FLANNEL_PUBLIC_IP node node1: your PublicIP 198.18.0.1 differs from interface IP 192.168.1.11, meaning that probably you're on a NAT",
      ),
    ],
  ],
  [
    'host-gw across subnets',
    cluster(flannel({ backend: 'host-gw' }), {
      subnets: { nodes: ['192.168.1.0/24', '192.168.2.0/24'], pods: '10.244.0.0/16' },
      nodes: [two[0], { ...two[1], ip: '192.168.2.12' }],
    }),
    ['warning FLANNEL_HOST_GW_NOT_ON_LINK flannel: host-gw adds no routes between nodes of 192.168.1.0/24 and 192.168.2.0/24: the peer is not on the link'],
  ],
  [
    'IPv6 by a backend that has none',
    cluster(flannel({ backend: 'udp' }), {
      subnets: { nodes: ['192.168.1.0/24', 'fd00:1::/64'], pods: ['10.244.0.0/16', 'fd00:244::/56'] },
      nodes: [{ name: 'node1', ip: ['192.168.1.11', 'fd00:1::11'], podCIDR: ['10.244.0.0/24', 'fd00:244::/64'] }],
    }),
    ['warning FLANNEL_NO_IPV6 flannel: backend udp carries no IPv6'],
  ],
  [
    'no br_netfilter',
    cluster(flannel({ backend: 'vxlan', brNetfilter: false })),
    ['error FLANNEL_BR_NETFILTER flannel: without br_netfilter flanneld exits when it starts'],
  ],
  ['no br_netfilter, and nftables', cluster(flannel({ backend: 'vxlan', brNetfilter: false, nftables: true })), []],
  ['no br_netfilter, before anyone looked', cluster(flannel({ backend: 'vxlan', brNetfilter: false, version: 'v0.25.7' })), []],
  [
    'nftables before there were any',
    cluster(flannel({ backend: 'vxlan', nftables: true, version: 'v0.24.4' })),
    ['error FLANNEL_VERSION flannel: EnableNFTables came with v0.25.0, and this is v0.24.4'],
  ],
] as const)('%s', async ([, short, want]) => {
  expect((await planOf(short)).problems.map((p) => `${p.severity} ${p.code} ${p.message}`)).toEqual(want);
});

test('--ip-blackhole-route: with a bridge it swallows what is for the pods of the node; without pods it does no harm', async () => {
  const pods = [
    { name: 'a', node: 'node1', ip: '10.244.0.2' },
    { name: 'c', node: 'node2', ip: '10.244.1.2' },
  ];
  const at = async (version: string, over = {}) => planOf(cluster(flannel({ backend: 'vxlan', blackholeRoute: true, version }), over));
  const plan = await at('v0.28.9', { pods });
  expect(plan.problems.map(({ code }) => code)).toEqual(['FLANNEL_BLACKHOLE']);
  expect(printRoutes(netnsOf(plan, 'node1'))).toEqual([
    'default via 192.168.1.1 dev eth0',
    'blackhole 10.244.0.0/24',
    '10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1',
    '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink',
    '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.11',
  ]);
  const sent = ping(plan.world, 'default/a', '10.244.1.2');
  expect([sent.end, sent.code]).toEqual(['dropped at node2 from 10.244.0.2 ttl 63', 'BLACKHOLE_ROUTE']);
  expect((await at('v0.28.9')).problems).toEqual([]);
  // A test the wrong way round kept the route away.
  const before = await at('v0.28.0', { pods });
  expect([before.problems, ping(before.world, 'default/a', '10.244.1.2').code]).toEqual([[], 'DELIVERED']);
});

test.for([
  ['udp-docker0', 'node-1', ['FLANNEL_NETWORK=10.1.0.0/16', 'FLANNEL_SUBNET=10.1.15.1/24', 'FLANNEL_MTU=1472', 'FLANNEL_IPMASQ=true']],
  ['no-ip-masq', 'node-2', ['FLANNEL_NETWORK=10.244.0.0/16', 'FLANNEL_SUBNET=10.244.1.1/24', 'FLANNEL_MTU=1450', 'FLANNEL_IPMASQ=false']],
  ['ipsec', 'gateway', undefined],
] as const)('%s: subnet.env of %s', async ([fixture, node, lines]) => {
  const { files } = await planOf(`flannel/${fixture}`);
  expect(files?.(node)).toEqual(lines ? [{ path: '/run/flannel/subnet.env', text: `${lines.join('\n')}\n` }] : []);
});

test('vxlan with a local address that is not there sends nothing', async () => {
  const pods = [
    { name: 'a', node: 'node1', ip: '10.244.0.2' },
    { name: 'c', node: 'node2', ip: '10.244.1.2' },
  ];
  const { world } = await planOf(cluster(flannel({ backend: 'vxlan', iface: 'eth0', publicIP: { node1: '198.18.0.1' } }), { pods }));
  expect(ping(world, 'default/a', '10.244.1.2').code).toBe('TUNNEL_LOCAL_NOT_OURS');
});

test('--iface: leases and tunnels move to the other interface', async () => {
  const nodes = two.map((node, i) => ({ ...node, interfaces: [{ name: 'eth1', ip: `10.9.0.${i + 1}/24` }] }));
  const pods = [
    { name: 'a', node: 'node1', ip: '10.244.0.2' },
    { name: 'c', node: 'node2', ip: '10.244.1.2' },
  ];
  const plan = await planOf(cluster(flannel({ backend: 'vxlan', iface: 'eth1' }), { nodes, pods }));
  const sent = ping(plan.world, 'default/a', '10.244.1.2');
  expect(sent.end).toBe('delivered at default/c from 10.244.0.2 ttl 62');
  expect(sent.forward.taps.some((tap) => tap.netns === 'node1' && tap.dev === 'eth1')).toBe(true);
});

test('subnets that are left out are leased from the second, by the etcd manager', async () => {
  const nodes = two.map(({ podCIDR: _, ...node }) => node);
  const etcd = await planOf(cluster('flannel', { nodes }));
  expect(etcd.cluster.nodes.map((node) => node.podCIDRs[0])).toEqual([
    { addr: 0x0af40100, len: 24 },
    { addr: 0x0af40200, len: 24 },
  ]);
  const kube = await planOf(cluster(flannel({ backend: 'vxlan' }), { nodes }));
  expect(kube.cluster.nodes.map((node) => node.podCIDRs[0]?.addr)).toEqual([0x0af40000, 0x0af40100]);
  expect(kube.assumptions.map(({ code }) => code)).toContain('ASSUMED_POD_CIDR');
});

const store = (entries: Readonly<Record<string, unknown>>): Store => ({
  name: 'etcd',
  endpoint: 'http://127.0.0.1:2379',
  kvs: Object.entries(entries).map(([key, value]) => ({
    key: `/coreos.com/network/${key}`,
    value: JSON.stringify(value),
    leaseId: '694d8cb8b14ad20a',
  })),
});
const etcd = flannel({ etcd: { endpoints: ['http://127.0.0.1:2379'] } });

test('leases of a real etcd: they give nodes their subnets; one of an unknown node, and a node without one, are told of', async () => {
  const nodes = [1, 2, 3].map((n) => ({ name: `node${n}`, ip: `192.168.1.1${n}` }));
  const pods = [1, 2, 3].map((n) => ({ name: `p${n}`, node: `node${n}` }));
  const short = cluster(etcd, { nodes, pods, subnets: { nodes: '192.168.1.0/24' } });
  const plan = await planOf(
    short,
    store({
      config: { Network: '10.1.0.0/16' },
      'subnets/10.1.15.0-24': { PublicIP: '192.168.1.11' },
      'subnets/10.1.20.0-24': { PublicIP: '192.168.1.12' },
      'subnets/10.1.77.0-24': { PublicIP: '192.168.1.99' },
    }),
  );
  expect(plan.problems.map((p) => `${p.severity} ${p.code} ${p.message}`)).toEqual([
    'warning FLANNEL_LEASE_UNKNOWN_NODE /coreos.com/network/subnets/10.1.77.0-24: no node here has its public address 192.168.1.99',
    'warning FLANNEL_NODE_WITHOUT_LEASE node node3: no lease is its own; no other node reaches its pods',
  ]);
  const sent = ping(plan.world, 'default/p1', '10.1.20.2');
  expect(sent.end).toBe('delivered at default/p2 from 10.1.15.2 ttl 60');
  const lookup = sent.forward.steps.find(({ kind }) => kind === 'lookup')?.because[0];
  expect(lookup?.line).toBe('10.1.20.0/24 -> 192.168.1.12   (/coreos.com/network/subnets/10.1.20.0-24 = {"PublicIP":"192.168.1.12"})');
  expect(lookup?.origin?.note).toBe('etcd lease 694d8cb8b14ad20a');
  // The lease of nobody is still in the table.
  expect(netnsOf(plan, 'node1').daemons[0]?.routes).toHaveLength(2);
  expect(plan.netnsOfPod('default', 'p3')).toBeUndefined();
});

test("etcd's configuration decides backend and network", async () => {
  const entries = {
    config: { Network: '10.1.0.0/16', Backend: { Type: 'vxlan', VNI: 9 } },
    'subnets/10.1.15.0-24': { PublicIP: '192.168.1.11', BackendType: 'vxlan', BackendData: { VNI: 9, VtepMAC: 'c6:d2:32:6f:8f:44' } },
    'subnets/10.1.20.0-24': { PublicIP: '192.168.1.12', BackendType: 'vxlan', BackendData: { VNI: 9, VtepMAC: 'c6:d2:32:6f:8f:45' } },
  };
  const plan = await planOf(cluster(etcd, { nodes: two.map(({ podCIDR: _, ...node }) => node) }), store(entries));
  expect(plan.mode).toBe('vxlan, leases in etcd');
  const node = netnsOf(plan, 'node1');
  expect(node.links.find(({ kind }) => kind === 'vxlan')).toMatchObject({ ifname: 'flannel.9', address: 'c6:d2:32:6f:8f:44' });
  expect(node.neighbours.map(({ lladdr }) => lladdr)).toEqual(['c6:d2:32:6f:8f:45']);
});

test('what is asked of etcd', async () => {
  const short = cluster(flannel({ etcd: { endpoints: ['https://10.0.0.1:2379'], prefix: '/net', caFile: 'ca.pem', username: 'flannel', password: 'secret' } }));
  const loaded = await clusterOf(short);
  const plugin = await pluginOf(loaded);
  expect(plugin.store(loaded)).toEqual({
    kind: 'etcd',
    endpoints: ['https://10.0.0.1:2379'],
    prefix: '/net',
    caFile: 'ca.pem',
    username: 'flannel',
    password: 'secret',
  });
  const local = await clusterOf(cluster('flannel'));
  expect(plugin.store(local)).toBeUndefined();
});
