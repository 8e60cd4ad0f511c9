import { planOf, type Short } from '../support/cluster.ts';
import { type Cluster, lab, type Scenario } from './lab.ts';
import { installed } from './worlds/planned.ts';

// Worlds as the plugins build them from the fixtures: the kernel that is given this state does what the walk says.

const clusterOf = async (short: Short): Promise<Cluster> => installed(await planOf(short));

const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  'flannel/udp-docker0': [
    ['across nodes', { from: 'default/pod-a', to: '10.1.20.2' }, 'reply 10.1.20.2 ttl 60'],
    ['across nodes, TCP', { from: 'default/pod-a', to: '10.1.20.2', tcp: 5432 }, 'reply 10.1.20.2'],
    ['to outside', { from: 'default/pod-a', to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
    ['no lease', { from: 'default/pod-a', to: '10.1.99.2' }, 'timeout'],
    ['node to pod', { from: 'node-1', to: '10.1.20.2' }, 'reply 10.1.20.2 ttl 61'],
  ],
  'flannel/vxlan-cni0': [
    ['same node', { from: 'default/a', to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
    ['across nodes', { from: 'default/a', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
    ['across nodes, TTL 2', { from: 'default/a', to: '10.244.1.2', ttl: 2 }, '10.244.1.0: Time to live exceeded'],
    ['to the other node', { from: 'default/a', to: '192.168.1.12' }, 'reply 192.168.1.12 ttl 63'],
    ['to outside', { from: 'default/a', to: '203.0.113.10', tcp: 443 }],
    ['node to pod', { from: 'node-1', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 63'],
    ['no lease', { from: 'default/a', to: '10.244.99.2' }],
  ],
  'flannel/vxlan-directrouting': [
    ['on the link', { from: 'default/a', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
    ['behind the router', { from: 'default/a', to: '10.244.2.2' }, 'reply 10.244.2.2 ttl 62'],
  ],
  'flannel/host-gw': [
    ['across nodes', { from: 'default/a', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
    ['node to pod', { from: 'node-1', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 63'],
  ],
  'flannel/no-ip-masq': [
    ['across nodes', { from: 'default/a', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
    ['same node', { from: 'default/a', to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ],
  'flannel/nftables': [
    ['dropped by the other table', { from: 'default/a', to: '10.244.1.2' }, 'timeout'],
    ['across nodes', { from: 'default/a', to: '10.244.2.2' }, 'reply 10.244.2.2 ttl 62'],
    ['to outside', { from: 'default/a', to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ],
  'flannel/dual-stack': [
    ['IPv6 across nodes', { from: 'default/a', to: 'fd00:244:0:1::2' }, 'reply fd00:244:0:1::2 ttl 62'],
    ['IPv6 same node', { from: 'default/a', to: 'fd00:244::3' }, 'reply fd00:244::3 ttl 64'],
    ['IPv4 across nodes', { from: 'default/a', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
  ],
  'kubenet/generic-router': [
    ['same node', { from: 'default/a', to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
    ['across nodes', { from: 'default/a', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 61'],
    ['to outside', { from: 'default/a', to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
    ['no route', { from: 'default/a', to: '10.244.99.2' }],
  ],
};

for (const [fixture, list] of Object.entries(scenarios)) {
  const cluster = await clusterOf(fixture);
  lab(fixture, () => cluster, list);
}

const withPorts = (plugin: unknown, over: Readonly<Record<string, unknown>> = {}) => ({
  plugin,
  subnets: { nodes: '192.168.1.0/24', pods: '10.244.0.0/16' },
  nodes: [1, 2].map((n) => ({ name: `node-${n}`, ip: `192.168.1.1${n}`, podCIDR: `10.244.${n - 1}.0/24`, ...over })),
  pods: [
    { name: 'web', node: 'node-1', ip: '10.244.0.2', ports: [{ port: 80, hostPort: 8080 }] },
    { name: 'late', node: 'node-1', ip: '10.244.0.3', ports: [{ port: 81, hostPort: 8080 }] },
    { name: 'c', node: 'node-2', ip: '10.244.1.2' },
  ],
});

const hostPorts: readonly Scenario[] = [
  ['host port, from the other node', { from: 'node-2', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
  ['host port, from a pod of the other node', { from: 'default/c', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
  ['host port, from its own node', { from: 'node-1', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
  ['host port, from a pod of its node', { from: 'default/late', to: '192.168.1.11', tcp: 8080 }],
];

const clusters: readonly (readonly [name: string, short: Short, list: readonly Scenario[]])[] = [
  ['vxlan with host ports', withPorts({ name: 'flannel', backend: 'vxlan' }), hostPorts],
  ['kubenet with host ports', withPorts({ name: 'kubenet', cloud: 'none', hairpinMode: 'hairpin-veth' }), hostPorts],
  ['kubenet by containerd, with host ports', withPorts({ name: 'kubenet', cloud: 'none', runtime: 'containerd' }), hostPorts.slice(0, 3)],
  ['docker0 with published ports', withPorts({ name: 'flannel', dockerForwardDrop: true }), hostPorts.slice(0, 3)],
  [
    "Docker's own masquerade",
    withPorts({ name: 'flannel', dockerIpMasq: true }),
    [['across nodes', { from: 'default/c', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 60']],
  ],
  [
    'FORWARD DROP and no forward rules, without bridge-nf-call-iptables',
    withPorts(
      { name: 'flannel', backend: 'vxlan', iptablesForwardRules: false },
      { forwardPolicy: 'DROP', sysctls: { 'net.bridge.bridge-nf-call-iptables': 0 } },
    ),
    [
      ['same node', { from: 'default/web', to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
      ['across nodes', { from: 'default/c', to: '10.244.0.3' }, 'timeout'],
    ],
  ],
  ...['0.20.0', '0.14.0', '0.5.5'].map(
    (version) =>
      [
        `the rules of flannel v${version}`,
        withPorts({ name: 'flannel', backend: 'vxlan', version }),
        [
          ['across nodes', { from: 'default/c', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 62'],
          ['to the other node', { from: 'default/c', to: '192.168.1.11' }, 'reply 192.168.1.11 ttl 63'],
          ['to outside', { from: 'default/c', to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
        ],
      ] as const,
  ),
];

for (const [name, short, list] of clusters) {
  const cluster = await clusterOf(short);
  lab(name, () => cluster, list);
}

// The lab's stand-in for a cloud is a Linux router: it takes one off the TTL.
const azure = await clusterOf({ ...withPorts({ name: 'kubenet', cloud: 'azure' }), fabric: { ttlDecrement: true } });
lab('kubenet on Azure', () => azure, [
  ['same node', { from: 'default/web', to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['across nodes', { from: 'default/c', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 61'],
  ['host port', { from: 'node-2', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
]);
