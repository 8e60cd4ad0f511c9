import { beforeAll, expect, test } from 'vitest';
import type { Probe } from '../../src/lab/probe.ts';
import type { Observation } from '../../src/lab/run.ts';
import type { NetnsDraft } from '../../src/linux/build.ts';
import type { NfRule } from '../../src/linux/netfilter.ts';
import { describeWith, needs } from '../support/needs.ts';
import { addPods, dst, handNode, handWorld, ip, iptables, net, not, src, udpPort } from './hand.ts';
import { observe, tapsOf } from './observe.ts';
import { flannelCluster } from './worlds/flannel.ts';

// What TAPS.md says, kept true: captures of the real kernel, compared with nothing but literal text.

const tools = [needs.root(), needs.commands('ip', 'iptables', 'tcpdump', 'ping', 'python3', 'sysctl')];

/** n1: bridge-nf 1; n2: 0; n4: 0 and a promiscuous bridge; n5: 1 and hairpin. Service 10.96.0.1 is pod-1 of the node, 10.96.0.2 is pod-0. */
const bridges = () => {
  const numbers = [1, 2, 4, 5];
  const nodes = numbers.flatMap((n): NetnsDraft[] => {
    const node = handNode(`n${n}`, [`192.168.1.1${n}/24`], '192.168.1.1');
    const pods = addPods(node, 'cni0', [`10.1.${n}.0/24`], 2, 1500, { promisc: n === 4, hairpin: n === 5 });
    for (const other of numbers)
      if (other !== n) node.addRoute({ dst: net(`10.1.${other}.0/24`), nexthops: [{ gateway: ip(`192.168.1.1${other}`), dev: 'eth0' }] });
    node.sysctls['net.bridge.bridge-nf-call-iptables'] = n === 2 || n === 4 ? 0 : 1;
    const pod = (m: number): NfRule['action'] => ({ target: 'DNAT', to: { ip: ip(`10.1.${n}.${m}`), port: 5000 } });
    const self = `10.1.${n}.2/32`;
    if (n !== 4)
      node.tables.push(
        iptables('nat', {
          PREROUTING: [
            [[dst('10.96.0.1/32'), ...udpPort(80)], pod(3)],
            [[dst('10.96.0.2/32'), ...udpPort(80)], pod(2)],
          ],
          POSTROUTING: [
            [[src(self), dst(self)], { target: 'MASQUERADE' }],
            [[src(`10.1.${n}.0/24`), not(dst('10.1.0.0/16'))], { target: 'MASQUERADE' }],
          ],
        }),
      );
    return [node, ...pods];
  });
  return { world: handWorld(nodes, [{ name: 'lan', kind: 'switch' }]), ids: nodes.map(({ id }) => id) };
};

const ping = (from: string, to: string, more: object = {}): Probe => ({ proto: 'icmp', from, dst: ip(to), ...more });
const udp = (from: string, to: string, sport: number, size = 10): Probe => ({ proto: 'udp', from, dst: ip(to), sport, dport: size > 1000 ? 5000 : 80, size });

type Case = readonly [name: string, probe: Probe, netns: string, taps: string];

const BRIDGED: readonly Case[] = [
  [
    'bridged, bridge-nf 1',
    ping('n1/pod-0', '10.1.1.3'),
    'n1',
    `veth0 in P 10.1.1.2 > 10.1.1.3 icmp 8/0 ttl 64 len 84
     veth1 out 10.1.1.2 > 10.1.1.3 icmp 8/0 ttl 64 len 84
     veth1 in P 10.1.1.3 > 10.1.1.2 icmp 0/0 ttl 64 len 84
     veth0 out 10.1.1.3 > 10.1.1.2 icmp 0/0 ttl 64 len 84`,
  ],
  [
    'bridged by a promiscuous bridge',
    ping('n4/pod-0', '10.1.4.3'),
    'n4',
    `veth0 in P 10.1.4.2 > 10.1.4.3 icmp 8/0 ttl 64 len 84
     veth1 out 10.1.4.2 > 10.1.4.3 icmp 8/0 ttl 64 len 84
     cni0 in P 10.1.4.2 > 10.1.4.3 icmp 8/0 ttl 64 len 84
     veth1 in P 10.1.4.3 > 10.1.4.2 icmp 0/0 ttl 64 len 84
     veth0 out 10.1.4.3 > 10.1.4.2 icmp 0/0 ttl 64 len 84
     cni0 in P 10.1.4.3 > 10.1.4.2 icmp 0/0 ttl 64 len 84`,
  ],
  [
    'routed',
    ping('n1/pod-0', '10.1.2.2'),
    'n1',
    `veth0 in P 10.1.1.2 > 10.1.2.2 icmp 8/0 ttl 64 len 84
     cni0 in 10.1.1.2 > 10.1.2.2 icmp 8/0 ttl 64 len 84
     eth0 out 10.1.1.2 > 10.1.2.2 icmp 8/0 ttl 63 len 84
     eth0 in 10.1.2.2 > 10.1.1.2 icmp 0/0 ttl 63 len 84
     cni0 out 10.1.2.2 > 10.1.1.2 icmp 0/0 ttl 62 len 84
     veth0 out 10.1.2.2 > 10.1.1.2 icmp 0/0 ttl 62 len 84`,
  ],
  [
    'DNAT to a pod on the same bridge, bridge-nf 0: the reply misses the way back through NAT',
    udp('n2/pod-0', '10.96.0.1', 3001),
    'n2',
    `veth0 in P 10.1.2.2 > 10.96.0.1 udp 3001>80 ttl 64 len 38
     cni0 in 10.1.2.2 > 10.96.0.1 udp 3001>80 ttl 64 len 38
     cni0 out 10.1.2.2 > 10.1.2.3 udp 3001>5000 ttl 63 len 38
     veth1 out 10.1.2.2 > 10.1.2.3 udp 3001>5000 ttl 63 len 38
     veth1 in P 10.1.2.3 > 10.1.2.2 udp 5000>3001 ttl 64 len 38 df
     veth0 out 10.1.2.3 > 10.1.2.2 udp 5000>3001 ttl 64 len 38 df
     veth0 in P 10.1.2.2 > 10.1.2.3 icmp 3/3 ttl 64 len 66 [about 10.1.2.3 > 10.1.2.2 udp 5000>3001 ttl 64 len 38 df]
     veth1 out 10.1.2.2 > 10.1.2.3 icmp 3/3 ttl 64 len 66 [about 10.1.2.3 > 10.1.2.2 udp 5000>3001 ttl 64 len 38 df]`,
  ],
  [
    'DNAT to a pod on the same bridge, bridge-nf 1: TTL stays',
    udp('n1/pod-0', '10.96.0.1', 3002),
    'n1',
    `veth0 in P 10.1.1.2 > 10.96.0.1 udp 3002>80 ttl 64 len 38
     cni0 out 10.1.1.2 > 10.1.1.3 udp 3002>5000 ttl 64 len 38
     veth1 out 10.1.1.2 > 10.1.1.3 udp 3002>5000 ttl 64 len 38
     veth1 in P 10.1.1.3 > 10.1.1.2 udp 5000>3002 ttl 64 len 38 df
     veth0 out 10.96.0.1 > 10.1.1.2 udp 80>3002 ttl 64 len 38 df`,
  ],
  [
    'DNAT to the sender itself without hairpin, bridge-nf 1: lost',
    udp('n1/pod-0', '10.96.0.2', 3003),
    'n1',
    `veth0 in P 10.1.1.2 > 10.96.0.2 udp 3003>80 ttl 64 len 38
     cni0 out 10.1.1.2 > 10.1.1.2 udp 3003>5000 ttl 64 len 38`,
  ],
  [
    'DNAT to the sender itself with hairpin, bridge-nf 1',
    udp('n5/pod-0', '10.96.0.2', 3004),
    'n5',
    `veth0 in P 10.1.5.2 > 10.96.0.2 udp 3004>80 ttl 64 len 38
     cni0 out 10.1.5.2 > 10.1.5.2 udp 3004>5000 ttl 64 len 38
     veth0 out 10.1.5.1 > 10.1.5.2 udp 3004>5000 ttl 64 len 38
     veth0 in P 10.1.5.2 > 10.1.5.1 udp 5000>3004 ttl 64 len 38 df
     cni0 out 10.1.5.2 > 10.1.5.2 udp 5000>3004 ttl 64 len 38 df
     veth0 out 10.96.0.2 > 10.1.5.2 udp 80>3004 ttl 64 len 38 df`,
  ],
  [
    'pieces put together by the bridge, bridge-nf 1',
    ping('n1/pod-0', '10.1.2.3', { size: 3000 }),
    'n1',
    `veth0 in P 10.1.1.2 > 10.1.2.3 icmp 8/0 ttl 64 len 1500 +0
     veth0 in P 10.1.1.2 > 10.1.2.3 udp 0>0 ttl 64 len 1500 +1480
     veth0 in P 10.1.1.2 > 10.1.2.3 udp 0>0 ttl 64 len 68 +2960
     cni0 in 10.1.1.2 > 10.1.2.3 icmp 8/0 ttl 64 len 3028
     eth0 out 10.1.1.2 > 10.1.2.3 icmp 8/0 ttl 63 len 1500 +0
     eth0 out 10.1.1.2 > 10.1.2.3 udp 0>0 ttl 63 len 1500 +1480
     eth0 out 10.1.1.2 > 10.1.2.3 udp 0>0 ttl 63 len 68 +2960
     eth0 in 10.1.2.3 > 10.1.1.2 icmp 0/0 ttl 63 len 1500 +0
     eth0 in 10.1.2.3 > 10.1.1.2 udp 0>0 ttl 63 len 1500 +1480
     eth0 in 10.1.2.3 > 10.1.1.2 udp 0>0 ttl 63 len 68 +2960
     cni0 out 10.1.2.3 > 10.1.1.2 icmp 0/0 ttl 62 len 1500 +0
     veth0 out 10.1.2.3 > 10.1.1.2 icmp 0/0 ttl 62 len 1500 +0
     cni0 out 10.1.2.3 > 10.1.1.2 udp 0>0 ttl 62 len 1500 +1480
     veth0 out 10.1.2.3 > 10.1.1.2 udp 0>0 ttl 62 len 1500 +1480
     cni0 out 10.1.2.3 > 10.1.1.2 udp 0>0 ttl 62 len 68 +2960
     veth0 out 10.1.2.3 > 10.1.1.2 udp 0>0 ttl 62 len 68 +2960`,
  ],
  [
    'to an own address',
    ping('n1', '192.168.1.11'),
    'n1',
    `lo in 192.168.1.11 > 192.168.1.11 icmp 8/0 ttl 64 len 84
     lo in 192.168.1.11 > 192.168.1.11 icmp 0/0 ttl 64 len 84`,
  ],
];

const VXLAN: readonly Case[] = [
  [
    'vxlan on node 1: A12 (b) of the reference',
    ping('node-1/pod-0', '10.244.1.2'),
    'node-1',
    `veth0 in P 10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 64 len 84
     cni0 in 10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 64 len 84
     flannel.1 out 10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 63 len 84
     eth0 out 192.168.1.11 > 192.168.1.12 udp 8472 vxlan ttl 64 len 134 {10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 63 len 84}
     eth0 in 192.168.1.12 > 192.168.1.11 udp 8472 vxlan ttl 64 len 134 {10.244.1.2 > 10.244.0.2 icmp 0/0 ttl 63 len 84}
     flannel.1 in 10.244.1.2 > 10.244.0.2 icmp 0/0 ttl 63 len 84
     cni0 out 10.244.1.2 > 10.244.0.2 icmp 0/0 ttl 62 len 84
     veth0 out 10.244.1.2 > 10.244.0.2 icmp 0/0 ttl 62 len 84`,
  ],
  [
    'TTL 2: the time exceeded of node 2, as the pod gets it',
    ping('node-1/pod-0', '10.244.1.2', { ttl: 2 }),
    'node-1/pod-0',
    `eth0 out 10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 2 len 84
     eth0 in 10.244.1.0 > 10.244.0.2 icmp 11/0 ttl 63 len 112 [about 10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 1 len 84]`,
  ],
  [
    'the largest packet fills the wire',
    ping('node-1/pod-0', '10.244.1.2', { size: 1422, df: true }),
    'node-2',
    `eth0 in 192.168.1.11 > 192.168.1.12 udp 8472 vxlan ttl 64 len 1500 {10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 63 len 1450 df}
     flannel.1 in 10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 63 len 1450 df
     cni0 out 10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 62 len 1450 df
     veth0 out 10.244.0.2 > 10.244.1.2 icmp 8/0 ttl 62 len 1450 df
     veth0 in P 10.244.1.2 > 10.244.0.2 icmp 0/0 ttl 64 len 1450
     cni0 in 10.244.1.2 > 10.244.0.2 icmp 0/0 ttl 64 len 1450
     flannel.1 out 10.244.1.2 > 10.244.0.2 icmp 0/0 ttl 63 len 1450
     eth0 out 192.168.1.12 > 192.168.1.11 udp 8472 vxlan ttl 64 len 1500 {10.244.1.2 > 10.244.0.2 icmp 0/0 ttl 63 len 1450}`,
  ],
];

const SUITES = [
  ['taps of bridges', 'taps-b', bridges, BRIDGED],
  ['taps of vxlan', 'taps-v', () => flannelCluster({ backend: 'vxlan' }), VXLAN],
] as const;

for (const [title, tag, build, cases] of SUITES)
  describeWith(tools, title, () => {
    let seen: readonly Observation[] = [];
    beforeAll(async () => {
      const listeners = tag === 'taps-b' ? Object.fromEntries(['n1/pod-0', 'n1/pod-1', 'n2/pod-1', 'n5/pod-0'].map((id) => [id, ['udp:5000']])) : {};
      const probes = cases.map(([, probe]) => probe);
      seen = await observe(tag, build(), probes, { listeners });
    });
    for (const [index, [name, , netns, taps]] of cases.entries())
      test(name, () => {
        expect(tapsOf(seen[index], netns)).toBe([netns, ...taps.split('\n').map((line) => `  ${line.trim()}`)].join('\n'));
      });
  });
