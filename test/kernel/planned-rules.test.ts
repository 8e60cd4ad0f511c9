import { lab, type Scenario } from './lab.ts';
import { plannedCluster } from './worlds/planned.ts';

// Rules that other programs than flanneld leave, and the shapes of older releases: installed as the plugins build them.

type Mapping = Readonly<Record<string, unknown>>;
const planned =
  (plugin: Mapping, node: Mapping = {}, over: Mapping = {}) =>
  () =>
    plannedCluster(
      JSON.stringify({
        plugin,
        subnets: { nodes: '192.168.1.0/24', pods: '10.244.0.0/16' },
        nodes: [1, 2].map((n) => ({ name: `node-${n}`, ip: `192.168.1.1${n}`, podCIDR: `10.244.${n - 1}.0/24`, ...node })),
        pods: [
          { name: 'web', node: 'node-1', ip: '10.244.0.2', ports: [{ port: 80, hostPort: 8080 }] },
          { name: 'late', node: 'node-1', ip: '10.244.0.3', ports: [{ port: 81, hostPort: 8080 }] },
          { name: 'c', node: 'node-2', ip: '10.244.1.2' },
        ],
        ...over,
      }),
    );

const fromElsewhere: readonly Scenario[] = [
  ['from the other node', { from: 'node-2', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
  ['from a pod of the other node', { from: 'default/c', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
  ['from its own node', { from: 'node-1', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
];
const fromItsNode: Scenario = ['from a pod of its node', { from: 'default/late', to: '192.168.1.11', tcp: 8080 }];

lab('host ports by portmap', planned({ name: 'flannel', backend: 'vxlan' }), [...fromElsewhere, fromItsNode]);
lab('host ports by kubelet', planned({ name: 'kubenet', cloud: 'none', hairpinMode: 'hairpin-veth' }), [...fromElsewhere, fromItsNode]);
lab('host ports of kubenet by containerd', planned({ name: 'kubenet', cloud: 'none', runtime: 'containerd' }), fromElsewhere);
lab('published ports of Docker, FORWARD DROP', planned({ name: 'flannel', dockerForwardDrop: true }), fromElsewhere);

lab("Docker's own masquerade", planned({ name: 'flannel', dockerIpMasq: true }), [
  ['across nodes', { from: 'default/c', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 60'],
]);

lab(
  'FORWARD DROP, no forward rules, no bridge-nf-call-iptables',
  planned({ name: 'flannel', backend: 'vxlan', iptablesForwardRules: false }, { forwardPolicy: 'DROP', sysctls: { 'net.bridge.bridge-nf-call-iptables': 0 } }),
  [
    ['same node', { from: 'default/web', to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
    ['across nodes', { from: 'default/c', to: '10.244.0.3' }, 'timeout'],
  ],
);

for (const version of ['0.20.0', '0.14.0', '0.5.5'])
  lab(`the rules of flannel v${version}`, planned({ name: 'flannel', backend: 'vxlan', version }), [
    ['across nodes', { from: 'default/c', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 62'],
    ['to the other node', { from: 'default/c', to: '192.168.1.11' }, 'reply 192.168.1.11 ttl 63'],
    ['to outside', { from: 'default/c', to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ]);

const routed = {
  subnets: { nodes: ['192.168.1.0/24', '192.168.2.0/24'], pods: '10.244.0.0/16' },
  nodes: [1, 2].map((n) => ({ name: `node-${n}`, ip: `192.168.${n}.11`, podCIDR: `10.244.${n - 1}.0/24` })),
};
lab('DirectRouting behind a router', planned({ name: 'flannel', backend: { type: 'vxlan', directRouting: true } }, {}, routed), [
  ['across nodes', { from: 'default/c', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 62'],
]);

// The lab's stand-in for a cloud is a Linux router: it takes one off the TTL.
lab('kubenet on Azure', planned({ name: 'kubenet', cloud: 'azure' }, {}, { fabric: { ttlDecrement: true } }), [
  ['same node', { from: 'default/web', to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
  ['across nodes', { from: 'default/c', to: '10.244.0.2' }, 'reply 10.244.0.2 ttl 61'],
  ['host port', { from: 'node-2', to: '192.168.1.11', tcp: 8080 }, 'reply 192.168.1.11'],
]);
