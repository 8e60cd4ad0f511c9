import { expect, test } from 'vitest';
import type { Cluster, Pod } from '../../src/model/cluster.ts';
import type { EndpointSlice, Service } from '../../src/model/service.ts';
import { formatIp } from '../../src/net/ip.ts';
import { endpointAssumptions } from '../../src/services/endpoints/assumed.ts';
import { mergeSlices } from '../../src/services/endpoints/backends.ts';
import { createDerivation } from '../../src/services/endpoints/derive.ts';
import { createServiceTable } from '../../src/services/table.ts';
import { cluster, ip, node, pod, portSpec, prefix, service, slice } from './support.ts';

/** `IPv4 http=8080 10.1.1.1 10.1.1.2(not ready)`. */
const line = ({ addressType, ports, endpoints }: EndpointSlice): string =>
  [
    addressType,
    ports.map(({ name, port }) => `${name}=${port}`).join(),
    ...endpoints.map(({ addresses, ready, terminating }) => `${addresses.map(formatIp).join('+')}${ready ? '' : terminating ? '(ending)' : '(not ready)'}`),
  ].join(' ');

const nodes = [node('n1', { ips: [ip('192.168.1.11')], zone: 'a' }), node('n2', { ips: [ip('192.168.1.12')] })];
const one = (given: Partial<Pod> = {}): Pod => pod({ name: 'one', node: 'n1', ips: [ip('10.1.1.1')], labels: { app: 'web', tier: 'x' }, ...given });
const two = (given: Partial<Pod> = {}): Pod => one({ name: 'two', node: 'n2', ips: [ip('10.1.2.2')], ...given });
const http = (given: Partial<Service> = {}): Service => service({ selector: { app: 'web' }, ports: [portSpec({ name: 'http', targetPort: 8080 })], ...given });
const named = http({ ports: [portSpec({ name: 'http', targetPort: 'web' })] });
const port = (name: string, number: number, protocol: 'TCP' | 'UDP' = 'TCP') => ({ name, port: number, protocol });
const v6 = [prefix('10.96.0.0/12'), prefix('fd00:96::/112')];

test.for<[what: string, service: Service, pods: readonly Pod[], want: readonly string[], given?: Partial<Cluster>]>([
  ['the pods that it selects', http(), [one(), two()], ['IPv4 http=8080 10.1.1.1 10.1.2.2']],
  ['every key must match', http({ selector: { app: 'web', tier: 'y' } }), [one(), two({ labels: { app: 'web', tier: 'y' } })], ['IPv4 http=8080 10.1.2.2']],
  ['no pod', http({ selector: { app: 'webapp' } }), [one()], []],
  ['an empty selector selects none', http({ selector: {} }), [one()], []],
  ['ExternalName', http({ type: 'ExternalName' }), [one()], []],
  ['not ready, and ending', http(), [one({ ready: false }), two({ terminating: true })], ['IPv4 http=8080 10.1.1.1(not ready) 10.1.2.2(ending)']],
  ['wanted though not ready', http({ publishNotReadyAddresses: true }), [one({ ready: false })], ['IPv4 http=8080 10.1.1.1']],
  ['finished, and without address', http(), [one({ phase: 'Succeeded' }), two({ ips: [] })], []],
  ['on a node that does not exist', http(), [one({ node: 'n9' }), two()], ['IPv4 http=8080 10.1.2.2']],
  ['the same, wanted though not ready', http({ publishNotReadyAddresses: true }), [one({ node: 'n9' })], ['IPv4 http=8080 10.1.1.1']],
  ['no node is known', http(), [one({ node: 'n9' })], ['IPv4 http=8080 10.1.1.1'], { nodes: [] }],
  ["in its node's network", http(), [one({ hostNetwork: true, ips: [] })], ['IPv4 http=8080 192.168.1.11']],
  ['a named port', named, [one({ ports: [port('web', 8000)] }), two({ ports: [port('web', 8000)] })], ['IPv4 http=8000 10.1.1.1 10.1.2.2']],
  [
    'a named port that differs by pod',
    named,
    [one({ ports: [port('web', 8000)] }), two({ ports: [port('web', 9000)] })],
    ['IPv4 http=8000 10.1.1.1', 'IPv4 http=9000 10.1.2.2'],
  ],
  ['a named port of another protocol', named, [one({ ports: [port('web', 8000, 'UDP')] })], ['IPv4  10.1.1.1']],
  ['the named port of a sidecar', named, [one({ sidecarPorts: [port('web', 15001)] })], ['IPv4 http=15001 10.1.1.1']],
  ['headless without ports', http({ headless: true, clusterIPs: [], ports: [] }), [one()], ['IPv4  10.1.1.1']],
  [
    'both families',
    http({ clusterIPs: [ip('fd00:96::1'), ip('10.96.0.1')] }),
    [one({ ips: [ip('10.1.1.1'), ip('fd00::1')] }), two()],
    ['IPv6 http=8080 fd00::1', 'IPv4 http=8080 10.1.1.1 10.1.2.2'],
  ],
  ['IPv6 alone', http({ clusterIPs: [ip('fd00:96::1')] }), [one()], []],
  [
    'headless, the families that it states',
    http({ headless: true, clusterIPs: [], ipFamilies: [6] }),
    [one({ ips: [ip('10.1.1.1'), ip('fd00::1')] })],
    ['IPv6 http=8080 fd00::1'],
  ],
  [
    "headless, the cluster's families by its policy",
    http({ headless: true, clusterIPs: [], ipFamilyPolicy: 'PreferDualStack' }),
    [one({ ips: [ip('10.1.1.1'), ip('fd00::1')] })],
    ['IPv4 http=8080 10.1.1.1', 'IPv6 http=8080 fd00::1'],
    { subnets: { nodes: [], pods: [], services: v6 } },
  ],
  [
    "headless, the cluster's first family",
    http({ headless: true, clusterIPs: [] }),
    [one({ ips: [ip('10.1.1.1'), ip('fd00::1')] })],
    ['IPv4 http=8080 10.1.1.1'],
    { subnets: { nodes: [], pods: [], services: v6 } },
  ],
])('slices: %s', ([, asked, pods, want, given]) => {
  expect(createDerivation(cluster({ nodes, pods, ...given }))(asked).map(line)).toEqual(want);
});

test('a slice says whose it is, and an endpoint where it runs and what it is', () => {
  const [headless] = createDerivation(cluster({ nodes, pods: [one({ hostname: 'web-0', subdomain: 'web' })] }))(
    http({ headless: true, clusterIPs: [], labels: { team: 'a' }, trafficDistribution: 'PreferSameNode' }),
  );
  expect(headless).toMatchObject({ name: 'web-ipv4', namespace: 'default', service: 'web' });
  expect(headless?.labels).toEqual({
    team: 'a',
    'service.kubernetes.io/headless': '',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  });
  expect(headless?.endpoints[0]).toMatchObject({
    nodeName: 'n1',
    zone: 'a',
    hostname: 'web-0',
    hints: { forZones: ['a'], forNodes: ['n1'] },
    targetRef: { kind: 'Pod', namespace: 'default', name: 'one' },
  });
});

type End = Partial<EndpointSlice['endpoints'][number]>;
const at = (address: string, given: End = {}) => ({ addresses: [ip(address)], ready: true, serving: true, terminating: false, ...given });

test.for<[what: string, slices: readonly Partial<EndpointSlice>[], want: readonly string[], family?: 4 | 6]>([
  ['by their text', [{ endpoints: [at('10.1.1.9'), at('10.1.1.10')] }], ['10.1.1.10:8080', '10.1.1.9:8080']],
  ['of several slices', [{ endpoints: [at('10.1.1.9')] }, { endpoints: [at('10.1.1.8')] }], ['10.1.1.8:8080', '10.1.1.9:8080']],
  ['each once', [{ endpoints: [at('10.1.1.9')] }, { endpoints: [at('10.1.1.9')] }], ['10.1.1.9:8080']],
  ['of the same name', [{ ports: [port('http', 8080)], endpoints: [at('10.1.1.9')] }], []],
  ['of the same protocol', [{ ports: [port('', 8080, 'UDP')], endpoints: [at('10.1.1.9')] }], []],
  ['at several ports of a name', [{ ports: [port('', 1), port('', 2)], endpoints: [at('10.1.1.9')] }], ['10.1.1.9:1', '10.1.1.9:2']],
  ['without a port', [{ ports: [{ name: '', protocol: 'TCP', port: undefined }], endpoints: [at('10.1.1.9')] }], []],
  ['the first address', [{ endpoints: [{ ...at('10.1.1.9'), addresses: [ip('10.1.1.9'), ip('10.1.1.8')] }] }], ['10.1.1.9:8080']],
  ['no address', [{ endpoints: [{ ...at('10.1.1.9'), addresses: [] }] }], []],
  ['FQDN', [{ addressType: 'FQDN', endpoints: [at('10.1.1.9')] }], []],
  ['labelled headless', [{ labels: { 'service.kubernetes.io/headless': '' }, endpoints: [at('10.1.1.9')] }], []],
  ['the other family', [{ endpoints: [at('10.1.1.9')] }], [], 6],
  ['IPv6', [{ addressType: 'IPv6', endpoints: [at('fd00::9')] }], ['[fd00::9]:8080'], 6],
])('endpoints of a port: %s', ([, slices, want, family = 4]) => {
  expect(mergeSlices(slices.map(slice), { family, spec: portSpec() }).map(({ text }) => text)).toEqual(want);
});

const ending = at('10.1.1.9', { ready: false, terminating: true, nodeName: 'n2' });
test.for<[what: string, endpoints: readonly ReturnType<typeof at>[], node: string]>([
  ['one that runs after one that ends', [ending, at('10.1.1.9', { nodeName: 'n1' })], 'n1'],
  ['one that runs before one that ends', [at('10.1.1.9', { nodeName: 'n1' }), ending], 'n1'],
  ['the first of two that run', [at('10.1.1.9', { nodeName: 'n1' }), at('10.1.1.9', { nodeName: 'n2' })], 'n1'],
])('of two copies stays %s', ([, endpoints, want]) => {
  const [first] = mergeSlices([slice({ endpoints: [] }), ...endpoints.map((endpoint) => slice({ endpoints: [endpoint] }))], { family: 4, spec: portSpec() });
  expect(first?.node).toBe(want);
});

const topology = { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } };
const other = service({ name: 'other', clusterIPs: [ip('10.96.0.11')], selector: { app: 'x' } });
test.for<[what: string, asked: Partial<Service>, slices: readonly EndpointSlice[], want: readonly string[]]>([
  ['no slices at all', {}, [], []],
  ['a slice of its own', topology, [slice()], []],
  ['a slice of another that selects pods', {}, [slice({ service: 'other' })], ['ASSUMED_ENDPOINTS']],
  ['a slice of one that does not', {}, [slice({ service: 'kubernetes' })], []],
  ['a slice of nobody', {}, [slice({ service: undefined })], []],
  ['the topology annotation', topology, [], ['ASSUMED_TOPOLOGY_HINTS']],
  ['no selector', { selector: {}, ...topology }, [slice({ service: 'other' })], []],
])('assumed of endpoints: %s', ([, asked, slices, want]) => {
  const given = http(asked);
  const all = cluster({ nodes, pods: [one()], services: [given, other, service({ name: 'kubernetes', clusterIPs: [ip('10.96.0.1')] })], slices });
  expect(endpointAssumptions(all, createServiceTable(all), given).map(({ code }) => code)).toEqual(want);
});
