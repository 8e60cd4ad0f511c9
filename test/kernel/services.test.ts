import { lab, type Scenario } from './lab.ts';
import { plannedCluster } from './worlds/planned.ts';
import { servicesText } from './worlds/services.ts';

const a = 'default/a';
const tcp = (from: string, to: string, port = 80, more = {}) => ({ from, to, tcp: port, ...more });

// What every mode does alike.
const common = (sameNode: string): readonly Scenario[] => [
  ['ClusterIP, endpoint on the same node', tcp(a, '10.96.1.1'), sameNode],
  ['ClusterIP, endpoint on the other node', tcp(a, '10.96.1.2'), 'reply 10.96.1.2'],
  ['ClusterIP by UDP', { from: a, to: '10.96.1.2', udp: 53, size: 20 }],
  ['ClusterIP, one endpoint of two', tcp(a, '10.96.1.3'), 'reply 10.96.1.3'],
  ['ClusterIP with affinity', tcp(a, '10.96.1.14'), 'reply 10.96.1.14'],
  ['hairpin: the pod itself', tcp(a, '10.96.1.4')],
  ['no endpoint is ready', tcp(a, '10.96.1.5', 80, { closed: true })],
  ['endpoint on the host network of the other node', tcp(a, '10.96.1.6'), 'reply 10.96.1.6'],
  ['internal policy Local without a local endpoint', tcp(a, '10.96.1.7')],
  ['internal policy Local with one, from its own pod', tcp('default/c', '10.96.1.7')],
  ['a node to a ClusterIP', tcp('node-1', '10.96.1.2'), 'reply 10.96.1.2'],
  ['a node to a ClusterIP with a local endpoint', tcp('node-1', '10.96.1.1'), 'reply 10.96.1.1'],
  ['a node to a ClusterIP without endpoints', tcp('node-1', '10.96.1.5', 80, { closed: true })],
  ['the node of a host network endpoint to it', tcp('node-2', '10.96.1.6'), 'reply 10.96.1.6'],
  ['wrong port', tcp(a, '10.96.1.2', 81, { closed: true })],
  ['an address that no Service has', tcp(a, '10.96.9.9', 80, { closed: true })],
  ['ping of a ClusterIP', { from: a, to: '10.96.1.2' }],
  ['NodePort from outside, node without endpoint', tcp('outside', '192.168.1.11', 30080), 'reply 192.168.1.11'],
  ['NodePort from outside, node with endpoint', tcp('outside', '192.168.1.12', 30080), 'reply 192.168.1.12'],
  ['NodePort Local from outside, node without endpoint', tcp('outside', '192.168.1.11', 30081)],
  ['NodePort Local from outside, node with endpoint', tcp('outside', '192.168.1.12', 30081), 'reply 192.168.1.12'],
  ['NodePort without endpoints', tcp('outside', '192.168.1.11', 30082, { closed: true })],
  ['a node port that no Service has', tcp('outside', '192.168.1.11', 30500, { closed: true })],
  ['NodePort from a pod, own node', tcp(a, '192.168.1.11', 30080), 'reply 192.168.1.11'],
  ['NodePort from a pod, other node', tcp(a, '192.168.1.12', 30080)],
  ['NodePort Local from a pod, own node', tcp(a, '192.168.1.11', 30081)],
  ['NodePort Local from a pod, other node', tcp(a, '192.168.1.12', 30081)],
  ['NodePort from a node, its own address', tcp('node-1', '192.168.1.11', 30080), 'reply 192.168.1.11'],
  ['NodePort from a node to the other', tcp('node-1', '192.168.1.12', 30080), 'reply 192.168.1.12'],
  ['NodePort on the loopback address', tcp('node-1', '127.0.0.1', 30080)],
  ['load balancer from outside', tcp('outside', '198.18.0.1')],
  ['load balancer from a pod', tcp(a, '198.18.0.1'), 'reply 198.18.0.1'],
  ['load balancer, policy Local, from outside', tcp('outside', '198.18.0.2'), 'reply 198.18.0.2'],
  ['load balancer, policy Local, from a pod', tcp(a, '198.18.0.2')],
  ['load balancer that the client is not allowed', tcp('outside', '198.18.0.3')],
  ['external IP from a pod', tcp(a, '198.18.0.9'), 'reply 198.18.0.9'],
];

const FLANNEL = '{name: flannel, backend: {type: vxlan}}';
const KUBENET = '{name: kubenet, cloud: none}';
for (const mode of ['iptables', 'nftables'] as const) {
  lab(`Services, ${mode}, flannel vxlan`, () => plannedCluster(servicesText(FLANNEL), mode), common('reply 10.96.1.1'));
  lab(`Services, ${mode}, kubenet`, () => plannedCluster(servicesText(KUBENET), mode), common('reply 10.96.1.1'));
}

const uml = { kernel: 'uml', commands: ['ipvsadm'] } as const;
lab('Services, ipvs, flannel vxlan', () => plannedCluster(servicesText(FLANNEL), 'ipvs'), common('reply 10.96.1.1'), uml);
// The node itself sends what ip_vs translated, with a pod's source: on a promiscuous bridge KUBE-DEDUP takes that for a second copy.
lab('Services, ipvs, kubenet', () => plannedCluster(servicesText(KUBENET), 'ipvs'), common('timeout'), uml);
