import { lab, type Scenario } from './lab.ts';
import { plannedCluster } from './worlds/planned.ts';

// What the plugins build from a cluster file is installed as it is, and the kernel must do with it what the walk does.

const a = 'default/a';

const file = (plugin: string, node = '', more = '') => `
plugin: ${plugin}
subnets: {nodes: 192.168.1.0/24, pods: 10.244.0.0/16, services: 10.96.0.0/12}
${more}
nodes:
  - {name: node-1, ip: 192.168.1.11, podCIDR: 10.244.0.0/24${node}}
  - {name: node-2, ip: 192.168.1.12, podCIDR: 10.244.1.0/24${node}}
pods:
  - {name: a, node: node-1, ip: 10.244.0.2}
  - {name: b, node: node-1, ip: 10.244.0.3}
  - {name: c, node: node-2, ip: 10.244.1.2}
`;
const planned = (plugin: string, node?: string, more?: string) => () => plannedCluster(file(plugin, node, more));

const toOutside: Scenario = ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'];
const sameNode: Scenario = ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'];
const unused: Scenario = ['unused pod address', { from: a, to: '10.244.0.99' }, '10.244.0.2: Destination Host Unreachable'];
const toNode: Scenario = ['to its node', { from: a, to: '192.168.1.11' }, 'reply 192.168.1.11 ttl 64'];
const fromNode: Scenario = ['node to its pod', { from: 'node-1', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 64'];

const across = (ttl: number, hops: readonly (string | undefined)[], node = ttl + 1): Scenario[] => [
  ['across nodes', { from: a, to: '10.244.1.2' }, `reply 10.244.1.2 ttl ${ttl}`],
  ['across nodes, TCP', { from: a, to: '10.244.1.2', tcp: 80 }, 'reply 10.244.1.2'],
  ['across nodes, UDP', { from: a, to: '10.244.1.2', udp: 53, size: 20 }, `reply 10.244.1.2 ttl ${ttl}`],
  ['across nodes, in pieces', { from: a, to: '10.244.1.2', size: 3000 }, `reply 10.244.1.2 ttl ${ttl}`],
  ['node to a pod of the other', { from: 'node-1', to: '10.244.1.2' }, `reply 10.244.1.2 ttl ${node}`],
  ...hops.map(
    (hop, i): Scenario => [`TTL ${i + 1}`, { from: a, to: '10.244.1.2', ttl: i + 1 }, hop === undefined ? 'timeout' : `${hop}: Time to live exceeded`],
  ),
];
// The router knows no way back to pods unless it routes for them: then its error is lost as well.
const noLease = (result: string): Scenario => ['no lease', { from: a, to: '10.244.9.2' }, result];
const everywhere = [sameNode, unused, toNode, fromNode, toOutside];

lab('planned: flannel udp', planned('flannel'), [
  ...across(60, ['10.244.0.1', undefined, undefined, '10.244.1.0']),
  ...everywhere,
  noLease('timeout'),
  ['the largest, DF', { from: a, to: '10.244.1.2', size: 1444, df: true }, 'reply 10.244.1.2 ttl 60'],
  ['too large, DF', { from: a, to: '10.244.1.2', size: 1445, df: true }, 'message too long, mtu=1472'],
]);

lab('planned: flannel vxlan', planned('{name: flannel, backend: {type: vxlan}}'), [
  ...across(62, ['10.244.0.1', '10.244.1.0']),
  ...everywhere,
  noLease('timeout'),
  ['to the other node', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
  ['too large, DF', { from: a, to: '10.244.1.2', size: 1423, df: true }, 'message too long, mtu=1450'],
]);

lab('planned: flannel vxlan with DirectRouting', planned('{name: flannel, backend: {type: vxlan, directRouting: true}}'), [
  ...across(62, ['10.244.0.1', '192.168.1.12']),
  ...everywhere,
]);

lab('planned: flannel host-gw', planned('{name: flannel, backend: {type: host-gw}}'), [
  ...across(62, ['10.244.0.1', '192.168.1.12']),
  ...everywhere,
  noLease('timeout'),
]);

lab('planned: flannel vxlan, nftables', planned('{name: flannel, backend: {type: vxlan}, nftables: true}'), [...across(62, []), ...everywhere]);

lab('planned: flannel vxlan, ip-masq=false', planned('{name: flannel, backend: {type: vxlan}, ipMasq: false}'), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ...everywhere,
]);

lab('planned: flannel vxlan, FORWARD DROP', planned('{name: flannel, backend: {type: vxlan}}', ', forwardPolicy: DROP'), [...across(62, []), ...everywhere]);

lab(
  'planned: flannel vxlan, bridge-nf-call-iptables 0',
  planned('{name: flannel, backend: {type: vxlan}}', ', sysctls: {net.bridge.bridge-nf-call-iptables: 0}'),
  [...across(62, []), ...everywhere],
);

lab('planned: flannel udp, rp_filter strict', planned('flannel', ', sysctls: {net.ipv4.conf.all.rp_filter: 1}'), [...across(60, []), ...everywhere]);

lab('planned: kubenet with a routing fabric', planned('{name: kubenet, cloud: none}'), [
  // The answer to a node does not pass the router: the pod's node has it on its own link.
  ...across(61, ['10.244.0.1', '192.168.1.1', '192.168.1.12'], 63),
  ...everywhere,
  noLease('192.168.1.1: Destination Host Unreachable'),
  ['to the other node is masqueraded', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
]);

lab(
  'planned: kubenet, a node without a route',
  planned('{name: kubenet, cloud: none}', '', 'fabric: {kind: routed, routes: [{dst: 10.244.0.0/24, via: 192.168.1.11}]}'),
  [
    sameNode,
    ['to the node without a route', { from: a, to: '10.244.1.2' }, '192.168.1.1: Destination Host Unreachable'],
    ['from the node without a route: no way back', { from: 'default/c', to: '10.244.0.2' }, 'timeout'],
  ],
);

lab('planned: kubenet with hairpin-veth', planned('{name: kubenet, cloud: none, hairpinMode: hairpin-veth}'), [...across(61, [], 63), ...everywhere]);

lab(
  'planned: flannel ipip in user-mode-linux',
  planned('{name: flannel, backend: {type: ipip}}'),
  [...across(62, ['10.244.0.1', '10.244.1.0']), ...everywhere],
  {
    kernel: 'uml',
  },
);

const dual = `
plugin: {name: flannel, backend: {type: vxlan}}
subnets: {nodes: [192.168.1.0/24, 'fd00:192:168:1::/64'], pods: [10.244.0.0/16, 'fd00:10:244::/56'], services: 10.96.0.0/12}
nodes:
  - {name: node-1, ip: [192.168.1.11, 'fd00:192:168:1::11'], podCIDR: [10.244.0.0/24, 'fd00:10:244::/64']}
  - {name: node-2, ip: [192.168.1.12, 'fd00:192:168:1::12'], podCIDR: [10.244.1.0/24, 'fd00:10:244:1::/64']}
pods:
  - {name: a, node: node-1, ip: [10.244.0.2, 'fd00:10:244::2']}
  - {name: b, node: node-1, ip: [10.244.0.3, 'fd00:10:244::3']}
  - {name: c, node: node-2, ip: [10.244.1.2, 'fd00:10:244:1::2']}
`;
const v6: Scenario[] = [
  ['IPv6, same node', { from: a, to: 'fd00:10:244::3' }, 'reply fd00:10:244::3 ttl 64'],
  ['IPv6, across nodes', { from: a, to: 'fd00:10:244:1::2' }, 'reply fd00:10:244:1::2 ttl 62'],
  ['IPv4 beside it', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
];
lab('planned: flannel vxlan, dual stack', () => plannedCluster(dual), v6);
lab('planned: flannel host-gw, dual stack', () => plannedCluster(dual.replace('vxlan', 'host-gw')), v6);
