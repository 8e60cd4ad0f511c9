import { planOf, type Short } from '../support/cluster.ts';
import { lab, type Scenario } from './lab.ts';
import { installed } from './worlds/planned.ts';

// Azure CNI as the plugin builds it, between nodes that a stand-in for the cloud joins: it answers every ARP request with the virtual MAC, looks at
// the route table for each packet, knows the overlay's routes for NICs of the overlay only, and, unlike the cloud, takes one off the TTL.

type Over = Readonly<Record<string, unknown>>;
const FABRIC = {
  kind: 'azure',
  ttlDecrement: true,
  vnet: '10.0.0.0/8',
  hosts: [{ name: 'vm', ip: '10.1.0.4' }],
  subnets: [{ name: 'vms', prefix: '10.1.0.0/24' }],
};

const cluster = (plugin: Over, [a, b, c]: readonly [string, string, string], over: Over = {}): Short => ({
  plugin: { name: 'azure-cni', ...plugin },
  subnets: { nodes: '10.240.0.0/16', services: '10.0.0.0/16' },
  nodes: [
    { name: 'node-1', ip: '10.240.0.4' },
    { name: 'node-2', ip: '10.240.0.35' },
  ],
  pods: [
    { name: 'a', node: 'node-1', ip: a, ports: [{ port: 80, hostPort: 8080 }] },
    { name: 'b', node: 'node-1', ip: b },
    { name: 'c', node: 'node-2', ip: c },
  ],
  fabric: FABRIC,
  ...over,
});

const a = 'default/a';
const vm = 'fabric/vm';

const common = (near: string, far: string): readonly Scenario[] => [
  ['same node', { from: a, to: near }, `reply ${near} ttl 63`],
  ['same node, TTL 1', { from: a, to: near, ttl: 1 }, '10.240.0.4: Time to live exceeded'],
  ['across nodes', { from: a, to: far }, `reply ${far} ttl 61`],
  ['across nodes, TCP', { from: a, to: far, tcp: 80 }, `reply ${far}`],
  ['across nodes, in pieces', { from: a, to: far, size: 3000 }, `reply ${far} ttl 61`],
  ['across nodes, TTL 3', { from: a, to: far, ttl: 3 }, '10.240.0.35: Time to live exceeded'],
  ['to its node', { from: a, to: '10.240.0.4' }, 'reply 10.240.0.4 ttl 64'],
  ['to the other node', { from: a, to: '10.240.0.35' }, 'reply 10.240.0.35 ttl 62'],
  ['to a VM', { from: a, to: '10.1.0.4' }, 'reply 10.1.0.4 ttl 62'],
  ['to a VM, UDP', { from: a, to: '10.1.0.4', udp: 514, size: 20 }, 'reply 10.1.0.4 ttl 62'],
  ['node to its pod', { from: 'node-1', to: near }, `reply ${near} ttl 64`],
  ['node to a pod of the other', { from: 'node-1', to: far }, `reply ${far} ttl 62`],
  ['host port', { from: 'node-2', to: '10.240.0.4', tcp: 8080 }, 'reply 10.240.0.4'],
  ['host port, from a VM', { from: vm, to: '10.240.0.4', tcp: 8080 }, 'reply 10.240.0.4'],
  ['blocked port of the platform', { from: a, to: '168.63.129.16', tcp: 80 }, 'timeout'],
];

const nodeSubnet = await planOf(cluster({ mode: 'node-subnet' }, ['10.240.0.11', '10.240.0.12', '10.240.0.42']));
lab('Azure CNI, node subnet', () => installed(nodeSubnet), [
  ...common('10.240.0.12', '10.240.0.42'),
  ['from a VM', { from: vm, to: '10.240.0.42' }, 'reply 10.240.0.42 ttl 62'],
  ['an address that nobody has', { from: a, to: '10.240.9.9' }, 'timeout'],
]);

const overlayRanges = {
  subnets: { nodes: '10.240.0.0/16', pods: '192.168.0.0/16', services: '10.0.0.0/16' },
  nodes: [
    { name: 'node-1', ip: '10.240.0.4', podCIDR: '192.168.0.0/24' },
    { name: 'node-2', ip: '10.240.0.35', podCIDR: '192.168.1.0/24' },
  ],
};
const overlay = await planOf(cluster({ mode: 'overlay' }, ['192.168.0.5', '192.168.0.255', '192.168.1.0'], overlayRanges));
lab('Azure CNI Overlay, first and last addresses of the ranges', () => installed(overlay), [
  ...common('192.168.0.255', '192.168.1.0'),
  ['from a VM', { from: vm, to: '192.168.1.0' }, 'timeout'],
  ['a range of no node', { from: a, to: '192.168.9.9' }, 'timeout'],
]);

const podRanges = { subnets: { nodes: '10.240.0.0/16', pods: '10.241.0.0/16', services: '10.0.0.0/16' } };
const podSubnet = await planOf(cluster({ mode: 'pod-subnet' }, ['10.241.0.5', '10.241.0.6', '10.241.0.24'], podRanges));
lab('Azure CNI, pod subnet', () => installed(podSubnet), [
  ...common('10.241.0.6', '10.241.0.24'),
  ['from a VM', { from: vm, to: '10.241.0.24' }, 'reply 10.241.0.24 ttl 62'],
]);

const loose = await planOf(
  cluster({ mode: 'node-subnet' }, ['10.240.0.11', '10.240.0.12', '10.240.0.42'], {
    nodes: [
      { name: 'node-1', ip: '10.240.0.4', sysctls: { 'net.ipv4.conf.all.rp_filter': 0 }, forwardPolicy: 'DROP' },
      { name: 'node-2', ip: '10.240.0.35', mtu: 1400 },
    ],
  }),
);
lab('Azure CNI, node subnet, FORWARD DROP and a smaller MTU', () => installed(loose), [
  ['same node', { from: a, to: '10.240.0.12' }, 'timeout'],
  ['from the other node', { from: 'default/c', to: '10.240.0.11' }, 'timeout'],
  ['node to a pod of the other, DF', { from: 'node-1', to: '10.240.0.42', size: 1372, df: true }, 'reply 10.240.0.42 ttl 62'],
]);

const bridge = await planOf(cluster({ mode: 'bridge' }, ['10.240.0.11', '10.240.0.12', '10.240.0.42']));
lab('Azure CNI, bridge mode: ebtables in place of routes', () => installed(bridge), [
  ['same node', { from: a, to: '10.240.0.12' }, 'reply 10.240.0.12 ttl 64'],
  ['across nodes', { from: a, to: '10.240.0.42' }, 'reply 10.240.0.42 ttl 63'],
  ['across nodes, TCP', { from: a, to: '10.240.0.42', tcp: 80 }, 'reply 10.240.0.42'],
  ['across nodes, in pieces', { from: a, to: '10.240.0.42', size: 3000 }, 'reply 10.240.0.42 ttl 63'],
  ['to its node', { from: a, to: '10.240.0.4' }, 'reply 10.240.0.4 ttl 64'],
  ['to the other node', { from: a, to: '10.240.0.35' }, 'reply 10.240.0.35 ttl 63'],
  ['node to its pod', { from: 'node-1', to: '10.240.0.11' }, 'reply 10.240.0.11 ttl 64'],
  ['node to a pod of the other', { from: 'node-1', to: '10.240.0.42' }, 'reply 10.240.0.42 ttl 63'],
  ['to a VM', { from: a, to: '10.1.0.4' }, 'reply 10.1.0.4 ttl 63'],
  ['from a VM', { from: vm, to: '10.240.0.42' }, 'reply 10.240.0.42 ttl 63'],
  ['host port', { from: 'node-2', to: '10.240.0.4', tcp: 8080 }, 'reply 10.240.0.4'],
]);

const cilium = await planOf(cluster({ mode: 'overlay', dataplane: 'cilium' }, ['192.168.0.5', '192.168.0.6', '192.168.1.7'], overlayRanges));
lab("Azure CNI powered by Cilium: the host's part", () => installed(cilium), [
  ['same node', { from: a, to: '192.168.0.6' }, 'reply 192.168.0.6 ttl 63'],
  ['across nodes', { from: a, to: '192.168.1.7' }, 'reply 192.168.1.7 ttl 61'],
  ['to its node', { from: a, to: '10.240.0.4' }, 'reply 10.240.0.4 ttl 64'],
  ['to a VM', { from: a, to: '10.1.0.4' }, 'reply 10.1.0.4 ttl 62'],
  ['node to a pod of the other', { from: 'node-1', to: '192.168.1.7' }, 'reply 192.168.1.7 ttl 62'],
]);

const services = [
  { name: 'near', clusterIP: '10.0.0.10', selector: { app: 'b' }, ports: [{ port: 80, targetPort: 8080 }] },
  { name: 'far', clusterIP: '10.0.0.11', selector: { app: 'c' }, type: 'NodePort', ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] },
];
const served = (plugin: Over, ips: readonly [string, string, string], over: Over = {}) => {
  const [ipA, ipB, ipC] = ips;
  const pods = [
    { name: 'a', node: 'node-1', ip: ipA },
    { name: 'b', node: 'node-1', ip: ipB, labels: { app: 'b' } },
    { name: 'c', node: 'node-2', ip: ipC, labels: { app: 'c' } },
  ];
  // The addresses of Services lie outside of the network.
  const fabric = { ...FABRIC, vnet: ['10.240.0.0/16', '10.1.0.0/16'] };
  return planOf(cluster(plugin, ips, { ...over, pods, services, fabric }));
};
const flows: readonly Scenario[] = [
  ['a ClusterIP, the pod on the same node', { from: a, to: '10.0.0.10', tcp: 80 }, 'reply 10.0.0.10'],
  ['a ClusterIP, the pod on the other node', { from: a, to: '10.0.0.11', tcp: 80 }, 'reply 10.0.0.11'],
  ['a ClusterIP from a node', { from: 'node-1', to: '10.0.0.11', tcp: 80 }, 'reply 10.0.0.11'],
  ['a node port from a VM, by the node without the pod', { from: vm, to: '10.240.0.4', tcp: 30080 }, 'reply 10.240.0.4'],
  ['a node port from a VM, by the node with the pod', { from: vm, to: '10.240.0.35', tcp: 30080 }, 'reply 10.240.0.35'],
  ['a node port from a pod', { from: a, to: '10.240.0.35', tcp: 30080 }, 'reply 10.240.0.35'],
];
const overlayServed = await served({ mode: 'overlay' }, ['192.168.0.5', '192.168.0.6', '192.168.1.7'], overlayRanges);
lab('Azure CNI Overlay with Services: kube-proxy knows pods by azv', () => installed(overlayServed), flows);
const bridgeServed = await served({ mode: 'bridge' }, ['10.240.0.11', '10.240.0.12', '10.240.0.42']);
lab('Azure CNI, bridge mode, with Services', () => installed(bridgeServed), flows);
