import { a, c, HOST_GW, KUBENET, NODE1, NODE2, refused, rejected, sends, serviceWorld, sysctl, tcp, udp, VXLAN } from './service-world.ts';

// Where a node or kube-proxy is set up in another way, Services go another way. Each world has the few flows that show it.

const dns = `
  - {name: dns, clusterIP: 10.96.1.16, selector: {app: b}, ports: [{port: 53, protocol: UDP}]}
`;
serviceWorld('bridge-nf-call-iptables 0', VXLAN, { node: sysctl('net.bridge.bridge-nf-call-iptables', 0), services: dns }, [
  ['same node: the answer comes from the pod, which nobody asked', tcp(a, '10.96.1.1'), 'timeout'],
  ['the same by UDP', udp(a, '10.96.1.16'), 'timeout'],
  ['other node', tcp(a, '10.96.1.2'), 'reply 10.96.1.2'],
  ['from the node', tcp('node-1', '10.96.1.1'), 'reply 10.96.1.1'],
  ['hairpin is masqueraded, so its answer passes the node', tcp(a, '10.96.1.4'), 'reply 10.96.1.4'],
  ['NodePort of the own node is masqueraded', tcp(c, NODE2, 30080), 'reply 192.168.1.12'],
]);
serviceWorld('bridge-nf-call-iptables 0, masqueradeAll', VXLAN, { node: sysctl('net.bridge.bridge-nf-call-iptables', 0), proxy: '{masqueradeAll: true}' }, [
  ['same node: the answer passes the node', tcp(a, '10.96.1.1'), 'reply 10.96.1.1'],
]);

// flannel accepts what comes from its network or goes there.
serviceWorld('FORWARD policy DROP', VXLAN, { node: ', forwardPolicy: DROP' }, [
  ['ClusterIP', tcp(a, '10.96.1.2'), 'reply 10.96.1.2'],
  ['NodePort from outside', tcp('outside', NODE1, 30080), 'reply 192.168.1.11'],
  ['from the node', tcp('node-1', '10.96.1.2'), 'reply 10.96.1.2'],
]);

const near = `
  - {name: near, type: NodePort, clusterIP: 10.96.1.17, selector: {app: b}, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080, nodePort: 30094}]}
`;
serviceWorld(
  'FORWARD policy DROP where nobody accepts',
  '{name: flannel, backend: {type: vxlan}, iptablesForwardRules: false}',
  { first: ', forwardPolicy: DROP', services: near },
  [
    ['ClusterIP is not marked', sends(a, '10.96.1.2'), 'timeout'],
    ['NodePort Local is not marked', sends('outside', NODE1, 30094), 'timeout'],
    ['a node to a ClusterIP is not forwarded', tcp('node-1', '10.96.1.2'), 'reply 10.96.1.2'],
    ['no endpoint: what is rejected does not come to the policy', sends(a, '10.96.1.5'), rejected('10.244.0.1')],
  ],
  {
    iptables: [
      ['NodePort passes by its mark', tcp('outside', NODE1, 30080), 'reply 192.168.1.11'],
      ['load balancer from a pod passes by its mark', tcp(a, '198.18.0.1'), 'reply 198.18.0.1'],
    ],
    nftables: [
      ['NodePort: no rule accepts marks', sends('outside', NODE1, 30080), 'timeout'],
      ['load balancer from a pod: no rule accepts marks', sends(a, '198.18.0.1'), 'timeout'],
    ],
  },
);

serviceWorld('masqueradeAll', VXLAN, { proxy: '{masqueradeAll: true}' }, [
  ['ClusterIP, same node', tcp(a, '10.96.1.1'), 'reply 10.96.1.1'],
  ['ClusterIP, other node', tcp(a, '10.96.1.2'), 'reply 10.96.1.2'],
  ['internal policy Local', tcp(c, '10.96.1.7'), 'reply 10.96.1.7'],
  ['load balancer Local from outside keeps its source', tcp('outside', '198.18.0.2'), 'reply 198.18.0.2'],
]);

for (const [title, keys] of [
  ['NodeCIDR', 'detectLocalMode: NodeCIDR'],
  ['BridgeInterface', 'detectLocalMode: BridgeInterface, bridgeInterface: cni0'],
  ['InterfaceNamePrefix', 'detectLocalMode: InterfaceNamePrefix, interfaceNamePrefix: cni'],
] as const)
  serviceWorld(`detectLocalMode ${title}`, VXLAN, { proxy: `{${keys}}` }, [
    ['ClusterIP, other node', tcp(a, '10.96.1.2'), 'reply 10.96.1.2'],
    ['ClusterIP, same node', tcp(a, '10.96.1.1'), 'reply 10.96.1.1'],
    ['a node to a ClusterIP', tcp('node-1', '10.96.1.2'), 'reply 10.96.1.2'],
    ['NodePort Local, own node without endpoint: all endpoints', tcp(a, NODE1, 30081), 'reply 192.168.1.11'],
    ['NodePort Local, other node without endpoint', sends(c, NODE1, 30081), 'timeout'],
    ['NodePort Local, other node with endpoint', tcp(a, NODE2, 30081), 'reply 192.168.1.12'],
  ]);
serviceWorld('no detectLocalMode', VXLAN, { proxy: '{detectLocalMode: none}' }, [
  ['ClusterIP, other node', tcp(a, '10.96.1.2'), 'reply 10.96.1.2'],
  ['a node to a ClusterIP keeps its source', tcp('node-1', '10.96.1.2'), 'reply 10.96.1.2'],
  ['NodePort Local from a pod, own node without endpoint', sends(a, NODE1, 30081), 'timeout'],
  ['NodePort Local from the node itself', tcp('node-1', NODE1, 30081), 'reply 192.168.1.11'],
]);

serviceWorld('nodePortAddresses of the pods', VXLAN, { proxy: '{nodePortAddresses: [10.244.0.0/24]}' }, [
  ['the node address takes none', sends(a, NODE1, 30080), refused(NODE1)],
  ['the bridge address does', tcp(a, '10.244.0.1', 30080), 'reply 10.244.0.1'],
  ['no address of the other node is in the range', sends('outside', NODE2, 30080), refused(NODE2)],
]);
serviceWorld(
  'nodePortAddresses of the nodes',
  VXLAN,
  { proxy: '{nodePortAddresses: [192.168.1.0/24]}' },
  [
    ['the node address', tcp('outside', NODE1, 30080), 'reply 192.168.1.11'],
    ['the bridge address takes none', sends(a, '10.244.0.1', 30080), refused('10.244.0.1')],
    ['no endpoint', sends('outside', NODE1, 30082), rejected(NODE1)],
    ['loopback takes none', sends('node-1', '127.0.0.1', 30080), refused('127.0.0.1')],
  ],
  {
    iptables: [['no endpoint, by the bridge address: rejected at every address', sends(a, '10.244.0.1', 30082), rejected('10.244.0.1')]],
    nftables: [['no endpoint, by the bridge address', sends(a, '10.244.0.1', 30082), refused('10.244.0.1')]],
  },
);
serviceWorld(
  'every address takes NodePorts',
  VXLAN,
  { proxy: '{nodePortAddresses: [0.0.0.0/0]}' },
  [
    ['the bridge address', tcp(a, '10.244.0.1', 30080), 'reply 10.244.0.1'],
    ['no endpoint, by the bridge address', sends(a, '10.244.0.1', 30082), rejected('10.244.0.1')],
  ],
  {
    iptables: [['loopback', tcp('node-1', '127.0.0.1', 30080), 'reply 127.0.0.1']],
    nftables: [['loopback', sends('node-1', '127.0.0.1', 30080), refused('127.0.0.1')]],
  },
);
serviceWorld('localhostNodePorts false', VXLAN, { proxy: '{localhostNodePorts: false}' }, [
  ['loopback', sends('node-1', '127.0.0.1', 30080), refused('127.0.0.1')],
  ['loopback of a node with the endpoint', sends('node-2', '127.0.0.1', 30080), refused('127.0.0.1')],
  ['the node address', tcp('node-1', NODE1, 30080), 'reply 192.168.1.11'],
]);

for (const [title, plugin, hairpin] of [
  ['flannel host-gw', HOST_GW, 'reply 10.96.1.4'],
  ['flannel udp on docker0', 'flannel', 'timeout'],
  ['flannel vxlan by nftables', '{name: flannel, backend: {type: vxlan}, nftables: true}', 'reply 10.96.1.4'],
  ['kubenet with hairpin-veth', '{name: kubenet, cloud: none, hairpinMode: hairpin-veth}', 'reply 10.96.1.4'],
  ['kubenet without hairpin', '{name: kubenet, cloud: none, hairpinMode: none}', 'timeout'],
] as const)
  serviceWorld(title, plugin, {}, [
    ['ClusterIP, same node', tcp(a, '10.96.1.1'), 'reply 10.96.1.1'],
    ['ClusterIP, other node', tcp(a, '10.96.1.2'), 'reply 10.96.1.2'],
    ['UDP', udp(a, '10.96.1.2')],
    ['hairpin', tcp(a, '10.96.1.4'), hairpin],
    ['NodePort from outside, no endpoint here', tcp('outside', NODE1, 30080), 'reply 192.168.1.11'],
    ['NodePort Local from outside', tcp('outside', NODE2, 30081), 'reply 192.168.1.12'],
    ['a node to a ClusterIP', tcp('node-1', '10.96.1.2'), 'reply 10.96.1.2'],
    ['no endpoint: the node says so, by its bridge address', sends(a, '10.96.1.5'), rejected('10.244.0.1')],
  ]);

for (const [title, plugin] of [
  ['flannel vxlan', VXLAN],
  ['flannel host-gw', HOST_GW],
  ['flannel udp', 'flannel'],
  ['kubenet', KUBENET],
] as const)
  serviceWorld(`rp_filter strict, ${title}`, plugin, { node: sysctl('net.ipv4.conf.all.rp_filter', 1) }, [
    ['ClusterIP, same node', tcp(a, '10.96.1.1'), 'reply 10.96.1.1'],
    ['ClusterIP, other node', tcp(a, '10.96.1.2'), 'reply 10.96.1.2'],
    ['hairpin', tcp(a, '10.96.1.4')],
    ['NodePort from outside, no endpoint here', tcp('outside', NODE1, 30080), 'reply 192.168.1.11'],
    ['NodePort from a pod, other node', tcp(a, NODE2, 30080)],
    ['a node to a ClusterIP', tcp('node-1', '10.96.1.2'), 'reply 10.96.1.2'],
  ]);
