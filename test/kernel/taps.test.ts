import { test } from 'vitest';
import type { Netns } from '../../src/linux/netns.ts';
import { addPods, handGateway, handNode, handWorld, ip, net } from './hand.ts';
import { interimSetup } from './interim.ts';
import { observe, tapsOf } from './observe.ts';

const SEGMENTS = [
  { name: 'lan', kind: 'switch' },
  { name: 'wan', kind: 'internet' },
] as const;

const NAT = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 10.96.0.1/32 -p udp --dport 80 -j DNAT --to-destination 10.1.N.3:5000
-A PREROUTING -d 10.96.0.2/32 -p udp --dport 80 -j DNAT --to-destination 10.1.N.2:5000
-A POSTROUTING -s 10.1.N.2/32 -d 10.1.N.2/32 -j MASQUERADE
-A POSTROUTING -s 10.1.N.0/24 ! -d 10.1.0.0/16 -j MASQUERADE
COMMIT
`;
const filter = (rules: string) => `*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n${rules}\nCOMMIT\n`;

const cluster = () => {
  const numbers = [1, 2, 3, 4, 5];
  const list = numbers.flatMap((n) => {
    const node = handNode(`n${n}`, `192.168.1.1${n}/24`, '192.168.1.1');
    const pods = addPods(node, 'cni0', `10.1.${n}.1/24`, [`10.1.${n}.2`, `10.1.${n}.3`], 1500);
    for (const other of numbers)
      if (other !== n) node.addRoute({ dst: net(`10.1.${other}.0/24`), nexthops: [{ gateway: ip(`192.168.1.1${other}`), dev: 'eth0' }] });
    Object.assign(node.sysctls, { 'net.bridge.bridge-nf-call-iptables': n === 2 || n === 4 ? 0 : 1 });
    if (n === 4) node.links = node.links.map((link) => (link.ifname === 'cni0' ? { ...link, promisc: true } : link));
    if (n === 5) node.links = node.links.map((link) => (link.kind === 'veth' ? { ...link, hairpin: true } : link));
    return [node, ...pods];
  });
  const all: Netns[] = [...list, handGateway('192.168.1.1/24', '198.51.100.2/24', '198.51.100.1')];
  return { world: handWorld(all, SEGMENTS), ids: all.map(({ id }) => id) };
};

const rules: Record<string, string> = {
  n1: NAT.replaceAll('N', '1').replaceAll('1AT', 'NAT').replaceAll('1DF', 'NDF'),
  n2: '',
};

test('tap experiments', async () => {
  for (const n of [1, 2, 5]) rules[`n${n}`] = NAT.replaceAll('.N.', `.${n}.`);
  rules['n3'] = filter('-A FORWARD -d 10.1.1.0/24 -j REJECT\n-A FORWARD -j DROP');
  const udp = (from: string, dst: string, sport: number, dport: number, size: number, more = {}) =>
    ({ proto: 'udp', from, dst: ip(dst), sport, dport, size, ...more }) as const;
  const ping = (from: string, dst: string, more = {}) => ({ proto: 'icmp', from, dst: ip(dst), ...more }) as const;
  const probes: readonly [string, Parameters<typeof observe>[2][number], ...string[]][] = [
    ['bridged nf=1 with nat', ping('n1/pod-0', '10.1.1.3'), 'n1'],
    ['bridged nf=0', ping('n2/pod-0', '10.1.2.3'), 'n2'],
    ['bridged nf=1 FORWARD DROP', ping('n3/pod-0', '10.1.3.3'), 'n3'],
    ['routed FORWARD DROP', ping('n3/pod-0', '192.168.1.12'), 'n3'],
    ['routed FORWARD REJECT', ping('n3/pod-0', '10.1.1.2'), 'n3'],
    ['routed across', ping('n1/pod-0', '10.1.2.2'), 'n1', 'n2'],
    ['masquerade outside', ping('n1/pod-0', '203.0.113.10'), 'n1', 'gateway'],
    ['masquerade outside nf=0', ping('n2/pod-0', '203.0.113.10'), 'n2'],
    ['dnat to other pod nf=1', udp('n1/pod-0', '10.96.0.1', 3000, 80, 10), 'n1', 'n1/pod-0', 'n1/pod-1'],
    ['dnat to other pod nf=0', udp('n2/pod-0', '10.96.0.1', 3001, 80, 10), 'n2', 'n2/pod-0', 'n2/pod-1'],
    ['dnat to self nf=1 no hairpin', udp('n1/pod-0', '10.96.0.2', 3002, 80, 10), 'n1', 'n1/pod-0'],
    ['dnat to self nf=0 no hairpin', udp('n2/pod-0', '10.96.0.2', 3003, 80, 10), 'n2', 'n2/pod-0'],
    ['dnat to self nf=1 hairpin', udp('n5/pod-0', '10.96.0.2', 3004, 80, 10), 'n5', 'n5/pod-0'],
    ['promisc bridged', ping('n4/pod-0', '10.1.4.3'), 'n4', 'n4/pod-1'],
    ['promisc routed', ping('n4/pod-0', '10.1.1.2'), 'n4'],
    ['big fragments nf=1', udp('n1/pod-0', '10.1.1.3', 3005, 5000, 3000), 'n1', 'n1/pod-0', 'n1/pod-1'],
    ['big fragments routed nf=1->nf=0', udp('n1/pod-0', '10.1.2.3', 3006, 5000, 3000), 'n1', 'n2', 'n2/pod-1'],
    ['big fragments routed no conntrack', udp('n4/pod-0', '10.1.4.3', 3007, 5000, 3000), 'n4'],
    ['big fragments routed no conntrack 4->3', udp('n4/pod-0', '192.168.1.1', 3008, 5000, 3000), 'n4', 'gateway'],
    ['pod to own node', ping('n1/pod-0', '192.168.1.11'), 'n1'],
    ['pod to bridge address', ping('n1/pod-0', '10.1.1.1'), 'n1'],
    ['node to own pod', ping('n1', '10.1.1.2'), 'n1'],
    ['node to itself', ping('n1', '192.168.1.11'), 'n1'],
    ['node to own bridge', ping('n1', '10.1.1.1'), 'n1'],
    ['node to remote pod', ping('n1', '10.1.2.2'), 'n1', 'n2'],
    ['unused pod address local', ping('n1/pod-0', '10.1.1.77', { wait: 1.5 }), 'n1/pod-0', 'n1'],
    ['unused pod address remote', ping('n1/pod-0', '10.1.2.77', { wait: 1.5 }), 'n1/pod-0', 'n1', 'n2'],
    ['port unreachable', udp('n1/pod-0', '10.1.2.2', 3009, 5999, 10), 'n1/pod-0', 'n1'],
    ['no route', ping('gateway', '10.9.9.9'), 'gateway'],
    ['ttl 1', ping('n1/pod-0', '10.1.2.2', { ttl: 1 }), 'n1'],
    ['ttl 2', ping('n1/pod-0', '10.1.2.2', { ttl: 2 }), 'n1', 'n2'],
    ['ttl 2 outside', ping('n1/pod-0', '203.0.113.10', { ttl: 2 }), 'n1/pod-0', 'n1', 'gateway'],
    ['outside to pod via gateway', ping('outside', '192.168.1.11'), 'gateway', 'n1'],
    ['tcp refused', { proto: 'tcp', from: 'n1/pod-0', dst: ip('10.1.2.2'), sport: 3010, dport: 5999 }, 'n1/pod-0', 'n1'],
    ['tcp', { proto: 'tcp', from: 'n1/pod-0', dst: ip('10.1.2.2'), sport: 3010, dport: 5000 }, 'n1/pod-0'],
  ];
  const observations = await observe(
    'taps',
    cluster(),
    probes.map(([, probe]) => probe),
    {
      setup: interimSetup(rules),
      listeners: {
        'n1/pod-1': ['udp:5000'],
        'n1/pod-0': ['udp:5000'],
        'n2/pod-0': ['udp:5000', 'tcp:5000'],
        'n2/pod-1': ['udp:5000'],
        'n4/pod-1': ['udp:5000'],
        'n5/pod-0': ['udp:5000'],
      },
    },
  );
  for (const [i, [title, , ...where]] of probes.entries()) {
    const observation = observations[i]!;
    console.log(`## ${title}: ${JSON.stringify(observation.outcome)}\n${tapsOf(observation, ...where)}`);
  }
});
