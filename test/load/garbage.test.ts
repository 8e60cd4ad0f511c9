import fc from 'fast-check';
import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { assignAddresses } from '../../src/model/assign.ts';
import { formatProblem } from '../../src/model/frame.ts';

const seeds = [
  `plugin: {name: flannel, backend: {type: vxlan}}
subnets: {nodes: 192.168.1.0/24, pods: [10.1.0.0/16, "fd00:1::/56"]}
nodes:
  - &n {name: node-1, ip: 192.168.1.11, podCIDR: 10.1.15.0/24, sysctls: {net.ipv4.ip_forward: 1}}
  - {<<: *n, name: node-2, ip: 192.168.1.12, pods: [{name: c, ports: [80, {port: 5432, name: pg}]}]}
pods:
  - {name: pod-a, node: node-1, ip: 10.1.15.2, labels: {app: web}}
fabric: {kind: routed, routes: [{dst: 10.1.15.0/24, via: 192.168.1.11}]}
expect: [{from: pod-a, to: c, result: reachable}]
`,
  `plugin: flannel
nodes: [{name: n, ip: 192.168.1.11, podCIDR: 10.1.15.0/24}]
proxy: {mode: ipvs, clusterCIDR: 10.1.0.0/16, detectLocalMode: BridgeInterface, bridgeInterface: cni0, nodePortAddresses: [primary]}
services:
  - {name: a, type: LoadBalancer, clusterIP: [10.96.0.5, "fd02::5"], ports: [80, {name: b, port: 53, protocol: udp, nodePort: 30053}], ingress: [{ip: 203.0.113.5}]}
  - {name: c, sessionAffinity: {clientIP: {timeoutSeconds: 5}}, ports: [80], endpoints: ["10.0.0.5:80", {ip: fd00::5, port: 80}]}
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: NodePort, ipFamilyPolicy: PreferDualStack, ports: [{port: 80, targetPort: web}]}}
---
{apiVersion: v1, kind: Endpoints, metadata: {name: s}, subsets: [{addresses: [{ip: 10.0.0.5}], ports: [{port: 80}]}]}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: t, labels: {kubernetes.io/service-name: c}}, addressType: IPv4, endpoints: [{addresses: [10.0.0.6]}]}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-proxy}, data: {config.conf: "mode: ipvs\\nclusterCIDR: 10.1.0.0/16\\n"}}
`,
  `apiVersion: v1
items:
- {apiVersion: v1, kind: Node, metadata: {name: n, annotations: {flannel.alpha.coreos.com/backend-type: vxlan}}, spec: {podCIDR: 10.1.0.0/24}}
- apiVersion: v1
  kind: Pod
  metadata: {name: p, namespace: kube-system, ownerReferences: [{kind: DaemonSet, name: d}]}
  spec: {nodeName: n, containers: [{args: [--a, --b=c], ports: [{containerPort: 1}]}]}
  status: {podIP: 10.1.0.2, phase: Running, conditions: [{type: Ready, status: "True"}]}
kind: List
`,
  '{"kind":"List","apiVersion":"v1","items":[{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"kube-flannel-cfg"},"data":{"net-conf.json":"{\\"Network\\":\\"10.1.0.0/16\\"}"}},{"kind":"Node","apiVersion":"v1","metadata":{"name":"n"},"status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"}]}}]}',
];

/** A seed cut short, with pieces taken out, doubled or replaced by other text. */
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(40),
        fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('', '\n', '\t', '{', ']', '- ', ': ', '&a ', '*a', '<<: ', '"', '\0', '\ufeff', '---\n')),
      ),
      {
        maxLength: 4,
      },
    ),
    fc.option(fc.nat(), { nil: undefined }),
  )
  .map(([seed, edits, cut]) => {
    let text = seed;
    for (const [at, length, put] of edits) {
      const start = at % (text.length + 1);
      text = text.slice(0, start) + put + text.slice(start + length);
    }
    return cut === undefined ? text : text.slice(0, cut % (text.length + 1));
  });

test('whatever the text, loading ends with a cluster or with problems, and each problem can be shown', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 5, arbitrary: mutated }, { weight: 1, arbitrary: fc.string() }), async (text) => {
      const { cluster, problems, sources } = await load({ files: [], text: { name: 'a.yaml', text } });
      if (!cluster) expect(problems.length).toBeGreaterThan(0);
      for (const problem of problems) {
        expect(formatProblem(problem, sources[0]?.text)).not.toBe('');
        if (problem.place) expect(problem.place.line * problem.place.column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
});

/** Any JSON value in any place of the short form and of Kubernetes objects. */
const keys = [
  'plugin',
  'name',
  'subnets',
  'nodes',
  'pods',
  'ip',
  'podCIDR',
  'interfaces',
  'ports',
  'fabric',
  'routes',
  'filters',
  'expect',
  'services',
  'proxy',
  'endpoints',
  'clusterIP',
  'clusterIPs',
  'selector',
  'ingress',
  'sessionAffinity',
  'addresses',
  'subsets',
  'ipFamilies',
  'port',
  'kind',
  'apiVersion',
  'metadata',
  'items',
  'spec',
  'status',
];
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      0,
      1.5,
      '',
      'Node',
      'Pod',
      'Service',
      'EndpointSlice',
      'Endpoints',
      'List',
      'None',
      'node-1',
      80,
      '10.0.0.1',
      '10.0.0.0/8',
      'fd00::/64',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
  ),
})).value;

/** Services and slices of any values: what decides that a value is read must not keep it from being tried. */
const objects = fc.record({
  apiVersion: fc.constantFrom('v1', 'discovery.k8s.io/v1'),
  kind: fc.constantFrom('Service', 'EndpointSlice', 'Endpoints'),
  metadata: fc.record({ name: fc.constantFrom('a', 'b'), uid: fc.option(fc.constant('u'), { nil: undefined }) }),
  spec: value,
  status: value,
  subsets: fc.array(value),
  endpoints: fc.array(value),
  addresses: value,
});

test('whatever the Services, loading and assigning end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(objects, { maxLength: 4 }), fc.array(value, { maxLength: 3 }), async (items, services) => {
      const short = { plugin: 'flannel', nodes: [{ name: 'n', ip: '10.0.0.1' }], services, proxy: services[0] };
      const text = `${JSON.stringify(short)}\n---\n${JSON.stringify({ kind: 'List', items })}\n`;
      const { cluster } = await load({ files: [], text: { name: 'a.yaml', text } });
      expect(cluster && assignAddresses(cluster).cluster.services.length).toBe(cluster?.services.length);
    }),
    { numRuns: 500 },
  );
});

test('whatever the values, loading ends', async () => {
  await fc.assert(
    fc.asyncProperty(value, async (any) => {
      const { cluster, problems } = await load({ files: [], text: { name: 'a.json', text: JSON.stringify(any) } });
      if (!cluster) expect(problems.length).toBeGreaterThan(0);
      else expect(assignAddresses(cluster).cluster.services).toHaveLength(cluster.services.length);
    }),
    { numRuns: 1000 },
  );
});
