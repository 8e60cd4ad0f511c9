import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import type { Service } from '../../src/model/service.ts';
import { formatIp, parseIp } from '../../src/net/ip.ts';
import { formatPrefix, parsePrefix } from '../../src/net/prefix.ts';

type Thing = Readonly<Record<string, unknown>>;

const base = 'plugin: flannel\nsubnets: {nodes: 192.168.1.0/24, pods: 10.1.0.0/16, services: 10.96.0.0/12}\nnodes: [{name: n, ip: 192.168.1.11}]\n';
const read = async (text: string) => {
  const { cluster, problems, assumptions } = await load({ files: [], text: { name: 'a.yaml', text: `${base}${text}` } });
  if (!cluster) throw new Error('no cluster');
  return { cluster, problems, assumptions };
};
const readShort = (service: string) => read(`services: [{name: s, ${service}}]\n`);
const readObjects = (...objects: readonly Thing[]) => read(objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(''));

const service = (spec: object, rest: object = {}): Thing => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', ...rest }, spec });
const taken = { uid: 'u', resourceVersion: '1' };
const port = (rest: object = {}) => ({ name: '', port: 80, targetPort: 80, protocol: 'TCP', ...rest });
const ip = (text: string) => parseIp(text)!;
const range = (text: string) => parsePrefix(text)!;

const DEFAULTS: Partial<Service> = {
  name: 's',
  namespace: 'default',
  type: 'ClusterIP',
  headless: false,
  clusterIPs: [],
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
};

/** Each row in both forms: they mean the same. */
test.for<[what: string, short: string, spec: object, want: object, status?: object]>([
  ['the defaults of the API', 'ports: [80]', { ports: [{ port: 80 }] }, { ...DEFAULTS, ports: [port()] }],
  ['an address', 'ports: [80], clusterIP: 10.96.0.9', { ports: [{ port: 80 }], clusterIP: '10.96.0.9' }, { clusterIPs: [ip('10.96.0.9')], ipFamilies: [4] }],
  ['headless', 'ports: [80], clusterIP: None', { ports: [{ port: 80 }], clusterIP: 'None' }, { headless: true, clusterIPs: [] }],
  [
    'headless without selector is of both families',
    'ports: [80], clusterIP: None',
    { ports: [{ port: 80 }], clusterIP: 'None' },
    { ipFamilyPolicy: 'RequireDualStack' },
  ],
  [
    'headless with a selector is not',
    'ports: [80], clusterIP: None, selector: {a: b}',
    { ports: [{ port: 80 }], clusterIP: 'None', selector: { a: 'b' } },
    { ipFamilyPolicy: 'SingleStack', selector: { a: 'b' } },
  ],
  [
    'ports',
    'type: NodePort, ports: [{name: dns, port: 53, protocol: UDP, targetPort: dns, nodePort: 30053}, {name: web, port: 80, targetPort: 8080}]',
    {
      type: 'NodePort',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'dns', nodePort: 30053 },
        { name: 'web', port: 80, targetPort: 8080, nodePort: 0 },
      ],
    },
    {
      type: 'NodePort',
      ports: [port({ name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP', nodePort: 30053 }), port({ name: 'web', targetPort: 8080 })],
    },
  ],
  [
    'a load balancer',
    'type: LoadBalancer, ports: [80], ingress: [203.0.113.5, {ip: 203.0.113.6, ipMode: Proxy}, {hostname: lb.example.com}], loadBalancerSourceRanges: [10.0.0.0/8]',
    { type: 'LoadBalancer', ports: [{ port: 80 }], loadBalancerSourceRanges: [' 10.0.0.0/8 '] },
    {
      ingress: [{ ip: ip('203.0.113.5') }, { ip: ip('203.0.113.6'), ipMode: 'Proxy' }, { hostname: 'lb.example.com' }],
      loadBalancerSourceRanges: [range('10.0.0.0/8')],
    },
    { loadBalancer: { ingress: [{ ip: '203.0.113.5' }, { ip: '203.0.113.6', ipMode: 'Proxy' }, { hostname: 'lb.example.com' }] } },
  ],
  [
    'traffic policies and a health check',
    'type: LoadBalancer, ports: [80], externalTrafficPolicy: Local, internalTrafficPolicy: Local, healthCheckNodePort: 30500',
    { type: 'LoadBalancer', ports: [{ port: 80 }], externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local', healthCheckNodePort: 30500 },
    { externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local', healthCheckNodePort: 30500 },
  ],
  [
    'affinity, three hours by default',
    'ports: [80], sessionAffinity: ClientIP',
    { ports: [{ port: 80 }], sessionAffinity: 'ClientIP' },
    { affinitySeconds: 10_800 },
  ],
  [
    'affinity with a timeout',
    'ports: [80], sessionAffinity: {clientIP: {timeoutSeconds: 60}}',
    { ports: [{ port: 80 }], sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } },
    { affinitySeconds: 60 },
  ],
  [
    'an alias of DNS',
    'type: ExternalName, externalName: db.example.com',
    { type: 'ExternalName', externalName: 'db.example.com' },
    { type: 'ExternalName', externalName: 'db.example.com', ports: [], clusterIPs: [] },
  ],
  [
    'the rest',
    'ports: [80], externalIPs: [203.0.113.9], publishNotReadyAddresses: true, trafficDistribution: PreferSameZone, ipFamilies: [IPv4]',
    { ports: [{ port: 80 }], externalIPs: ['203.0.113.9'], publishNotReadyAddresses: true, trafficDistribution: 'PreferSameZone', ipFamilies: ['IPv4'] },
    { externalIPs: [ip('203.0.113.9')], publishNotReadyAddresses: true, trafficDistribution: 'PreferSameZone', ipFamilies: [4] },
  ],
  [
    'no nodePorts',
    'type: LoadBalancer, ports: [80], allocateLoadBalancerNodePorts: false',
    { type: 'LoadBalancer', ports: [{ port: 80 }], allocateLoadBalancerNodePorts: false },
    { allocateLoadBalancerNodePorts: false },
  ],
])('%s', async ([, short, spec, want, status]) => {
  const fromShort = await readShort(short);
  const fromObject = await readObjects({ ...service(spec), ...(status ? { status } : {}) });
  expect(fromShort.problems).toEqual([]);
  expect(fromObject.problems).toEqual([]);
  expect(fromShort.cluster.services).toMatchObject([want]);
  expect(fromObject.cluster.services).toMatchObject([want]);
  expect(fromObject.cluster.others).toEqual([]);
});

test.for<[what: string, short: string, want: object]>([
  ['protocols in lower case', 'ports: [{port: 53, protocol: udp}]', { ports: [{ port: 53, protocol: 'UDP' }] }],
  ['one external address', 'ports: [80], externalIPs: 203.0.113.9', { externalIPs: [ip('203.0.113.9')] }],
  ['one load balancer', 'type: LoadBalancer, ports: [80], ingress: 203.0.113.5', { ingress: [{ ip: ip('203.0.113.5') }] }],
  ['sourceRanges', 'type: LoadBalancer, ports: [80], sourceRanges: 10.0.0.0/8', { loadBalancerSourceRanges: [range('10.0.0.0/8')] }],
  ['labels and selectors that YAML takes for numbers', 'ports: [80], selector: {v: 1}, labels: {x: true}', { selector: { v: '1' }, labels: { x: 'true' } }],
])('the short form: %s', async ([, short, want]) => {
  const { cluster, problems } = await readShort(short);
  expect(problems).toEqual([]);
  expect(cluster.services).toMatchObject([want]);
});

test('two addresses mean dual stack in the short form', async () => {
  const text =
    'plugin: flannel\nsubnets: {services: [10.96.0.0/16, "fd02::/112"]}\nnodes: [{name: n, ip: 192.168.1.11}]\nservices: [{name: s, clusterIP: [10.96.0.9, "fd02::9"], ports: [80]}]\n';
  const { cluster, problems } = await load({ files: [], text: { name: 'a.yaml', text } });
  expect(problems).toEqual([]);
  expect(cluster?.services).toMatchObject([{ clusterIPs: [ip('10.96.0.9'), ip('fd02::9')], ipFamilies: [4, 6], ipFamilyPolicy: 'PreferDualStack' }]);
});

const endpointsOf = async (short: string): Promise<readonly string[]> => {
  const { cluster, problems } = await readShort(short);
  expect(problems).toEqual([]);
  return cluster.slices.map(
    ({ service: name, addressType, endpoints, ports }) =>
      `${name} ${addressType} ${endpoints.map(({ addresses, ready, nodeName }) => `${addresses.map(formatIp)}${ready ? '' : '!'}${nodeName ? `@${nodeName}` : ''}`)} ${ports.map((one) => `${one.name}:${one.port}/${one.protocol}`)}`,
  );
};

test.for<[what: string, short: string, want: readonly string[]]>([
  ['texts', 'ports: [80], endpoints: ["10.0.0.5:8080", "10.0.0.6:8080"]', ['s IPv4 10.0.0.5,10.0.0.6 :8080/TCP']],
  ['ports apart are slices apart', 'ports: [80], endpoints: ["10.0.0.5:8080", "10.0.0.6:8081"]', ['s IPv4 10.0.0.5 :8080/TCP', 's IPv4 10.0.0.6 :8081/TCP']],
  ['the port of the Service', 'ports: [80], endpoints: [10.0.0.5]', ['s IPv4 10.0.0.5 :80/TCP']],
  [
    'the targetPort of each port',
    'ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 53, protocol: UDP}], endpoints: [10.0.0.5]',
    ['s IPv4 10.0.0.5 a:8080/TCP,b:53/UDP'],
  ],
  ['families apart', 'ports: [80], endpoints: ["10.0.0.5:80", "[fd00::5]:80", "fd00::6"]', ['s IPv4 10.0.0.5 :80/TCP', 's IPv6 fd00::5,fd00::6 :80/TCP']],
  ['mappings', 'ports: [80], endpoints: [{ip: 10.0.0.5, node: n}, {ip: 10.0.0.6, ready: false}]', ['s IPv4 10.0.0.5@n,10.0.0.6! :80/TCP']],
])('endpoints in the short form: %s', async ([, short, want]) => expect(await endpointsOf(short)).toEqual(want));

const endpoints = (subsets: unknown, meta: object = {}): Thing => ({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 's', ...meta }, subsets });
const slice = (rest: object, meta: object = {}): Thing => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's-x', labels: { 'kubernetes.io/service-name': 's' }, ...meta },
  addressType: 'IPv4',
  ...rest,
});
const bare = service({ ports: [{ port: 80 }] });
const selecting = service({ ports: [{ port: 80 }], selector: { app: 'a' } });
const subset = [{ addresses: [{ ip: '10.0.0.5', nodeName: 'n', targetRef: { kind: 'Pod', namespace: 'default', name: 'p' } }], ports: [{ port: 8080 }] }];
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { nodeName: 'n' }, status: { phase: 'Running', podIP: '10.1.0.2' } };

test.for<[what: string, objects: readonly Thing[], want: readonly object[]]>([
  [
    'a slice',
    [
      slice({
        endpoints: [
          {
            addresses: ['10.1.0.2'],
            conditions: { ready: false, serving: true, terminating: true },
            nodeName: 'n',
            zone: 'z',
            hostname: 'h',
            hints: { forZones: [{ name: 'z' }], forNodes: [{ name: 'n' }] },
            targetRef: { kind: 'Pod', namespace: 'default', name: 'p' },
          },
        ],
        ports: [
          { name: 'web', port: 8080 },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
      }),
    ],
    [
      {
        name: 's-x',
        service: 's',
        addressType: 'IPv4',
        endpoints: [
          {
            addresses: [ip('10.1.0.2')],
            ready: false,
            serving: true,
            terminating: true,
            nodeName: 'n',
            zone: 'z',
            hostname: 'h',
            hints: { forZones: ['z'], forNodes: ['n'] },
            targetRef: { kind: 'Pod', namespace: 'default', name: 'p' },
          },
        ],
        ports: [
          { name: 'web', protocol: 'TCP', port: 8080 },
          { name: 'dns', protocol: 'UDP', port: 53 },
        ],
      },
    ],
  ],
  [
    'conditions that are absent',
    [slice({ endpoints: [{ addresses: ['10.1.0.2'] }], ports: [{}] })],
    [{ endpoints: [{ ready: true, serving: true, terminating: false }], ports: [{ name: '', protocol: 'TCP', port: undefined }] }],
  ],
  [
    'v1beta1: node and zone in a map',
    [
      slice({
        apiVersion: 'discovery.k8s.io/v1beta1',
        endpoints: [{ addresses: ['10.1.0.2'], topology: { 'kubernetes.io/hostname': 'n', 'topology.kubernetes.io/zone': 'z' } }],
      }),
    ],
    [{ endpoints: [{ nodeName: 'n', zone: 'z' }], ports: [] }],
  ],
  [
    'names instead of addresses',
    [slice({ addressType: 'FQDN', endpoints: [{ addresses: ['db.example.com'] }] })],
    [{ addressType: 'FQDN', endpoints: [{ addresses: [] }] }],
  ],
  ['one slice in two dumps', [slice({ endpoints: [] }, taken), slice({ endpoints: [] }, taken)], [{ name: 's-x' }]],
  [
    'Endpoints are mirrored',
    [
      bare,
      endpoints([{ addresses: [{ ip: '10.0.0.5', hostname: 'h' }, { ip: 'fd00::5' }], notReadyAddresses: [{ ip: '10.0.0.6' }], ports: [{ port: 8080 }] }]),
    ],
    [
      {
        service: 's',
        addressType: 'IPv4',
        endpoints: [
          { addresses: [ip('10.0.0.5')], ready: true, hostname: 'h' },
          { addresses: [ip('10.0.0.6')], ready: false },
        ],
        ports: [{ name: '', port: 8080, protocol: 'TCP' }],
        labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' },
      },
      { addressType: 'IPv6', endpoints: [{ addresses: [ip('fd00::5')], ready: true }] },
    ],
  ],
  ['not where a slice is', [bare, endpoints(subset), slice({ endpoints: [] })], [{ name: 's-x', endpoints: [] }]],
  ['not without a Service', [endpoints(subset)], []],
  ['not for a Service with a selector: its pods are there', [selecting, endpoints(subset, taken), pod], []],
  [
    'but where its pods are not in the input',
    [selecting, endpoints(subset, taken)],
    [{ endpoints: [{ addresses: [ip('10.0.0.5')], nodeName: 'n', targetRef: { name: 'p' } }] }],
  ],
  ['not where the label says so', [bare, endpoints(subset, { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } })], []],
  ['not where they are a lock', [bare, endpoints(subset, { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } })], []],
  [
    "but the API server's own",
    [{ ...bare, metadata: { name: 'kubernetes' } }, endpoints(subset, { name: 'kubernetes', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } })],
    [{ service: 'kubernetes', endpoints: [{ addresses: [ip('10.0.0.5')] }] }],
  ],
])('%s', async ([, objects, want]) => {
  const { cluster, problems } = await readObjects(...objects);
  expect(problems).toEqual([]);
  expect(cluster.slices).toMatchObject(want);
  expect(cluster.slices).toHaveLength(want.length);
});

test('a Service of another API group is none', async () => {
  const knative = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 's' }, spec: { template: {} } };
  const { cluster, problems } = await readObjects(knative);
  expect(problems).toEqual([]);
  expect(cluster.services).toEqual([]);
  expect(cluster.others).toMatchObject([{ kind: 'Service', apiVersion: 'serving.knative.dev/v1' }]);
});

test('what an API server took may have leading zeros, and is rewritten', async () => {
  const { cluster, problems } = await readObjects(
    service(
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.041',
        externalIPs: ['203.0.113.007'],
        loadBalancerSourceRanges: ['203.0.113.000/025'],
        ports: [{ port: 80, nodePort: 80 }],
      },
      taken,
    ),
  );
  expect(problems).toEqual([]);
  const [it] = cluster.services;
  expect([...(it?.clusterIPs ?? []), ...(it?.externalIPs ?? [])].map(formatIp)).toEqual(['10.96.0.41', '203.0.113.7']);
  expect(it?.loadBalancerSourceRanges.map(formatPrefix)).toEqual(['203.0.113.0/25']);
});

test('what an API server took is at most a warning', async () => {
  const { problems } = await readObjects(
    service({ clusterIP: '172.30.0.1', ports: [{ port: 80 }] }, taken),
    service({ clusterIP: '172.30.0.1', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] }, { ...taken, name: 't' }),
  );
  expect(problems.map(({ severity, code, place }) => `${severity} ${code} ${place?.line}`)).toEqual([
    'warning ADDRESS_OUT_OF_RANGE 5',
    'warning ADDRESS_OUT_OF_RANGE 7',
    'warning DUPLICATE_ADDRESS 7',
    'warning SERVICE_TYPE_MISMATCH 7',
  ]);
});

test('addresses that are blanked out are one warning, and their slices make room for what the pods say', async () => {
  const hidden = '***HIDDEN***';
  const { cluster, problems } = await readObjects(
    service({ clusterIP: hidden, clusterIPs: [hidden], ports: [{ port: 80 }] }, taken),
    slice({ endpoints: [{ addresses: [hidden] }] }, { ...taken, labels: { 'kubernetes.io/service-name': 's' } }),
  );
  expect(problems.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
    'warning 1 Service and 1 EndpointSlice with an address that is none, e.g. "***HIDDEN***"',
  ]);
  expect([cluster.services[0]?.clusterIPs, cluster.slices]).toEqual([[], []]);
});

test('the short form adds to an object of the same name, and wins', async () => {
  const object = JSON.stringify(service({ type: 'NodePort', clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30080 }], selector: { app: 'a' } }, taken));
  const { cluster, problems } = await read(`services: [{name: s, type: LoadBalancer, ingress: 203.0.113.5, clusterIP: 10.96.0.10}]\n---\n${object}\n`);
  expect(problems).toEqual([]);
  expect(cluster.services).toMatchObject([
    {
      type: 'LoadBalancer',
      clusterIPs: [ip('10.96.0.10')],
      ingress: [{ ip: ip('203.0.113.5') }],
      selector: { app: 'a' },
      ports: [{ port: 80, nodePort: 30080, place: { line: 6 } }],
      place: { line: 4 },
    },
  ]);
});

test.for<[what: string, text: string, ingress: readonly object[], assumed: readonly string[]]>([
  [
    'of a manifest is taken for its address',
    JSON.stringify(service({ type: 'LoadBalancer', loadBalancerIP: '203.0.113.5', ports: [{ port: 80 }] })),
    [{ ip: ip('203.0.113.5') }],
    ['s 203.0.113.5: the load balancer has the address that loadBalancerIP asks for'],
  ],
  [
    'is not where the status is',
    JSON.stringify({
      ...service({ type: 'LoadBalancer', loadBalancerIP: '203.0.113.5', ports: [{ port: 80 }] }),
      status: { loadBalancer: { ingress: [{ ip: '203.0.113.6' }] } },
    }),
    [{ ip: ip('203.0.113.6') }],
    [],
  ],
  ['nor of a dump', JSON.stringify(service({ type: 'LoadBalancer', loadBalancerIP: '203.0.113.5', ports: [{ port: 80, nodePort: 30080 }] }, taken)), [], []],
])('loadBalancerIP %s', async ([, text, ingress, assumed]) => {
  const { cluster, assumptions } = await read(`---\n${text}\n`);
  expect(cluster.services).toMatchObject([{ ingress }]);
  expect(assumptions.filter(({ code }) => code === 'ASSUMED_LOAD_BALANCER_IP').map((one) => one.text)).toEqual(assumed);
});

test("an API server's own range of nodePorts counts", async () => {
  const apiServer = {
    ...pod,
    metadata: { name: 'kube-apiserver-n', namespace: 'kube-system', ...taken },
    spec: { nodeName: 'n', containers: [{ command: ['kube-apiserver', '--service-node-port-range=80-100'] }] },
  };
  const { problems } = await readObjects(
    apiServer,
    service({ type: 'NodePort', ports: [{ port: 80, nodePort: 90 }] }),
    service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }, { name: 't' }),
  );
  expect(problems.map(({ message }) => message)).toEqual(['nodePort 30080 lies outside 80-100']);
});
