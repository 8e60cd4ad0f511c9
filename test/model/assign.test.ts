import { describe, expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { type AssignPolicy, assignAddresses, CONTROLLER_POLICY } from '../../src/model/assign.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { formatIp, parseIp } from '../../src/net/ip.ts';
import { formatPrefix } from '../../src/net/prefix.ts';

const clusterOf = async (text: string): Promise<Cluster> => {
  const { cluster } = await load({ files: [], text: { name: 'a.yaml', text: `plugin: flannel\n${text}` } });
  if (!cluster) throw new Error('no cluster');
  return cluster;
};

const etcd: AssignPolicy = { podCIDR: 'flannel-etcd', nodeMask: { 4: 24, 6: 64 } };

/** One line per node and pod, as in `node-1 192.168.1.2 10.1.0.0/24`. */
const assigned = async (text: string, policy?: AssignPolicy): Promise<readonly string[]> => {
  const { cluster } = assignAddresses(await clusterOf(text), policy);
  return [
    ...cluster.nodes.map((node) => [node.name, ...node.ips.map(formatIp), ...node.podCIDRs.map(formatPrefix)].join(' ')),
    ...cluster.pods.map((pod) => [pod.name, ...pod.ips.map(formatIp)].join(' ')),
  ];
};

const subnets = 'subnets: {nodes: 192.168.1.0/24, pods: 10.1.0.0/16}';

test.for<[what: string, text: string, policy: AssignPolicy, want: readonly string[]]>([
  [
    'what is stated stays',
    `${subnets}\nnodes: [{name: a, ip: 192.168.1.9, podCIDR: 10.1.9.0/24}]\npods: [{name: x, node: a, ip: 10.1.9.7}]`,
    CONTROLLER_POLICY,
    ['a 192.168.1.9 10.1.9.0/24', 'x 10.1.9.7'],
  ],
  [
    'nodes from .2, ranges from the first',
    `${subnets}\nnodes: [{name: a}, {name: b}]`,
    CONTROLLER_POLICY,
    ['a 192.168.1.2 10.1.0.0/24', 'b 192.168.1.3 10.1.1.0/24'],
  ],
  [
    'around what others have',
    `${subnets}\nnodes: [{name: a}, {name: b, ip: 192.168.1.2, podCIDR: 10.1.0.0/24}, {name: c}]`,
    CONTROLLER_POLICY,
    ['a 192.168.1.3 10.1.1.0/24', 'b 192.168.1.2 10.1.0.0/24', 'c 192.168.1.4 10.1.2.0/24'],
  ],
  [
    'around a gateway and other interfaces',
    `${subnets}\nfabric: {gateway: 192.168.1.2}\nnodes: [{name: a}, {name: b, interfaces: [{name: eth1, ip: 192.168.1.3/24}]}]`,
    CONTROLLER_POLICY,
    ['a 192.168.1.4 10.1.0.0/24', 'b 192.168.1.5 10.1.1.0/24'],
  ],
  [
    'a longer and a shorter range in the way',
    `${subnets}\nnodes: [{name: a, ip: 192.168.1.2, podCIDR: 10.1.0.0/25}, {name: b, ip: 192.168.1.3, podCIDR: 10.1.2.0/23}, {name: c}, {name: d}]`,
    CONTROLLER_POLICY,
    ['a 192.168.1.2 10.1.0.0/25', 'b 192.168.1.3 10.1.2.0/23', 'c 192.168.1.4 10.1.1.0/24', 'd 192.168.1.5 10.1.4.0/24'],
  ],
  [
    "flannel's etcd leases begin with the second subnet",
    `${subnets}\nnodes: [{name: a}, {name: b}]`,
    etcd,
    ['a 192.168.1.2 10.1.1.0/24', 'b 192.168.1.3 10.1.2.0/24'],
  ],
  [
    'or at SubnetMin',
    `${subnets}\nnodes: [{name: a}, {name: b}]`,
    { ...etcd, subnetMin: [parseIp('10.1.10.0')!] },
    ['a 192.168.1.2 10.1.10.0/24', 'b 192.168.1.3 10.1.11.0/24'],
  ],
  [
    'another mask',
    `${subnets}\nnodes: [{name: a}, {name: b}]`,
    { podCIDR: 'controller', nodeMask: { 4: 26, 6: 64 } },
    ['a 192.168.1.2 10.1.0.0/26', 'b 192.168.1.3 10.1.0.64/26'],
  ],
  [
    'a network shorter than the mask is one range',
    'subnets: {nodes: 192.168.1.0/24, pods: 10.1.0.0/26}\nnodes: [{name: a}]',
    CONTROLLER_POLICY,
    ['a 192.168.1.2 10.1.0.0/26'],
  ],
  [
    'dual stack',
    'subnets: {nodes: [192.168.1.0/24, "fd00::/64"], pods: [10.1.0.0/16, "fd01::/56"]}\nnodes: [{name: a}, {name: b, ip: 192.168.1.9}]\npods: [{name: x, node: b}]',
    CONTROLLER_POLICY,
    ['a 192.168.1.2 fd00::2 10.1.0.0/24 fd01::/64', 'b 192.168.1.9 fd00::3 10.1.1.0/24 fd01:0:0:1::/64', 'x 10.1.1.2 fd01:0:0:1::2'],
  ],
  [
    'IPv6 alone',
    'subnets: {nodes: "fd00::/64", pods: "fd01::/56"}\nnodes: [{name: a}]\npods: [{name: x, node: a}, {name: y, node: a, ip: "fd01::2"}]',
    CONTROLLER_POLICY,
    ['a fd00::2 fd01::/64', 'x fd01::3', 'y fd01::2'],
  ],
  [
    'pods in the order of host-local, around given ones',
    `${subnets}\nnodes: [{name: a}]\npods: [{name: x, node: a}, {name: y, node: a, ip: 10.1.0.3}, {name: z, node: a}, {name: h, node: a, hostNetwork: true}]`,
    CONTROLLER_POLICY,
    ['a 192.168.1.2 10.1.0.0/24', 'x 10.1.0.2', 'y 10.1.0.3', 'z 10.1.0.4', 'h 192.168.1.2'],
  ],
  [
    'no address for who does not run',
    `${subnets}\nnodes: [{name: a}]\npods: [{name: x, node: a, phase: Pending}, {name: y, node: a, phase: Succeeded, ip: 10.1.0.2}, {name: z, node: a}]`,
    CONTROLLER_POLICY,
    ['a 192.168.1.2 10.1.0.0/24', 'x', 'y', 'z 10.1.0.2'],
  ],
])('%s', async ([, text, policy, want]) => expect(await assigned(text, policy)).toEqual(want));

describe('what was given is listed', () => {
  test('one sentence per kind, naming how', async () => {
    const { assumptions } = assignAddresses(await clusterOf(`${subnets}\nnodes: [{name: a}, {name: b}]\npods: [{name: x, node: a}]`));
    expect(assumptions.map(({ code, text }) => `${code} ${text}`)).toEqual([
      'ASSUMED_NODE_IP a 192.168.1.2, b 192.168.1.3: the lowest free addresses of 192.168.1.0/24 after the first, which is left to the gateway',
      'ASSUMED_POD_CIDR a 10.1.0.0/24, b 10.1.1.0/24: podCIDRs in the order of the nodes, as kube-controller-manager gives them',
      "ASSUMED_POD_IP x 10.1.0.2: the lowest free addresses of their node's podCIDR after the first, which is the bridge's, as host-local gives them",
    ]);
  });

  test('many are counted', async () => {
    const nodes = Array.from({ length: 100 }, (_, i) => `{name: n${i}}`).join(', ');
    const { assumptions } = assignAddresses(await clusterOf(`${subnets}\nnodes: [${nodes}]`), etcd);
    expect(assumptions[1]?.text).toMatch(/^n0 10\.1\.1\.0\/24, .*n4 10\.1\.5\.0\/24 and 95 more: the lowest free subnets from SubnetMin; flannel draws/);
  });

  test('nothing is listed, and nothing copied, where nothing was given', async () => {
    const cluster = await clusterOf(`${subnets}\nnodes: [{name: a, ip: 192.168.1.9, podCIDR: 10.1.9.0/24}]\npods: [{name: x, node: a, ip: 10.1.9.7}]`);
    const { assumptions, problems, cluster: same } = assignAddresses(cluster);
    expect([assumptions, problems]).toEqual([[], []]);
    expect(same).toBe(cluster);
  });
});

test.for<[what: string, text: string, want: readonly string[]]>([
  [
    'too few node addresses',
    'subnets: {nodes: 192.168.1.0/30, pods: 10.1.0.0/16}\nnodes: [{name: a}, {name: b}, {name: c}]',
    ['3 192.168.1.0/30 has no free address for 2 nodes'],
  ],
  ['too few ranges', 'subnets: {nodes: 192.168.1.0/24, pods: 10.1.0.0/24}\nnodes: [{name: a}, {name: b}]', ['3 10.1.0.0/24 has no free range for node "b"']],
  [
    'too few pod addresses',
    `${subnets}\nnodes: [{name: a, podCIDR: 10.1.0.0/30}]\npods: [{name: x, node: a}, {name: y, node: a}]`,
    ['4 10.1.0.0/30 has no free address for pod "y"'],
  ],
  [
    'a range that host-local refuses',
    `${subnets}\nnodes: [{name: a, podCIDR: 10.1.0.0/31}]\npods: [{name: x, node: a}]`,
    ['4 10.1.0.0/31 has no free address for pod "x"'],
  ],
  [
    'no range at all',
    'subnets: {nodes: 192.168.1.0/24}\nnodes: [{name: a}, {name: b}]\npods: [{name: x, node: b}]',
    ['3 node "b" has no podCIDR, and there is no subnets.pods to give it one from'],
  ],
  ['no range, and none needed', 'subnets: {nodes: 192.168.1.0/24}\nnodes: [{name: a}]\npods: [{name: x, node: a, ip: 10.1.0.2}]', []],
])('%s is a problem', async ([, text, want]) => {
  const { problems } = assignAddresses(await clusterOf(text));
  expect(problems.map(({ place, message }) => `${place?.line} ${message}`)).toEqual(want);
});

test('a big cluster is linear: 5,000 nodes with 100,000 pods in well under a second', () => {
  const place = { file: 'a', line: 1, column: 1 };
  const none = { labels: {}, annotations: {}, place };
  const cluster: Cluster = {
    plugin: { name: 'flannel', settings: {}, stated: true },
    subnets: { nodes: [{ addr: parseIp('172.16.0.0')!, len: 16 }], pods: [{ addr: parseIp('10.0.0.0')!, len: 8 }], services: [] },
    services: [],
    slices: [],
    nodes: Array.from({ length: 5_000 }, (_, i) => ({ name: `n${i}`, ips: [], podCIDRs: [], sysctls: {}, ...none })),
    pods: Array.from({ length: 100_000 }, (_, i) => ({
      name: `p${i}`,
      namespace: 'default',
      node: `n${i % 5_000}`,
      ips: [],
      ports: [],
      hostNetwork: false,
      phase: 'Running',
      ready: true,
      ...none,
    })),
    others: [],
    sources: [],
  };
  const start = performance.now();
  const { cluster: done, problems } = assignAddresses(cluster);
  expect(problems).toEqual([]);
  expect(new Set(done.pods.flatMap((pod) => pod.ips)).size).toBe(100_000);
  expect(performance.now() - start).toBeLessThan(3_000);
});
