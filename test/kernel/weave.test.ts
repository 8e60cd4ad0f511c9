import fc from 'fast-check';
import { formatIp } from '../../src/net/ip.ts';
import { anyCluster, anyQuestion } from '../support/clusters.ts';
import { planOf } from '../support/plan.ts';
import { withStandIn } from '../support/weave-standin.ts';
import { lab, type Question, type Scenario } from './lab.ts';
import { installed, plannedModelOf } from './worlds/planned.ts';

// What the plugin builds of Weave Net is installed as it is, but for the overlay, which vxlan devices stand in for.

const a = 'default/a';

const file = (settings: string, node = '') => `
plugin: {name: weave, range: 10.32.0.0/12, ${settings}}
subnets: {nodes: 192.168.1.0/24, services: 10.96.0.0/12}
nodes:
  - {name: node-1, ip: 192.168.1.11${node}}
  - {name: node-2, ip: 192.168.1.12${node}}
pods:
  - {name: a, node: node-1}
  - {name: b, node: node-1, ports: [{port: 80, hostPort: 8080}]}
  - {name: c, node: node-2, ports: [{port: 80, hostPort: 8080}]}
`;
const planned = (settings: string, node?: string) => async () => installed(withStandIn(await planOf(file(settings, node))));

const flows: readonly Scenario[] = [
  ['same node', { from: a, to: '10.32.0.3' }, 'reply 10.32.0.3 ttl 64'],
  ['same node, TCP', { from: a, to: '10.32.0.3', tcp: 80 }, 'reply 10.32.0.3'],
  ['across nodes', { from: a, to: '10.44.0.1' }, 'reply 10.44.0.1 ttl 64'],
  ['across nodes, TCP', { from: a, to: '10.44.0.1', tcp: 80 }, 'reply 10.44.0.1'],
  ['across nodes, UDP', { from: a, to: '10.44.0.1', udp: 53, size: 20 }, 'reply 10.44.0.1 ttl 64'],
  ['across nodes, in pieces', { from: a, to: '10.44.0.1', size: 3000 }, 'reply 10.44.0.1 ttl 64'],
  ['the largest, DF', { from: a, to: '10.44.0.1', size: 1348, df: true }, 'reply 10.44.0.1 ttl 64'],
  ['too large, DF', { from: a, to: '10.44.0.1', size: 1349, df: true }, 'message too long, mtu=1376'],
  ['TTL 1 is enough for any pod', { from: a, to: '10.44.0.1', ttl: 1 }, 'reply 10.44.0.1 ttl 64'],
  ['an address that nobody has', { from: a, to: '10.32.0.99' }, '10.32.0.2: Destination Host Unreachable'],
  ['to its bridge', { from: a, to: '10.32.0.1' }, 'reply 10.32.0.1 ttl 64'],
  ['to the bridge of the other node', { from: a, to: '10.44.0.0' }, 'reply 10.44.0.0 ttl 64'],
  ['to its node', { from: a, to: '192.168.1.11' }, 'reply 192.168.1.11 ttl 64'],
  ['to the other node is masqueraded', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
  ['to outside is masqueraded', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ['TTL 1 to outside', { from: a, to: '203.0.113.10', ttl: 1 }, '10.32.0.1: Time to live exceeded'],
  ['node to its pod', { from: 'node-1', to: '10.32.0.2' }, 'reply 10.32.0.2 ttl 64'],
  ['node to a pod of the other', { from: 'node-1', to: '10.44.0.1' }, 'reply 10.44.0.1 ttl 64'],
];
// portmap translates; the pod of this node sees the client, and answers by the bridge.
const ports: readonly Scenario[] = [
  ['host port from outside', { from: 'outside', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
  ['host port of the other node', { from: a, to: '192.168.1.12', tcp: 8080 }, 'reply 192.168.1.12'],
  ['host port of its own node, hairpin', { from: 'default/b', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
  ['host port from the neighbour', { from: a, to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
];

lab('weave', planned(''), [...flows, ...ports]);
lab('weave without weave-npc', planned('npc: false'), [...flows, ...ports]);
lab('weave without NO_MASQ_LOCAL', planned('noMasqLocal: false'), [...flows, ...ports]);
lab('weave without masquerading', planned('masquerade: false'), [
  ...flows.slice(0, 12),
  ['to the other node with its own address: the answer comes by the overlay', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 64'],
  ...flows.slice(-2),
]);
lab('weave, FORWARD DROP', planned('', ', forwardPolicy: DROP'), [...flows, ...ports]);
lab('weave, bridge-nf-call-iptables 0', planned('', ', sysctls: {net.bridge.bridge-nf-call-iptables: 0}'), flows);
lab('weave, rp_filter strict', planned('', ', sysctls: {net.ipv4.conf.all.rp_filter: 1}'), flows);
lab('weave without hairpin', planned('hairpin: false'), [...flows.slice(0, 3), ...ports.slice(0, 2)]);

// kube-proxy before it: what a bridge translates to an address behind the same bridge stays bridged, so the TTL is as it was.
const served = (policy: string) => async () =>
  installed(
    withStandIn(
      await planOf(`
plugin: {name: weave, range: 10.32.0.0/12}
subnets: {nodes: 192.168.1.0/24, services: 10.96.0.0/12}
proxy: {mode: iptables}
nodes:
  - {name: node-1, ip: 192.168.1.11}
  - {name: node-2, ip: 192.168.1.12}
pods:
  - {name: a, node: node-1}
  - {name: c, node: node-2, labels: {app: web}}
services:
  - {name: web, selector: {app: web}, type: NodePort, clusterIP: 10.96.0.50, externalTrafficPolicy: ${policy}, ports: [{port: 80, nodePort: 30080}]}
`),
    ),
  );
lab('weave and kube-proxy', served('Cluster'), [
  ['ClusterIP, pod of the other node', { from: a, to: '10.96.0.50', tcp: 80 }, 'reply 10.96.0.50'],
  ['ClusterIP from a node', { from: 'node-1', to: '10.96.0.50', tcp: 80 }, 'reply 10.96.0.50'],
  ['ClusterIP, the pod itself', { from: 'default/c', to: '10.96.0.50', tcp: 80 }, 'reply 10.96.0.50'],
  ['NodePort from outside, pod of the other node', { from: 'outside', to: '192.168.1.11', tcp: 30080 }, 'reply 192.168.1.11'],
  ['NodePort from outside, pod of this node', { from: 'outside', to: '192.168.1.12', tcp: 30080 }, 'reply 192.168.1.12'],
  ['NodePort from a pod', { from: a, to: '192.168.1.12', tcp: 30080 }, 'reply 192.168.1.12'],
]);
lab('weave and kube-proxy, externalTrafficPolicy Local', served('Local'), [
  ['NodePort from outside, pod of this node', { from: 'outside', to: '192.168.1.12', tcp: 30080 }, 'reply 192.168.1.12'],
  ['NodePort from outside, no pod here', { from: 'outside', to: '192.168.1.11', tcp: 30080 }, 'timeout'],
]);

const seed = Number(process.env['K8SNET_SEED'] ?? Date.now() % 1_000_000);
const count = Math.ceil(Number(process.env['K8SNET_RANDOM'] ?? 20) / 4);
const clusters = fc.sample(
  anyCluster
    .filter(({ pods }) => pods.length > 0)
    .map((cluster) => {
      const { settings } = cluster.plugin;
      const { npc, noMasqLocal } = settings as { npc?: boolean; noMasqLocal?: boolean };
      const plugin = { name: 'weave', stated: true, settings: { ...(npc === false && { npc }), ...(noMasqLocal === false && { noMasqLocal }) } };
      return { ...cluster, plugin, nodes: cluster.nodes.map((node) => ({ ...node, mtu: 1500 })) };
    }),
  { numRuns: count, seed },
);
console.log(`weave clusters: K8SNET_SEED=${seed} K8SNET_RANDOM=${count * 4}`);
for (const [i, cluster] of clusters.entries()) {
  const scenarios = fc.sample(anyQuestion(cluster), { numRuns: 12, seed: seed + i }).map(({ netns, dst, protocol, port, length, df, ttl }): Scenario => {
    const open = port > 6000 ? port + 100 : port;
    const size = Math.min(length - 28, dst === 0xcb00710a ? 1200 : 8000);
    const question: Question = {
      from: netns,
      to: formatIp(dst),
      ...(protocol === 'tcp' && { tcp: open }),
      ...(protocol === 'udp' && { udp: open }),
      ...(protocol !== 'tcp' && { size, df }),
      ttl,
    };
    return [JSON.stringify(question), question];
  });
  lab(`weave, seed ${seed}, ${i}: ${JSON.stringify(cluster.plugin.settings)}`, async () => installed(withStandIn(await plannedModelOf(cluster))), scenarios);
}
