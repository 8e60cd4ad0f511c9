import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { formatIp } from '../../src/net/ip.ts';
import { formatPrefix } from '../../src/net/prefix.ts';

const read = async (value: unknown, name = 'dump.json') => {
  const { cluster, problems } = await load({ files: [], text: { name, text: JSON.stringify(value) }, pluginOverride: 'flannel' });
  return { cluster, problems };
};

const meta = (name: string, rest: object = {}) => ({ metadata: { name, ...rest } });
const node = (name: string, rest: object = {}) => ({ apiVersion: 'v1', kind: 'Node', ...meta(name), ...rest });
const pod = (name: string, spec: object = {}, status: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...meta(name, { namespace: 'shop' }),
  spec: { nodeName: 'n', ...spec },
  status: { phase: 'Running', ...status },
});
const withoutKind = ({ kind: _, apiVersion: __, ...rest }: ReturnType<typeof node>) => rest;

test.for<[what: string, value: unknown, name: string]>([
  ['a List', { apiVersion: 'v1', kind: 'List', items: [node('n'), pod('p')] }, 'dump.json'],
  ['a List of Lists', { apiVersion: 'v1', kind: 'List', items: [{ kind: 'NodeList', items: [withoutKind(node('n'))] }, pod('p')] }, 'dump.json'],
  ['a bare array', [node('n'), pod('p')], 'dump.json'],
])('%s is read', async ([, value, name]) => {
  const { cluster, problems } = await read(value, name);
  expect([cluster?.nodes.length, cluster?.pods.length, problems]).toEqual([1, 1, []]);
});

test.for<[what: string, value: unknown, name: string, nodes: number]>([
  ['a NodeList whose items have no kind', { kind: 'NodeList', apiVersion: 'v1', items: [withoutKind(node('n'))] }, 'x.json', 1],
  ['items without any kind, in a file named nodes.json', { items: [withoutKind(node('n'))] }, 'bundle/nodes.json', 1],
  ['a bare array without kinds', [withoutKind(node('n'))], 'resources/cluster/Nodes.json', 1],
  ['one object', node('n'), 'x.json', 1],
  ['one object without a kind, known by its fields', { ...meta('n'), status: { nodeInfo: {} } }, 'x.json', 1],
  ['an empty List', { kind: 'NodeList', apiVersion: 'v1', items: null }, 'x.json', 0],
])('%s', async ([, value, name, nodes]) => {
  const { cluster, problems } = await read(value, name);
  expect(cluster?.nodes.length ?? 0).toBe(nodes);
  expect(problems.map(({ code }) => code)).toEqual(nodes > 0 ? [] : ['NO_INPUT']);
});

test.for<[what: string, object: object, want: string]>([
  [
    'addresses',
    {
      status: {
        addresses: [
          { type: 'Hostname', address: 'n' },
          { type: 'InternalIP', address: '10.0.0.1' },
          { type: 'InternalIP', address: 'fd00::1' },
        ],
      },
    },
    '10.0.0.1 fd00::1 |',
  ],
  [
    'a second address of a family is not the first',
    {
      status: {
        addresses: [
          { type: 'InternalIP', address: '10.0.0.1' },
          { type: 'InternalIP', address: '10.9.0.1' },
        ],
      },
    },
    '10.0.0.1 |',
  ],
  ['podCIDR', { spec: { podCIDR: '10.1.0.0/24' } }, '| 10.1.0.0/24'],
  ['podCIDRs', { spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24', 'fd01::/64'] } }, '| 10.1.0.0/24 fd01::/64'],
  ['host bits in podCIDR', { spec: { podCIDR: '10.1.0.1/24' } }, '| 10.1.0.0/24'],
  ['an empty podCIDR', { spec: { podCIDR: '' } }, '|'],
])('a node: %s', async ([, rest, want]) => {
  const { cluster } = await read([node('n', rest)]);
  const [it] = cluster?.nodes ?? [];
  expect([...(it?.ips ?? []).map(formatIp), '|', ...(it?.podCIDRs ?? []).map(formatPrefix)].join(' ')).toBe(want);
});

test.for<[what: string, object: object, want: object]>([
  [
    'addresses',
    pod('p', {}, { podIP: '10.1.0.2', podIPs: [{ ip: '10.1.0.2' }, { ip: 'fd01::2' }] }),
    { ips: [0x0a010002, 0xfd010000000000000000000000000002n] },
  ],
  ['a pending one has none', pod('p', { nodeName: undefined }, { phase: 'Pending' }), { phase: 'Pending', node: undefined, ips: [], ready: false }],
  ['a finished one has none, though its status says so', pod('p', {}, { phase: 'Succeeded', podIP: '10.1.0.2' }), { phase: 'Succeeded', ips: [] }],
  [
    'readiness',
    pod(
      'p',
      {},
      {
        conditions: [
          { type: 'PodScheduled', status: 'True' },
          { type: 'Ready', status: 'False' },
        ],
      },
    ),
    { ready: false },
  ],
  ['no condition at all, and it runs', pod('p'), { ready: true }],
  ['conditions without the one that counts', pod('p', {}, { conditions: [{ type: 'PodScheduled', status: 'True' }] }), { ready: false }],
  ['a manifest has no status', { ...pod('p'), status: undefined }, { phase: 'Running', ready: true }],
  ['being deleted', { ...pod('p'), ...meta('p', { deletionTimestamp: '2026-01-01T00:00:00Z' }) }, { terminating: true }],
  [
    'what DNS needs',
    pod('p', {
      hostname: 'web-0',
      subdomain: 'web',
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['203.0.113.1'], searches: ['my.domain'], options: [{ name: 'ndots', value: '3' }, { name: 'debug' }] },
    }),
    {
      hostname: 'web-0',
      subdomain: 'web',
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['203.0.113.1'], searches: ['my.domain'], options: [{ name: 'ndots', value: '3' }, { name: 'debug' }] },
    },
  ],
  [
    'ports of sidecars, and of no other init container',
    pod('p', {
      initContainers: [{ restartPolicy: 'Always', ports: [{ name: 'proxy', containerPort: 15001 }] }, { ports: [{ name: 'setup', containerPort: 1 }] }],
      containers: [{ ports: [{ containerPort: 80 }] }],
    }),
    { ports: [{ port: 80, protocol: 'TCP' }], sidecarPorts: [{ name: 'proxy', port: 15001, protocol: 'TCP' }] },
  ],
  ['hostNetwork', pod('p', { hostNetwork: true }, { podIP: '10.0.0.1' }), { hostNetwork: true, ips: [0x0a000001] }],
  [
    'ports of all containers',
    pod('p', {
      containers: [
        { ports: [{ containerPort: 80, name: 'http', hostPort: 8080, hostIP: '10.0.0.1' }] },
        {},
        { ports: [{ containerPort: 53, protocol: 'UDP' }] },
      ],
    }),
    {
      ports: [
        { port: 80, name: 'http', protocol: 'TCP', hostPort: 8080, hostIP: 0x0a000001 },
        { port: 53, protocol: 'UDP' },
      ],
    },
  ],
  [
    'its owner',
    {
      ...pod('p'),
      ...meta('p', {
        ownerReferences: [
          { kind: 'Node', name: 'x' },
          { kind: 'ReplicaSet', name: 'web-5d', controller: true },
        ],
      }),
    },
    {
      owner: { kind: 'ReplicaSet', name: 'web-5d' },
      namespace: 'default',
    },
  ],
])('a pod: %s', async ([, object, want]) => {
  const { cluster } = await read([node('n'), object]);
  expect(cluster?.pods).toMatchObject([want]);
});

test('that a manifest runs and is ready is an assumption', async () => {
  const { assumptions } = await load({ files: [], text: { name: 'a.json', text: JSON.stringify([node('n'), { ...pod('p'), status: undefined }, pod('q')]) } });
  expect(assumptions.filter(({ code }) => code === 'ASSUMED_READY')).toEqual([
    { code: 'ASSUMED_READY', text: '1 pod without a status, e.g. p: taken to run and to be ready', change: 'pods[].ready' },
  ]);
});

test('what is twice in two dumps is once in the cluster', async () => {
  const { cluster, problems } = await read([node('n'), pod('p', {}, { podIP: '10.1.0.2' }), node('n'), pod('p', {}, { podIP: '10.1.0.2' })]);
  expect([cluster?.nodes.length, cluster?.pods.length, problems]).toEqual([1, 1, []]);
});

test('pods without nodes: the nodes are known by what the pods say', async () => {
  const { cluster, assumptions } = await load({
    files: [],
    text: {
      name: 'pods.json',
      text: JSON.stringify([pod('p', {}, { hostIP: '10.0.0.1', podIP: '10.1.0.2' }), pod('q', { nodeName: 'm' }, { hostIP: '10.0.0.2' })]),
    },
  });
  expect(cluster?.nodes.map(({ name, ips }) => `${name} ${ips.map(formatIp)}`)).toEqual(['n 10.0.0.1', 'm 10.0.0.2']);
  expect(assumptions[0]?.text).toBe('2 nodes and their addresses are known from pods only');
});

test('addresses that are blanked out are one warning', async () => {
  const { problems } = await read([
    node('n', { status: { addresses: [{ type: 'InternalIP', address: '***HIDDEN***' }] } }),
    pod('p', {}, { podIP: '***HIDDEN***' }),
    pod('q', {}, { podIP: '***HIDDEN***' }),
  ]);
  expect(problems.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
    'warning 1 node and 2 pods with an address that is none, e.g. "***HIDDEN***"',
  ]);
});

test('what a cluster reports about itself is at most a warning', async () => {
  const { problems } = await read([
    node('n', { spec: { podCIDR: '10.1.0.0/24' } }),
    pod('p', {}, { podIP: '10.1.0.2' }),
    pod('q', {}, { podIP: '10.1.0.2' }),
    pod('r', { nodeName: 'gone' }, { podIP: '10.1.0.3' }),
  ]);
  expect(problems.map(({ severity, code }) => `${severity} ${code}`).sort()).toEqual(['warning DUPLICATE_ADDRESS', 'warning UNKNOWN_NODE']);
});

test('other kinds are kept, with the places of their fields; secrets are not', async () => {
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', ...meta('deny', { namespace: 'shop' }), spec: { podSelector: {} } };
  const { cluster } = await read([node('n'), policy, { apiVersion: 'v1', kind: 'Secret', ...meta('s'), data: { a: 'b' } }]);
  expect(cluster?.others).toMatchObject([{ kind: 'NetworkPolicy', namespace: 'shop', name: 'deny', value: policy }]);
  expect(cluster?.others[0]?.at?.(['spec', 'podSelector'])).toMatchObject({ line: 1 });
});
