import fc from 'fast-check';
import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
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
    fc.constantFrom(null, true, 0, 1.5, '', 'Node', 'Pod', 'List', 'node-1', '10.0.0.1', '10.0.0.0/8', 'fd00::/64'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
  ),
})).value;

test('whatever the values, loading ends', async () => {
  await fc.assert(
    fc.asyncProperty(value, async (any) => {
      const { cluster, problems } = await load({ files: [], text: { name: 'a.json', text: JSON.stringify(any) } });
      if (!cluster) expect(problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 1000 },
  );
});
