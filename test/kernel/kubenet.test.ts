import { lab } from './lab.ts';
import { cloudCluster } from './worlds/cloud.ts';
import { kubenetCluster } from './worlds/kubenet.ts';

const a = 'node-1/pod-0';

lab('kubenet with a routing fabric', kubenetCluster, [
  ['same node, promiscuous bridge', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['same node, UDP', { from: a, to: '10.244.0.3', udp: 53, size: 20 }, 'reply 10.244.0.3 ttl 64'],
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 61'],
  ['across nodes, TCP', { from: a, to: '10.244.1.2', tcp: 80 }, 'reply 10.244.1.2'],
  ['TTL 1', { from: a, to: '10.244.1.2', ttl: 1 }, '10.244.0.1: Time to live exceeded'],
  ['TTL 2', { from: a, to: '10.244.1.2', ttl: 2 }, '192.168.1.1: Time to live exceeded'],
  ['TTL 3', { from: a, to: '10.244.1.2', ttl: 3 }, '192.168.1.12: Time to live exceeded'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ['to its node', { from: a, to: '192.168.1.11' }, 'reply 192.168.1.11 ttl 64'],
  ['to the other node is masqueraded', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
  ['node to its pod', { from: 'node-1', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 64'],
  ['node to a pod of the other', { from: 'node-1', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 63'],
  ['in pieces', { from: a, to: '10.244.1.2', size: 3000 }, 'reply 10.244.1.2 ttl 61'],
  ['in pieces, same node', { from: a, to: '10.244.0.3', size: 3000 }, 'reply 10.244.0.3 ttl 64'],
  ['unused pod address, other node', { from: a, to: '10.244.1.99' }, '192.168.1.12: Destination Host Unreachable'],
]);

lab('kubenet, a node without a route in the fabric', () => kubenetCluster({ nodes: 3, routed: [1, 2] }), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 61'],
  ['to the node without a route', { from: a, to: '10.244.2.2' }, 'timeout'],
  ['from the node without a route: no way back', { from: 'node-3/pod-0', to: '10.244.0.2' }, 'timeout'],
]);

lab('kubenet, bridge-nf-call-iptables 0', () => kubenetCluster({ bridgeNf: 0 }), [
  ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 61'],
  ['in pieces', { from: a, to: '10.244.1.2', size: 3000 }, 'reply 10.244.1.2 ttl 61'],
]);

lab('kubenet without promiscuous mode, rp_filter strict', () => kubenetCluster({ promisc: false, rpFilter: 1 }), [
  ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 61'],
]);

lab('kubenet in a cloud network', cloudCluster, [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 61'],
  ['across nodes, TCP', { from: a, to: '10.244.1.2', tcp: 80 }, 'reply 10.244.1.2'],
  ['to the other node', { from: a, to: '10.240.0.5' }, 'reply 10.240.0.5 ttl 62'],
  ['node to node: by the fabric, not on the link', { from: 'node-1', to: '10.240.0.5' }, 'reply 10.240.0.5 ttl 63'],
  ['a range without a route', { from: a, to: '10.244.7.2' }, 'timeout'],
]);
