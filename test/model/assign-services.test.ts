import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { assignAddresses } from '../../src/model/assign.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import type { Service } from '../../src/model/service.ts';
import { formatIp, parseIp } from '../../src/net/ip.ts';
import { formatPrefix, parsePrefix } from '../../src/net/prefix.ts';

const nodes = 'plugin: flannel\nnodes: [{name: n, ip: 192.168.1.11, podCIDR: 10.1.0.0/24}]\n';
const assign = async (text: string) => {
  const { cluster, problems } = await load({ files: [], text: { name: 'a.yaml', text: `${nodes}${text}` } });
  if (!cluster) throw new Error('no cluster');
  expect(problems).toEqual([]);
  return assignAddresses(cluster);
};

/** One line per Service, as in `s 10.96.1.1 80:30086`. */
const line = ({ name, clusterIPs, ports, healthCheckNodePort }: Service): string =>
  [
    name,
    ...clusterIPs.map(formatIp),
    ...ports.flatMap(({ port, nodePort }) => (nodePort === undefined ? [] : [`${port}:${nodePort}`])),
    ...(healthCheckNodePort === undefined ? [] : [`health ${healthCheckNodePort}`]),
  ].join(' ');

const range = (text: string) => `subnets: {services: ${text}}\n`;
const services = (...list: readonly string[]) => `services:\n${list.map((one) => `  - {${one}}\n`).join('')}`;
const named = (...names: readonly string[]) => services(...names.map((name) => `name: ${name}, ports: [80]`));

test.for<[what: string, text: string, want: readonly string[]]>([
  ['from above the band, in the order of the input', `${range('10.96.0.0/12')}${named('b', 'a')}`, ['b 10.96.1.1', 'a 10.96.1.2']],
  ['a band of a sixteenth', `${range('10.96.0.0/23')}${named('a')}`, ['a 10.96.0.33']],
  ['a band of sixteen at least', `${range('10.96.0.0/26')}${named('a')}`, ['a 10.96.0.17']],
  ['no band in a range of sixteen; the first is the API server’s', `${range('10.96.0.0/28')}${named('a', 'b')}`, ['a 10.96.0.2', 'b 10.96.0.3']],
  [
    'what is stated stays, and is nobody else’s',
    `${range('10.96.0.0/12')}${services('name: a, ports: [80]', 'name: b, ports: [80], clusterIP: 10.96.1.1', 'name: c, ports: [80]')}`,
    ['a 10.96.1.2', 'b 10.96.1.1', 'c 10.96.1.3'],
  ],
  [
    'kubernetes is the first, kube-dns the tenth',
    `${range('10.96.0.0/12')}${services('name: kube-dns, namespace: kube-system, ports: [53]', 'name: kubernetes, ports: [443]', 'name: kubernetes, namespace: x, ports: [443]')}`,
    ['kube-dns 10.96.0.10', 'kubernetes 10.96.0.1', 'kubernetes 10.96.1.1'],
  ],
  [
    'kube-dns elsewhere where the tenth is taken',
    `${range('10.96.0.0/12')}${services('name: dns, ports: [53], clusterIP: 10.96.0.10', 'name: kube-dns, namespace: kube-system, ports: [53]')}`,
    ['dns 10.96.0.10', 'kube-dns 10.96.1.1'],
  ],
  [
    'the band after the rest, and never the ends',
    `${range('10.96.0.0/27')}${named(...Array.from({ length: 27 }, (_, i) => `s${i}`))}`,
    [
      ...Array.from({ length: 14 }, (_, i) => `s${i} 10.96.0.${17 + i}`),
      ...[2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15].map((last, i) => `s${14 + i} 10.96.0.${last}`),
    ],
  ],
  [
    'none for the headless and for aliases',
    `${range('10.96.0.0/12')}${services('name: h, clusterIP: None, ports: [80]', 'name: e, type: ExternalName, externalName: a.b', 'name: s, ports: [80]')}`,
    ['h', 'e', 's 10.96.1.1'],
  ],
  [
    'by families: the first of the cluster, both, those that are asked for',
    `${range('[10.96.0.0/16, "fd02::/112"]')}${services(
      'name: single, ports: [80]',
      'name: both, ports: [80], ipFamilyPolicy: PreferDualStack',
      'name: six, ports: [80], ipFamilies: [IPv6]',
      'name: reversed, ports: [80], ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6, IPv4]',
      'name: half, ports: [80], ipFamilyPolicy: PreferDualStack, clusterIP: "fd02::5"',
    )}`,
    ['single 10.96.1.1', 'both 10.96.1.2 fd02::101', 'six fd02::102', 'reversed fd02::103 10.96.1.3', 'half fd02::5 10.96.1.4'],
  ],
  ['dual stack is preferred in vain', `${range('10.96.0.0/16')}${services('name: a, ports: [80], ipFamilyPolicy: PreferDualStack')}`, ['a 10.96.1.1']],
])('clusterIPs: %s', async ([, text, want]) => {
  const { cluster, problems } = await assign(text);
  expect(problems).toEqual([]);
  expect(cluster.services.map(line)).toEqual(want);
});

test.for<[what: string, list: readonly string[], want: readonly string[]]>([
  ['from above the band', ['type: NodePort, ports: [{name: a, port: 80}, {name: b, port: 443}]'], ['s0 80:30086 443:30087']],
  ['around those that are stated', ['type: NodePort, ports: [80]', 'type: NodePort, ports: [{port: 80, nodePort: 30086}]'], ['s0 80:30087', 's1 80:30086']],
  ['for load balancers', ['type: LoadBalancer, ports: [80]'], ['s0 80:30086']],
  ['not for those that want none', ['type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [80]'], ['s0']],
  ['not for others', ['ports: [80]', 'type: ClusterIP, externalIPs: 203.0.113.5, ports: [80]'], ['s0', 's1']],
  ['TCP and UDP on one port share one', ['type: NodePort, ports: [{name: t, port: 53}, {name: u, port: 53, protocol: UDP}]'], ['s0 53:30086 53:30086']],
  ['also where one is stated', ['type: NodePort, ports: [{name: t, port: 53}, {name: u, port: 53, protocol: UDP, nodePort: 30053}]'], ['s0 53:30053 53:30053']],
  [
    'the health check too',
    ['type: LoadBalancer, externalTrafficPolicy: Local, ports: [80]', 'type: NodePort, externalTrafficPolicy: Local, ports: [80]'],
    ['s0 80:30086 health 30087', 's1 80:30088'],
  ],
])('nodePorts: %s', async ([, list, want]) => {
  const { cluster, problems } = await assign(`${range('10.96.0.0/12')}${services(...list.map((one, i) => `name: s${i}, ${one}`))}`);
  expect(problems).toEqual([]);
  expect(cluster.services.map((service) => line({ ...service, clusterIPs: [] }))).toEqual(want);
});

test.for<[what: string, text: string, range: string, assumed: readonly string[]]>([
  ['kubeadm’s default', named('a'), '10.96.0.0/12', ['subnets.services is 10.96.0.0/12, as kubeadm has it unless told otherwise']],
  ['none where nobody needs one', services('name: h, clusterIP: None, ports: [80]'), '', []],
  ['none without Services', '', '', []],
])('no range is stated: %s', async ([, text, want, assumed]) => {
  const { cluster, assumptions } = await assign(text);
  expect(cluster.subnets.services.map(formatPrefix).join()).toBe(want);
  expect(assumptions.filter(({ change }) => change === 'subnets.services').map((one) => one.text)).toEqual(assumed);
});

test('what was given is listed', async () => {
  const { assumptions } = await assign(
    `${range('10.96.0.0/12')}${services('name: a, type: NodePort, ports: [80]', 'name: b, type: LoadBalancer, externalTrafficPolicy: Local, ports: [{name: x, port: 80}, {name: y, port: 81}]')}`,
  );
  expect(assumptions.filter(({ code }) => code !== 'NODE_SUBNET')).toEqual([
    {
      code: 'ASSUMED_CLUSTER_IP',
      text: 'a 10.96.1.1, b 10.96.1.2: the lowest free addresses of 10.96.0.0/12 above those that are left to people to ask for; the API server draws at random',
      change: 'services[].clusterIP',
    },
    {
      code: 'ASSUMED_NODE_PORT',
      text: 'a 30086, b 80:30087, b 81:30088, b health check 30089: the lowest free nodePorts from 30086, below which people ask for them; the API server draws at random',
      change: 'services[].ports[].nodePort',
    },
  ]);
});

test.for<[what: string, text: string, want: readonly string[]]>([
  [
    'too few addresses',
    `${range('10.96.0.0/29')}${named(...Array.from({ length: 7 }, (_, i) => `s${i}`))}`,
    ['error 10.96.0.0/29 has no free address for 2 services'],
  ],
  [
    'dual stack in a cluster of one family',
    `${range('10.96.0.0/16')}${services('name: a, ports: [80], ipFamilyPolicy: RequireDualStack')}`,
    ['error service "a" wants an IPv6 address, and subnets.services has no IPv6 range'],
  ],
  [
    'a family that the cluster has not',
    `${range('10.96.0.0/16')}${services('name: a, ports: [80], ipFamilies: [IPv6]')}`,
    ['error service "a" wants an IPv6 address, and subnets.services has no IPv6 range'],
  ],
  [
    'no range, and the usual one is taken by pods',
    `pods: []\nsubnets: {pods: 10.0.0.0/8}\n${named('a')}`,
    ['error service "a" has no clusterIP, and there is no subnets.services to give it one from'],
  ],
])('%s is a problem', async ([, text, want]) => {
  const { problems } = await assign(text);
  expect(problems.map(({ severity, message }) => `${severity} ${message}`)).toEqual(want);
});

const place = { file: 'a', line: 1, column: 1 };
const plain: Service = {
  name: 's',
  namespace: 'default',
  type: 'NodePort',
  headless: false,
  clusterIPs: [],
  ports: [{ name: '', port: 80, protocol: 'TCP', targetPort: 80, place }],
  externalIPs: [],
  ingress: [],
  loadBalancerSourceRanges: [],
  externalTrafficPolicy: 'Cluster',
  internalTrafficPolicy: 'Cluster',
  publishNotReadyAddresses: false,
  ipFamilyPolicy: 'SingleStack',
  ipFamilies: [],
  labels: {},
  annotations: {},
  place,
  short: true,
};
const clusterOf = (list: readonly Service[]): Cluster => ({
  plugin: { name: 'flannel', settings: {}, stated: true },
  subnets: { nodes: [], pods: [], services: [parsePrefix('10.96.0.0/12')!] },
  nodes: [],
  pods: [],
  services: list,
  slices: [],
  others: [],
  sources: [],
});

test('IPv6 alone: kind’s range', () => {
  const cluster = clusterOf([{ ...plain, type: 'ClusterIP' }]);
  const { cluster: done } = assignAddresses({ ...cluster, subnets: { nodes: [], pods: [parsePrefix('fd01::/56')!], services: [] } });
  expect(done.subnets.services.map(formatPrefix)).toEqual(['fd00:10:96::/112']);
  expect(done.services.map(line)).toEqual(['s fd00:10:96::101']);
});

test('nothing is copied where nothing is given', () => {
  const cluster = clusterOf([{ ...plain, type: 'ClusterIP', clusterIPs: [parseIp('10.96.0.5')!], ipFamilies: [4] }]);
  expect(assignAddresses(cluster).cluster).toBe(cluster);
});

test('the last nodePort, and one more', () => {
  const { cluster, problems } = assignAddresses(clusterOf(Array.from({ length: 2_769 }, (_, i) => ({ ...plain, name: `s${i}` }))));
  const given = cluster.services.flatMap(({ ports }) => ports.map(({ nodePort }) => nodePort));
  expect(given.slice(2_680, 2_684)).toEqual([32_766, 32_767, 30_000, 30_001]);
  expect(given.slice(-2)).toEqual([30_085, undefined]);
  expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual(['RANGE_EXHAUSTED no nodePort from 30000 to 32767 is free for service "s2768"']);
});

test('many are linear: 100,000 Services in well under a second', () => {
  const many = Array.from({ length: 100_000 }, (_, i): Service => ({ ...plain, type: 'ClusterIP', name: `s${i}` }));
  const start = performance.now();
  const { cluster, problems } = assignAddresses(clusterOf(many));
  expect(performance.now() - start).toBeLessThan(3_000);
  expect(problems).toEqual([]);
  expect(new Set(cluster.services.flatMap(({ clusterIPs }) => clusterIPs)).size).toBe(100_000);
});
