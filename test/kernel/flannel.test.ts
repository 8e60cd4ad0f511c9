import { lab } from './lab.ts';
import { flannelCluster } from './worlds/flannel.ts';

const a = 'node-1/pod-0';

lab('flannel vxlan', () => flannelCluster({ backend: 'vxlan' }), [
  ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['across nodes, UDP', { from: a, to: '10.244.1.2', udp: 53, size: 20 }, 'reply 10.244.1.2 ttl 62'],
  ['across nodes, TCP', { from: a, to: '10.244.1.2', tcp: 80 }, 'reply 10.244.1.2'],
  ['TTL 1', { from: a, to: '10.244.1.2', ttl: 1 }, '10.244.0.1: Time to live exceeded'],
  ['TTL 2', { from: a, to: '10.244.1.2', ttl: 2 }, '10.244.1.0: Time to live exceeded'],
  ['TTL 3', { from: a, to: '10.244.1.2', ttl: 3 }, 'reply 10.244.1.2 ttl 62'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ['to outside, TCP', { from: a, to: '203.0.113.10', tcp: 443 }, 'reply 203.0.113.10'],
  ['to outside, TTL 2', { from: a, to: '203.0.113.10', ttl: 2 }, '192.168.1.1: Time to live exceeded'],
  ['no lease', { from: a, to: '10.244.9.2' }, 'timeout'],
  ['unused pod address, same node', { from: a, to: '10.244.0.99' }, '10.244.0.2: Destination Host Unreachable'],
  ['unused pod address, other node', { from: a, to: '10.244.1.99' }, '10.244.1.0: Destination Host Unreachable'],
  ['the largest, DF', { from: a, to: '10.244.1.2', size: 1422, df: true }, 'reply 10.244.1.2 ttl 62'],
  ['too large, DF', { from: a, to: '10.244.1.2', size: 1423, df: true }, 'message too long, mtu=1450'],
  ['too large, in pieces', { from: a, to: '10.244.1.2', size: 2000 }, 'reply 10.244.1.2 ttl 62'],
  ['too large, in pieces, same node', { from: a, to: '10.244.0.3', size: 2000 }, 'reply 10.244.0.3 ttl 64'],
  ['to its gateway', { from: a, to: '10.244.0.1' }, 'reply 10.244.0.1 ttl 64'],
  ['to its node', { from: a, to: '192.168.1.11' }, 'reply 192.168.1.11 ttl 64'],
  ['to the other node', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
  ['node to its pod', { from: 'node-1', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 64'],
  ['node to a pod of the other', { from: 'node-1', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 63'],
  ['node to node', { from: 'node-1', to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 64'],
  ['node to itself', { from: 'node-1', to: '192.168.1.11' }, 'reply 192.168.1.11 ttl 64'],
]);

lab('flannel vxlan, pod ranges routed to the first node', () => flannelCluster({ backend: 'vxlan', podsFromOutside: true }), [
  ['outside to a pod of the first node', { from: 'outside', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 62'],
  ['outside to a pod behind another node', { from: 'outside', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 61'],
  ['no lease goes round in circles', { from: a, to: '10.244.9.2' }, '192.168.1.1: Time to live exceeded'],
]);

lab('flannel vxlan, nftables', () => flannelCluster({ backend: 'vxlan', masq: 'nft', podsFromOutside: true }), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ['to the other node', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
  ['outside to a pod behind another node keeps its source', { from: 'outside', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
]);

lab('flannel vxlan, FORWARD DROP with nftables', () => flannelCluster({ backend: 'vxlan', masq: 'nft', forwardDrop: true }), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'timeout'],
  ['same node', { from: a, to: '10.244.0.3' }, 'timeout'],
  ['to its node', { from: a, to: '192.168.1.11' }, 'reply 192.168.1.11 ttl 64'],
]);

lab('flannel vxlan, FORWARD DROP with FLANNEL-FWD', () => flannelCluster({ backend: 'vxlan', forwardDrop: true }), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
]);

lab('flannel vxlan, FORWARD DROP without FLANNEL-FWD', () => flannelCluster({ backend: 'vxlan', forwardDrop: true, forwardRules: false }), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'timeout'],
  ['same node', { from: a, to: '10.244.0.3' }, 'timeout'],
  ['node to a pod of the other', { from: 'node-1', to: '10.244.1.2' }, 'timeout'],
  ['node to its pod', { from: 'node-1', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 64'],
]);

lab(
  'flannel vxlan, FORWARD DROP without FLANNEL-FWD, bridge-nf-call-iptables 0',
  () => flannelCluster({ backend: 'vxlan', forwardDrop: true, forwardRules: false, bridgeNf: 0 }),
  [
    ['across nodes', { from: a, to: '10.244.1.2' }, 'timeout'],
    ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ],
);

lab('flannel vxlan, bridge-nf-call-iptables 0', () => flannelCluster({ backend: 'vxlan', bridgeNf: 0 }), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['in pieces', { from: a, to: '10.244.1.2', size: 2000 }, 'reply 10.244.1.2 ttl 62'],
  ['in pieces, same node', { from: a, to: '10.244.0.3', size: 2000 }, 'reply 10.244.0.3 ttl 64'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
]);

lab('flannel vxlan, ip-masq off', () => flannelCluster({ backend: 'vxlan', masq: 'none' }), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['to outside: no way back', { from: a, to: '203.0.113.10' }, 'timeout'],
  ['to the other node keeps its source', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
  ['in pieces', { from: a, to: '10.244.1.2', size: 2000 }, 'reply 10.244.1.2 ttl 62'],
]);

lab('flannel vxlan, rp_filter strict', () => flannelCluster({ backend: 'vxlan', rpFilter: 1 }), [
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['to the other node', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
  ['node to a pod of the other', { from: 'node-1', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 63'],
]);

lab('flannel vxlan, rp_filter strict and ip-masq off', () => flannelCluster({ backend: 'vxlan', rpFilter: 1, masq: 'none' }), [
  ['to the other node: its way back is another', { from: a, to: '192.168.1.12' }, 'timeout'],
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
]);

lab('flannel vxlan, pods with the MTU of the LAN', () => flannelCluster({ backend: 'vxlan', podMtu: 1500 }), [
  ['too large, DF', { from: a, to: '10.244.1.2', size: 1423, df: true }, '10.244.0.1: Frag needed and DF set (mtu = 1450)'],
  ['too large', { from: a, to: '10.244.1.2', size: 1472 }, 'reply 10.244.1.2 ttl 62'],
  ['too large, in pieces', { from: a, to: '10.244.1.2', size: 3000 }, 'reply 10.244.1.2 ttl 62'],
  ['too large, UDP with DF', { from: a, to: '10.244.1.2', udp: 53, size: 1472, df: true }, '10.244.0.1: Frag needed and DF set (mtu = 1450)'],
]);

lab('flannel vxlan with DirectRouting, two LANs', () => flannelCluster({ backend: 'directRouting', lans: [2, 1] }), [
  ['same LAN', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['same LAN, TTL 2', { from: a, to: '10.244.1.2', ttl: 2 }, '192.168.1.12: Time to live exceeded'],
  ['other LAN', { from: a, to: '10.244.2.2' }, 'reply 10.244.2.2 ttl 62'],
  ['other LAN, TTL 2', { from: a, to: '10.244.2.2', ttl: 2 }, '10.244.2.0: Time to live exceeded'],
  ['other LAN, in pieces', { from: a, to: '10.244.2.2', size: 2000 }, 'reply 10.244.2.2 ttl 62'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
]);

lab('flannel host-gw', () => flannelCluster({ backend: 'host-gw' }), [
  ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['TTL 1', { from: a, to: '10.244.1.2', ttl: 1 }, '10.244.0.1: Time to live exceeded'],
  ['TTL 2', { from: a, to: '10.244.1.2', ttl: 2 }, '192.168.1.12: Time to live exceeded'],
  ['the largest, DF', { from: a, to: '10.244.1.2', size: 1472, df: true }, 'reply 10.244.1.2 ttl 62'],
  ['in pieces', { from: a, to: '10.244.1.2', size: 4000 }, 'reply 10.244.1.2 ttl 62'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ['no lease', { from: a, to: '10.244.9.2' }, 'timeout'],
  ['node to a pod of the other', { from: 'node-1', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 63'],
  ['closed TCP port', { from: 'node-1', to: '192.168.1.12', tcp: 81 }, 'reply 192.168.1.12'],
]);

lab('flannel udp', () => flannelCluster({ backend: 'udp' }), [
  ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 60'],
  ['across nodes, UDP', { from: a, to: '10.244.1.2', udp: 53, size: 20 }, 'reply 10.244.1.2 ttl 60'],
  ['across nodes, TCP', { from: a, to: '10.244.1.2', tcp: 80 }, 'reply 10.244.1.2'],
  ['TTL 1', { from: a, to: '10.244.1.2', ttl: 1 }, '10.244.0.1: Time to live exceeded'],
  ['TTL 2', { from: a, to: '10.244.1.2', ttl: 2 }, 'timeout'],
  ['TTL 3', { from: a, to: '10.244.1.2', ttl: 3 }, 'timeout'],
  ['TTL 4', { from: a, to: '10.244.1.2', ttl: 4 }, '10.244.1.0: Time to live exceeded'],
  ['TTL 5', { from: a, to: '10.244.1.2', ttl: 5 }, 'reply 10.244.1.2 ttl 60'],
  ['no lease', { from: a, to: '10.244.9.2' }, 'timeout'],
  ['no lease, UDP', { from: a, to: '10.244.9.2', udp: 53, size: 20 }, 'timeout'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ['the largest, DF', { from: a, to: '10.244.1.2', size: 1444, df: true }, 'reply 10.244.1.2 ttl 60'],
  ['too large, DF', { from: a, to: '10.244.1.2', size: 1445, df: true }, 'message too long, mtu=1472'],
  ['in pieces', { from: a, to: '10.244.1.2', size: 2000 }, 'reply 10.244.1.2 ttl 60'],
  ['node to a pod of the other', { from: 'node-1', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 61'],
  ['to the other node', { from: a, to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
]);

lab('flannel udp, pods with the MTU of the LAN', () => flannelCluster({ backend: 'udp', podMtu: 1500 }), [
  ['too large, DF', { from: a, to: '10.244.1.2', size: 1472, df: true }, '10.244.0.1: Frag needed and DF set (mtu = 1472)'],
  ['too large', { from: a, to: '10.244.1.2', size: 1472 }, 'reply 10.244.1.2 ttl 60'],
]);

const dual = { network6: 'fd00:10:244::/48' } as const;
lab('flannel vxlan, dual stack', () => flannelCluster({ backend: 'vxlan', ...dual }), [
  ['same node', { from: a, to: 'fd00:10:244::3' }, 'reply fd00:10:244::3 ttl 64'],
  ['across nodes', { from: a, to: 'fd00:10:244:1::2' }, 'reply fd00:10:244:1::2 ttl 62'],
  ['across nodes, UDP', { from: a, to: 'fd00:10:244:1::2', udp: 53, size: 20 }, 'reply fd00:10:244:1::2 ttl 62'],
  ['TTL 1', { from: a, to: 'fd00:10:244:1::2', ttl: 1 }, 'fd00:10:244::1: Time exceeded: Hop limit'],
  ['TTL 2', { from: a, to: 'fd00:10:244:1::2', ttl: 2 }, 'fd00:10:244:1::: Time exceeded: Hop limit'],
  ['to outside', { from: a, to: '2001:db8:113::10' }, 'reply 2001:db8:113::10 ttl 62'],
  ['too large', { from: a, to: 'fd00:10:244:1::2', size: 2000 }, 'reply fd00:10:244:1::2 ttl 62'],
  ['IPv4 as well', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ['unused pod address, other node', { from: a, to: 'fd00:10:244:1::99' }, 'fd00:10:244:1::: Destination unreachable: Address unreachable'],
]);

lab('flannel host-gw, dual stack', () => flannelCluster({ backend: 'host-gw', ...dual }), [
  ['across nodes', { from: a, to: 'fd00:10:244:1::2' }, 'reply fd00:10:244:1::2 ttl 62'],
  ['across nodes, TCP', { from: a, to: 'fd00:10:244:1::2', tcp: 80 }, 'reply fd00:10:244:1::2'],
  ['TTL 2', { from: a, to: 'fd00:10:244:1::2', ttl: 2 }, 'fd00:192:168:1::12: Time exceeded: Hop limit'],
  ['to outside', { from: a, to: '2001:db8:113::10' }, 'reply 2001:db8:113::10 ttl 62'],
  ['node to a pod of the other', { from: 'node-1', to: 'fd00:10:244:1::2' }, 'reply fd00:10:244:1::2 ttl 63'],
]);
