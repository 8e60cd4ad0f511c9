import { lab, type Scenario } from './lab.ts';
import { a, KUBENET, NODE1, NODE2, sends, serviceWorld, tcp, udp, VXLAN } from './service-world.ts';
import { plannedCluster } from './worlds/planned.ts';
import { dualServicesText } from './worlds/services.ts';

// Endpoints that are not simply ready, ports that are shared, answers that take another way, and two families.

const services = `
  - {name: proxied, type: LoadBalancer, clusterIP: 10.96.1.20, selector: {app: c}, ingress: [{ip: 198.18.0.20, ipMode: Proxy}], ports: [{port: 80, targetPort: 8080, nodePort: 30090}]}
  - {name: gone, clusterIP: 10.96.1.21, selector: {app: gone}, ports: [{port: 80, targetPort: 8080}]}
  - {name: partly, clusterIP: 10.96.1.22, selector: {part: y}, ports: [{port: 80, targetPort: 8080}]}
  - {name: gone-local, type: NodePort, clusterIP: 10.96.1.23, selector: {app: gone}, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080, nodePort: 30091}]}
  - {name: taken, type: NodePort, clusterIP: 10.96.1.24, selector: {app: c}, ports: [{port: 80, targetPort: 8080, nodePort: 30092}]}
  - {name: word, clusterIP: 10.96.1.25, selector: {word: y}, ports: [{port: 80, targetPort: http}]}
  - {name: two, clusterIP: 10.96.1.26, selector: {app: c}, ports: [{name: t, port: 53, targetPort: 5353}, {name: u, port: 53, protocol: UDP, targetPort: 5353}]}
  - {name: open, clusterIP: 10.96.1.27, selector: {app: waits}, publishNotReadyAddresses: true, ports: [{port: 80, targetPort: 8080}]}
  - {name: stream, clusterIP: 10.96.1.28, selector: {app: c}, ports: [{port: 132, protocol: SCTP}]}
  - {name: hand, clusterIP: 10.96.1.30, ports: [{port: 80}], endpoints: [{ip: 192.168.1.12, port: 9090, node: node-2}]}
  - {name: far, clusterIP: 10.96.1.31, ports: [{port: 80}], endpoints: ['203.0.113.10:8080']}
`;
const pods = `
  - {name: gone, node: node-2, ip: 10.244.1.7, terminating: true, labels: {app: gone, part: y}}
  - {name: stays, node: node-1, ip: 10.244.0.7, labels: {part: y}}
  - {name: takes, node: node-1, ip: 10.244.0.8, ports: [{port: 80, hostPort: 30092}, {port: 80, hostPort: 8081}]}
  - {name: one, node: node-1, ip: 10.244.0.10, labels: {word: y}, ports: [{name: http, port: 8001}]}
  - {name: more, node: node-2, ip: 10.244.1.10, labels: {word: y}, ports: [{name: http, port: 8002}]}
`;
for (const [title, plugin] of [
  ['flannel vxlan', VXLAN],
  ['kubenet', KUBENET],
] as const)
  serviceWorld(`endpoints of many kinds, ${title}`, plugin, { services, pods }, [
    ['load balancer of ipMode Proxy from a pod: nobody there has the address', tcp(a, '198.18.0.20')],
    ['only a terminating endpoint', tcp(a, '10.96.1.21'), 'reply 10.96.1.21'],
    ['a terminating one beside a ready one', tcp(a, '10.96.1.22'), 'reply 10.96.1.22'],
    ['NodePort Local to a terminating endpoint', tcp('outside', NODE2, 30091), 'reply 192.168.1.12'],
    ['NodePort Local, none here', sends('outside', NODE1, 30091), 'timeout'],
    ['hostPort alone', tcp('outside', NODE1, 8081), 'reply 192.168.1.11'],
    ['NodePort and hostPort of one number', tcp('outside', NODE1, 30092), 'reply 192.168.1.11'],
    ['the same from the node', tcp('node-1', NODE1, 30092), 'reply 192.168.1.11'],
    ['a named port that differs by pod', tcp(a, '10.96.1.25'), 'reply 10.96.1.25'],
    ['TCP on the number of UDP', tcp(a, '10.96.1.26', 53), 'reply 10.96.1.26'],
    ['UDP on the number of TCP', udp(a, '10.96.1.26')],
    ['not ready, but published', tcp(a, '10.96.1.27'), 'reply 10.96.1.27'],
    ['TCP on the number of SCTP', sends(a, '10.96.1.28', 132)],
    ['an endpoint by hand: another node', tcp(a, '10.96.1.30'), 'reply 10.96.1.30'],
    ['an endpoint by hand: outside', tcp(a, '10.96.1.31'), 'reply 10.96.1.31'],
    ['the same from a node', tcp('node-1', '10.96.1.31'), 'reply 10.96.1.31'],
  ]);

// Where a node takes the NodePort of another as a pod's own traffic, it sends it to any endpoint as it is, and the
// answer does not pass there (kubernetes issue 74383).
const trap = {
  pods: '  - {name: d, node: node-1, ip: 10.244.0.12, labels: {app: d}}',
  services:
    '  - {name: trap, type: NodePort, clusterIP: 10.96.1.29, selector: {app: d}, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080, nodePort: 30093}]}',
};
serviceWorld('NodePort Local on another node, masqueraded on the way', VXLAN, trap, [
  ['no endpoint there', sends(a, NODE2, 30093), 'timeout'],
  ['the own node', tcp(a, NODE1, 30093), 'reply 192.168.1.11'],
]);
serviceWorld('NodePort Local on another node, as a pod', '{name: flannel, backend: {type: vxlan}, ipMasq: false}', trap, [
  ['the answer comes from the endpoint', tcp(a, NODE2, 30093), 'timeout'],
  ['the own node', tcp(a, NODE1, 30093), 'reply 192.168.1.11'],
]);
serviceWorld(
  'NodePort Local on another node, told apart by its podCIDR',
  '{name: flannel, backend: {type: vxlan}, ipMasq: false}',
  { ...trap, proxy: '{detectLocalMode: NodeCIDR}' },
  [['no endpoint there', sends(a, NODE2, 30093), 'timeout']],
);

const six: readonly Scenario[] = [
  ['ClusterIP, same node', tcp(a, 'fd00:96::1'), 'reply fd00:96::1'],
  ['ClusterIP, other node', tcp(a, 'fd00:96::2'), 'reply fd00:96::2'],
  ['UDP', udp(a, 'fd00:96::2')],
  ['one of two', tcp(a, 'fd00:96::3'), 'reply fd00:96::3'],
  ['hairpin', tcp(a, 'fd00:96::4'), 'reply fd00:96::4'],
  ['no endpoint', sends(a, 'fd00:96::5'), 'fd00:10:244::1: Destination unreachable: Port unreachable'],
  ['wrong port', sends(a, 'fd00:96::2', 81)],
  ['a node to a ClusterIP', tcp('node-1', 'fd00:96::2'), 'reply fd00:96::2'],
  ['NodePort from outside, no endpoint here', tcp('outside', 'fd00:192:168:1::11', 30080), 'reply fd00:192:168:1::11'],
  ['NodePort from outside, endpoint here', tcp('outside', 'fd00:192:168:1::12', 30080), 'reply fd00:192:168:1::12'],
  ['NodePort Local from outside, none here', sends('outside', 'fd00:192:168:1::11', 30081), 'timeout'],
  ['NodePort Local from outside', tcp('outside', 'fd00:192:168:1::12', 30081), 'reply fd00:192:168:1::12'],
  ['NodePort of the own node', tcp(a, 'fd00:192:168:1::11', 30080), 'reply fd00:192:168:1::11'],
  ['NodePort on the loopback address', sends('node-1', '::1', 30080), '::1: Connection refused'],
  ['the same Service by IPv4', tcp(a, '10.96.0.12'), 'reply 10.96.0.12'],
  ['NodePort by IPv4', tcp('outside', NODE1, 30080), 'reply 192.168.1.11'],
  ['IPv4 alone', tcp(a, '10.96.0.16'), 'reply 10.96.0.16'],
  ['an external IP of the other family', tcp(a, 'fd00:198::9'), 'reply fd00:198::9'],
];
for (const backend of ['vxlan', 'host-gw'])
  for (const mode of ['iptables', 'nftables'] as const)
    lab(`two families, flannel ${backend}, ${mode}`, () => plannedCluster(dualServicesText(backend), mode), six);
