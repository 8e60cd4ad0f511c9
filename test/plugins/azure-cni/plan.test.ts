import { expect, test } from 'vitest';
import { formatIp } from '../../../src/net/ip.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import { clusterOf, netnsOf, ping, planOf, pluginOf, type Short } from '../../support/cluster.ts';

type Over = Readonly<Record<string, unknown>>;
const names = (mode: string, over: Over = {}, plugin: Over = {}): Short => ({
  plugin: { name: 'azure-cni', mode, ...plugin },
  subnets: { nodes: '10.240.0.0/16', services: '10.0.0.0/16', ...(mode !== 'node-subnet' && { pods: '10.241.0.0/16' }) },
  nodes: [{ name: 'n1' }, { name: 'n2' }],
  pods: [
    { name: 'a', node: 'n1' },
    { name: 'a2', node: 'n1' },
    { name: 'b', node: 'n2' },
    { name: 'h', node: 'n2', hostNetwork: true },
  ],
  ...over,
});

// Nothing is stated but names: the addresses are those that Azure would give first.
test.for<[short: Short, nodes: string[], ranges: string[], pods: string[]]>([
  [names('node-subnet'), ['10.240.0.4', '10.240.0.35'], [], ['10.240.0.5', '10.240.0.6', '10.240.0.36', '10.240.0.35']],
  [names('node-subnet', {}, { maxPods: 110 }), ['10.240.0.4', '10.240.0.115'], [], ['10.240.0.5', '10.240.0.6', '10.240.0.116', '10.240.0.115']],
  [names('pod-subnet'), ['10.240.0.4', '10.240.0.5'], [], ['10.241.0.5', '10.241.0.6', '10.241.0.22', '10.240.0.5']],
  [names('pod-subnet-static'), ['10.240.0.4', '10.240.0.5'], [], ['10.241.0.17', '10.241.0.18', '10.241.0.33', '10.240.0.5']],
  [names('overlay'), ['10.240.0.4', '10.240.0.5'], ['10.241.0.0/24', '10.241.1.0/24'], ['10.241.0.2', '10.241.0.3', '10.241.1.2', '10.240.0.5']],
])('addresses that are left out: case %#', async ([short, nodes, ranges, pods]) => {
  const { cluster, problems } = await planOf(short);
  expect(problems).toEqual([]);
  expect(cluster.nodes.flatMap(({ ips }) => ips.map(formatIp))).toEqual(nodes);
  expect(cluster.nodes.flatMap(({ podCIDRs }) => podCIDRs.map(formatPrefix))).toEqual(ranges);
  expect(cluster.pods.flatMap(({ ips }) => ips.map(formatIp))).toEqual(pods);
});

test.for<[what: string, short: Short, codes: string[]]>([
  [
    'a subnet that is full',
    names('node-subnet', { subnets: { nodes: '10.240.0.0/29' }, nodes: [{ name: 'n1' }], pods: ['a', 'b', 'c'].map((name) => ({ name, node: 'n1' })) }),
    ['RANGE_EXHAUSTED'],
  ],
  ['no range of pods', names('pod-subnet', { subnets: { nodes: '10.240.0.0/16' } }), ['AZURE_NO_POD_RANGE', 'AZURE_NO_POD_RANGE']],
  ['a pod of another range', names('node-subnet', { pods: [{ name: 'a', node: 'n1', ip: '10.244.0.5' }] }), ['AZURE_POD_OUTSIDE']],
  ['ranges that overlap', names('overlay', { subnets: { nodes: '10.240.0.0/16', pods: '10.240.0.0/14' }, pods: [] }), ['AZURE_OVERLAP']],
  ['eBPF host routing', names('overlay', {}, { dataplane: 'cilium', ebpfHostRouting: true }), ['AZURE_EBPF_UNSUPPORTED']],
  [
    'a tag that is not known',
    names('overlay', {
      fabric: { subnets: [{ name: 's', prefix: '10.240.0.0/16', nsg: [{ name: 'r', priority: 100, direction: 'inbound', action: 'deny', src: 'Storage' }] }] },
    }),
    ['FABRIC_RULE_UNKNOWN'],
  ],
  ['a machine that is nowhere', names('overlay', { fabric: { hosts: [{ name: 'vm', ip: '172.16.0.4' }] } }), ['FABRIC_HOST_STRAY']],
])('%s', async ([, short, codes]) => {
  const cluster = await clusterOf(short);
  expect((await pluginOf(cluster)).plan(cluster).problems.map(({ code }) => code)).toEqual(codes);
});

test.for<[what: string, over: Over, mode: string]>([
  ['a range of pods', { subnets: { nodes: '10.240.0.0/16', pods: '10.244.0.0/16' } }, 'overlay'],
  ['nothing', { subnets: { nodes: '10.240.0.0/16' } }, "pods in the nodes' subnet"],
  ["a pod in the nodes' subnet", { subnets: { nodes: '10.240.0.0/16' }, pods: [{ name: 'a', node: 'n1', ip: '10.240.0.9' }] }, "pods in the nodes' subnet"],
])('the mode by %s', async ([, over, mode]) => {
  const plan = await planOf(names('overlay', { plugin: 'azure-cni', pods: [], ...over }));
  expect(plan.mode).toBe(mode);
  expect(plan.assumptions.map(({ code }) => code)).toContain('AZURE_MODE');
});

test.for([
  [{ mode: 'overlai' }, 'did you mean "overlay"?'],
  [{ datapane: 'cilium' }, 'did you mean "dataplane"?'],
] as const)('settings %j', async ([settings, hint]) => {
  const cluster = await clusterOf({ ...(names('overlay') as Over), plugin: { name: 'azure-cni', ...settings } });
  expect((await pluginOf(cluster)).check(cluster)).toMatchObject([{ hint }]);
});

const pods = [
  { name: 'a', node: 'n1', labels: { app: 'a' } },
  { name: 'b', node: 'n2', labels: { app: 'b' } },
];
const services = [{ name: 'b', clusterIP: '10.0.0.20', selector: { app: 'b' }, ports: [{ port: 80 }], type: 'NodePort', nodePort: 30080 }];

test('kube-proxy knows pods by their veths: a node is masqueraded to a ClusterIP, a pod is not', async () => {
  const { world, assumptions } = await planOf(names('overlay', { pods, services: services.map(({ nodePort: _, ...one }) => one) }));
  expect(assumptions.map(({ code }) => code)).toContain('AZURE_PROXY');
  expect(ping(world, 'default/a', '10.0.0.20', { tcp: 80 }).end).toBe('delivered at default/b from 10.241.0.2 ttl 62');
});

test('under Cilium a ClusterIP and a node port are unknown, from a pod and from a node', async () => {
  const { world } = await planOf(names('overlay', { pods, services: [{ ...services[0], nodePort: undefined }] }, { dataplane: 'cilium' }));
  const asked = [
    ping(world, 'default/a', '10.0.0.20', { tcp: 80 }),
    ping(world, 'n1', '10.0.0.20', { tcp: 80 }),
    ping(world, 'n1', '10.240.0.5', { tcp: 30080 }),
  ];
  expect(asked.map(({ forward, code }) => [forward.verdict, code])).toEqual(Array(3).fill(['unknown', 'UNSUPPORTED_BPF']));
});

test('where pods are stated, nodes have what their pods have, and not what they would be given first', async () => {
  const stated = [
    { name: 'a', node: 'n1', ip: '10.241.0.23' },
    { name: 'b', node: 'n2', ip: '10.241.0.6' },
  ];
  const { world } = await planOf(names('pod-subnet', { pods: stated }));
  const sent = ping(world, 'default/a', '10.241.0.6');
  expect([sent.end, sent.back]).toEqual(['delivered at default/b from 10.241.0.23 ttl 62', 'delivered at default/a ttl 62']);
});

test('the metadata service kept from pods, and LocalDNS on the node', async () => {
  const { world } = await planOf(names('overlay', {}, { imdsRestriction: true, localDNS: true }));
  expect(ping(world, 'default/a', '169.254.169.254', { tcp: 80 }).code).toBe('FILTERED');
  expect(ping(world, 'n1', '169.254.169.254', { tcp: 80 }).code).toBe('TO_PLATFORM');
  const dns = ping(world, 'default/a', '169.254.10.11', { tcp: 53 });
  expect([dns.end, dns.back]).toEqual(['delivered at n1 from 10.241.0.2 ttl 64', 'delivered at default/a ttl 64']);
});

test('dual stack: IPv6 by a gateway that is a neighbour only', async () => {
  const over = {
    subnets: { nodes: ['10.240.0.0/16', 'fd00:240::/64'], pods: ['10.244.0.0/16', 'fd12:3456:789a::/64'] },
    nodes: [
      { name: 'n1', ip: ['10.240.0.4', 'fd00:240::4'] },
      { name: 'n2', ip: ['10.240.0.5', 'fd00:240::5'] },
    ],
    pods: [
      { name: 'a', node: 'n1' },
      { name: 'b', node: 'n2' },
    ],
  };
  const plan = await planOf(names('overlay', over));
  expect(
    netnsOf(plan, 'default/a')
      .routes.filter(({ dst }) => dst.len === 0)
      .map(({ nexthops }) => formatIp(nexthops[0]!.gateway!)),
  ).toEqual(['169.254.1.1', 'fe80::1234:5678:9abc']);
  const far = plan.cluster.pods.find(({ name }) => name === 'b')!.ips.map(formatIp)[1]!;
  const sent = ping(plan.world, 'default/a', far);
  expect([sent.forward.verdict, sent.forward.netns, sent.back]).toEqual(['delivered', 'default/b', 'delivered at default/a ttl 62']);
});
