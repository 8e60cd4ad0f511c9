import { net } from './hand.ts';
import { type Cluster, lab } from './lab.ts';
import { flannelCluster } from './worlds/flannel.ts';
import { type Line, withIpvs } from './worlds/ipvs.ts';
import { kubenetCluster } from './worlds/kubenet.ts';

// The kernels of many machines have no ip_vs: user-mode-linux does.
const uml = { kernel: 'uml', commands: ['ipvsadm'] } as const;
const a = 'node-1/pod-0';
const b = 'node-1/pod-1';
const c = 'node-2/pod-0';

/** The cluster with a pod in which nothing listens. */
const nobodyIn = (pod: string, base: Cluster): Cluster => {
  const { world } = base;
  const netns = (id: string) => {
    const found = world.netns(id);
    return found && id === pod ? { ...found, sockets: [] } : found;
  };
  return { ...base, world: { ...world, netns } };
};

const services: readonly Line[] = [
  ['near', '10.96.0.10:80', ['node-1@10.244.0.3:8080']],
  ['far', '10.96.0.11:80', ['node-2@10.244.1.2:8080'], { type: 'NodePort', nodePort: 30080 }],
  ['none', '10.96.0.12:80', []],
  ['own', '10.96.0.13:80', ['node-1@10.244.0.2:8080']],
  ['host', '10.96.0.14:443', ['node-1@192.168.1.11:6443']],
  ['dns', '10.96.0.15:53', ['node-2@10.244.1.2:53'], { protocol: 'UDP' }],
  ['local', '10.96.0.16:80', ['node-1@10.244.0.3:8081'], { type: 'NodePort', nodePort: 30081, externalTrafficPolicy: 'Local' }],
  ['inside', '10.96.0.17:80', ['node-2@10.244.1.2:8082'], { internalTrafficPolicy: 'Local' }],
  ['closed', '10.96.0.18:54', ['node-2@10.244.1.3:54'], { protocol: 'UDP' }],
  ['two', '10.96.0.19:80', ['node-1@10.244.0.3:8083', 'node-2@10.244.1.2:8083'], { affinitySeconds: 60 }],
];

lab(
  'ipvs mode',
  () => withIpvs(nobodyIn('node-2/pod-1', flannelCluster({ backend: 'host-gw', hairpin: true })), services),
  [
    ['endpoint on the same node', { from: a, to: '10.96.0.10', tcp: 80 }, 'reply 10.96.0.10'],
    ['endpoint on another node', { from: a, to: '10.96.0.11', tcp: 80 }, 'reply 10.96.0.11'],
    ['one of two endpoints', { from: a, to: '10.96.0.19', tcp: 80 }, 'reply 10.96.0.19'],
    ['UDP', { from: a, to: '10.96.0.15', udp: 53, size: 20 }, 'reply 10.96.0.15 ttl 62'],
    ['UDP in pieces', { from: a, to: '10.96.0.15', udp: 53, size: 3000 }, 'reply 10.96.0.15 ttl 62'],
    ['no endpoint', { from: a, to: '10.96.0.12', tcp: 80 }, '10.96.0.12: Destination Port Unreachable'],
    ['policy Local, endpoint elsewhere', { from: a, to: '10.96.0.17', tcp: 80 }, '10.96.0.17: Destination Port Unreachable'],
    ['policy Local, endpoint here', { from: 'node-2/pod-1', to: '10.96.0.17', tcp: 80 }, 'reply 10.96.0.17'],
    ['wrong port', { from: a, to: '10.96.0.10', tcp: 81 }, '10.96.0.10: Destination Port Unreachable'],
    ['ping is rejected with all that is no port of the Service', { from: a, to: '10.96.0.10' }, '10.96.0.10: Destination Port Unreachable'],
    ['to itself', { from: a, to: '10.96.0.13', tcp: 80 }, 'reply 10.96.0.13'],
    ['endpoint is the node', { from: a, to: '10.96.0.14', tcp: 443 }, 'reply 10.96.0.14'],
    ['endpoint is another node', { from: c, to: '10.96.0.14', tcp: 443 }, 'reply 10.96.0.14'],
    ['node to an endpoint of its own', { from: 'node-1', to: '10.96.0.10', tcp: 80 }, 'reply 10.96.0.10'],
    ['node to an endpoint on another node', { from: 'node-1', to: '10.96.0.11', tcp: 80 }, 'reply 10.96.0.11'],
    ['node to itself', { from: 'node-1', to: '10.96.0.14', tcp: 443 }, 'reply 10.96.0.14'],
    ['node, no endpoint', { from: 'node-1', to: '10.96.0.12', tcp: 80 }, '10.96.0.12: Destination Port Unreachable'],
    ['node, wrong port', { from: 'node-1', to: '10.96.0.10', tcp: 81 }, '10.96.0.10: Destination Port Unreachable'],
    ['node, UDP', { from: 'node-1', to: '10.96.0.15', udp: 53, size: 20 }, 'reply 10.96.0.15 ttl 63'],
    ['node, TTL 1', { from: 'node-1', to: '10.96.0.15', udp: 53, ttl: 1 }, '10.96.0.15: Time to live exceeded'],
    ['NodePort from outside', { from: 'outside', to: '192.168.1.11', tcp: 30080 }, 'reply 192.168.1.11'],
    ['NodePort from outside, at the node of the endpoint', { from: 'outside', to: '192.168.1.12', tcp: 30080 }, 'reply 192.168.1.12'],
    ['NodePort Local from outside', { from: 'outside', to: '192.168.1.11', tcp: 30081 }, 'reply 192.168.1.11'],
    ['NodePort Local from outside, no endpoint there: flannel masquerades', { from: 'outside', to: '192.168.1.12', tcp: 30081 }, 'reply 192.168.1.12'],
    ['NodePort from a pod', { from: b, to: '192.168.1.12', tcp: 30080 }, 'reply 192.168.1.12'],
    ['NodePort from a pod, by its own gateway address', { from: b, to: '10.244.0.1', tcp: 30080 }, 'reply 10.244.0.1'],
    ['NodePort from the node', { from: 'node-1', to: '192.168.1.11', tcp: 30080 }, 'reply 192.168.1.11'],
    ['TTL 1 ends in ip_vs', { from: a, to: '10.96.0.15', udp: 53, ttl: 1 }, '10.96.0.15: Time to live exceeded'],
    ['TTL 2 ends on the other node, which looks like the Service', { from: a, to: '10.96.0.15', udp: 53, ttl: 2 }, '10.96.0.15: Time to live exceeded'],
    ['nobody listens', { from: a, to: '10.96.0.18', udp: 54, closed: true }, '10.96.0.18: Destination Port Unreachable'],
    ['nobody listens, from the node', { from: 'node-1', to: '10.96.0.18', udp: 54, closed: true }, '10.96.0.18: Destination Port Unreachable'],
  ],
  uml,
);

lab(
  'ipvs mode, pods not told apart',
  () => withIpvs(flannelCluster({ backend: 'vxlan' }), services, { detectLocal: { mode: 'none' } }),
  [
    ['endpoint on the same node', { from: a, to: '10.96.0.10', tcp: 80 }, 'reply 10.96.0.10'],
    ['endpoint on another node', { from: a, to: '10.96.0.11', tcp: 80 }, 'reply 10.96.0.11'],
    ['to itself, by a port without hairpin', { from: a, to: '10.96.0.13', tcp: 80 }, 'timeout'],
    ['node to an endpoint on another node', { from: 'node-1', to: '10.96.0.11', tcp: 80 }, 'reply 10.96.0.11'],
    ['too long for the tunnel, DF', { from: 'node-1', to: '10.96.0.15', udp: 53, size: 1440, df: true }, '10.96.0.15: Frag needed and DF set (mtu = 1450)'],
    ['too long for the tunnel', { from: 'node-1', to: '10.96.0.15', udp: 53, size: 1440 }, 'reply 10.96.0.15 ttl 63'],
  ],
  uml,
);

lab(
  'ipvs mode, all masqueraded, rp_filter strict',
  () => withIpvs(flannelCluster({ backend: 'host-gw', rpFilter: 1 }), services, { masqueradeAll: true }),
  [
    ['endpoint on the same node', { from: a, to: '10.96.0.10', tcp: 80 }, 'reply 10.96.0.10'],
    ['endpoint on another node', { from: a, to: '10.96.0.11', tcp: 80 }, 'reply 10.96.0.11'],
    ['UDP', { from: a, to: '10.96.0.15', udp: 53, size: 20 }, 'reply 10.96.0.15 ttl 62'],
    ['node to an endpoint on another node', { from: 'node-1', to: '10.96.0.11', tcp: 80 }, 'reply 10.96.0.11'],
  ],
  uml,
);

const balanced: readonly Line[] = [
  ['local', '10.96.0.16:80', ['node-1@10.244.0.3:8081'], { type: 'NodePort', nodePort: 30081, externalTrafficPolicy: 'Local' }],
  ['open', '10.96.0.20:80', ['node-2@10.244.1.2:8080'], { type: 'LoadBalancer', nodePort: 30090, ingress: [{ ip: 0xc0000250 }] }],
  [
    'ranged',
    '10.96.0.21:80',
    ['node-2@10.244.1.2:8080'],
    { type: 'LoadBalancer', nodePort: 30091, ingress: [{ ip: 0xc0000251 }], loadBalancerSourceRanges: [net('10.244.0.0/24')] },
  ],
  [
    'nodes',
    '10.96.0.22:80',
    ['node-2@10.244.1.2:8080'],
    { type: 'LoadBalancer', nodePort: 30092, ingress: [{ ip: 0xc0000252 }], loadBalancerSourceRanges: [net('192.168.1.0/24')] },
  ],
  [
    'stays',
    '10.96.0.23:80',
    ['node-2@10.244.1.2:8080'],
    { type: 'LoadBalancer', nodePort: 30093, ingress: [{ ip: 0xc0000253 }], externalTrafficPolicy: 'Local' },
  ],
  ['external', '10.96.0.24:80', ['node-2@10.244.1.2:8080'], { externalIPs: [0xc0000254] }],
];

lab(
  'ipvs mode over kubenet, load balancers',
  () => withIpvs(kubenetCluster(), balanced),
  [
    ['NodePort Local from outside', { from: 'outside', to: '192.168.1.11', tcp: 30081 }, 'reply 192.168.1.11'],
    ['NodePort Local from outside, no endpoint there: the answer goes astray', { from: 'outside', to: '192.168.1.12', tcp: 30081 }, 'timeout'],
    ['NodePort Local from the node, no endpoint there', { from: 'node-2', to: '192.168.1.12', tcp: 30081 }, 'reply 192.168.1.12'],
    ['load balancer from a pod', { from: a, to: '192.0.2.80', tcp: 80 }, 'reply 192.0.2.80'],
    ['load balancer from a node', { from: 'node-1', to: '192.0.2.80', tcp: 80 }, 'reply 192.0.2.80'],
    ['source in the ranges', { from: a, to: '192.0.2.81', tcp: 80 }, 'reply 192.0.2.81'],
    ['source not in the ranges', { from: c, to: '192.0.2.81', tcp: 80 }, 'timeout'],
    ['node not in the ranges', { from: 'node-1', to: '192.0.2.81', tcp: 80 }, 'timeout'],
    ['node in the ranges', { from: 'node-1', to: '192.0.2.82', tcp: 80 }, 'reply 192.0.2.82'],
    ['load balancer Local from a pod, no endpoint here', { from: a, to: '192.0.2.83', tcp: 80 }, 'reply 192.0.2.83'],
    ['load balancer Local from a node, no endpoint here: answers go to the own address', { from: 'node-1', to: '192.0.2.83', tcp: 80 }, 'timeout'],
    ['external IP from a pod', { from: a, to: '192.0.2.84', tcp: 80 }, 'reply 192.0.2.84'],
    ['external IP from a node', { from: 'node-1', to: '192.0.2.84', tcp: 80 }, 'reply 192.0.2.84'],
  ],
  uml,
);

const six: readonly Line[] = [
  ['near', 'fd00:96::10:80', ['node-1@fd00:244::3:8080']],
  ['far', 'fd00:96::11:80', ['node-2@fd00:244:0:1::2:8080'], { type: 'NodePort', nodePort: 30080 }],
  ['none', 'fd00:96::12:80', []],
  ['own', 'fd00:96::13:80', ['node-1@fd00:244::2:8080']],
  ['dns', 'fd00:96::15:53', ['node-2@fd00:244:0:1::2:53'], { protocol: 'UDP' }],
  ['four', '10.96.0.11:80', ['node-2@10.244.1.2:8080']],
];

lab(
  'ipvs mode, IPv6',
  () => withIpvs(flannelCluster({ backend: 'host-gw', hairpin: true, network6: 'fd00:244::/48' }), six),
  [
    ['endpoint on the same node', { from: a, to: 'fd00:96::10', tcp: 80 }, 'reply fd00:96::10'],
    ['endpoint on another node', { from: a, to: 'fd00:96::11', tcp: 80 }, 'reply fd00:96::11'],
    ['IPv4', { from: a, to: '10.96.0.11', tcp: 80 }, 'reply 10.96.0.11'],
    ['UDP', { from: a, to: 'fd00:96::15', udp: 53, size: 20 }, 'reply fd00:96::15 ttl 62'],
    ['UDP in pieces', { from: a, to: 'fd00:96::15', udp: 53, size: 3000 }, 'fd00:96::15: Packet too big: mtu=1500'],
    ['no endpoint', { from: a, to: 'fd00:96::12', tcp: 80 }, 'fd00:96::12: Destination unreachable: Port unreachable'],
    ['wrong port', { from: a, to: 'fd00:96::10', tcp: 81 }, 'fd00:96::10: Destination unreachable: Port unreachable'],
    ['ping', { from: a, to: 'fd00:96::10' }, 'fd00:96::10: Destination unreachable: Port unreachable'],
    ['to itself', { from: a, to: 'fd00:96::13', tcp: 80 }, 'reply fd00:96::13'],
    ['node to an endpoint on another node', { from: 'node-1', to: 'fd00:96::11', tcp: 80 }, 'reply fd00:96::11'],
    ['node, no endpoint', { from: 'node-1', to: 'fd00:96::12', tcp: 80 }, 'fd00:96::12: Destination unreachable: Port unreachable'],
    ['NodePort from outside', { from: 'outside', to: 'fd00:192:168:1::11', tcp: 30080 }, 'reply fd00:192:168:1::11'],
    ['TTL 1', { from: a, to: 'fd00:96::15', udp: 53, ttl: 1 }, 'fd00:96::15: Time exceeded: Hop limit'],
    ['TTL 2', { from: a, to: 'fd00:96::15', udp: 53, ttl: 2 }, 'fd00:96::15: Time exceeded: Hop limit'],
  ],
  uml,
);

const onLan: readonly Line[] = [['lb', '10.96.0.20:80', ['node-1@10.244.0.3:8080'], { type: 'LoadBalancer', ingress: [{ ip: 0xc0a801f0 }] }]];

for (const strictARP of [false, true])
  lab(
    `ipvs mode, an address on the LAN${strictARP ? ', strict ARP' : ''}`,
    () => withIpvs(flannelCluster({ backend: 'host-gw', lans: [1] }), onLan, { strictARP }),
    [
      [
        'the node answers for it',
        { from: 'outside', to: '192.168.1.240', tcp: 80 },
        strictARP ? '198.51.100.2: Destination Host Unreachable' : 'reply 192.168.1.240',
      ],
      ['from a pod', { from: a, to: '192.168.1.240', tcp: 80 }, 'reply 192.168.1.240'],
      ['from the node', { from: 'node-1', to: '192.168.1.240', tcp: 80 }, 'reply 192.168.1.240'],
    ],
    uml,
  );
