import { test } from 'vitest';
import type { Netns } from '../../src/linux/netns.ts';
import { addPods, handGateway, handNode, handWorld, ip, net } from './hand.ts';
import { interimSetup } from './interim.ts';
import { observe, tapsOf } from './observe.ts';

const SEGMENTS = [
  { name: 'lan', kind: 'switch' },
  { name: 'wan', kind: 'internet' },
] as const;

const NAT = (n: number) => `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.${n < 3 ? 1 : 2}.${n}.0/24 ! -d 10.0.0.0/8 -j MASQUERADE
COMMIT
`;

const cluster = () => {
  // n1, n2: udp backend; n3, n4: vxlan; n5: small bridge MTU, host-gw from n1
  const list = [1, 2, 3, 4, 5].flatMap((n) => {
    const kind = n < 3 ? 'tun' : n < 5 ? 'vxlan' : 'plain';
    const base = n < 3 ? '10.1' : '10.2';
    const node = handNode(`n${n}`, `192.168.1.1${n}/24`, '192.168.1.1');
    Object.assign(node.sysctls, { 'net.bridge.bridge-nf-call-iptables': n === 2 || n === 4 ? 0 : 1 });
    const peer = n < 3 ? 3 - n : 7 - n;
    if (kind === 'tun') {
      node.addLink({ kind: 'tun', ifname: 'flannel0', mtu: 1472, up: true, noarp: true });
      node.addAddress('flannel0', ip(`10.1.${n}.0`), 32);
      node.addRoute({ dst: net('10.1.0.0/16'), nexthops: [{ dev: 'flannel0' }] });
      node.daemons.push({
        name: 'flanneld',
        tun: 'flannel0',
        local: ip(`192.168.1.1${n}`),
        port: 8285,
        bufferSize: 1472,
        lookup: 'etcd',
        df: true,
        missing: '',
        routes: [{ dst: net(`10.1.${peer}.0/24`), via: ip(`192.168.1.1${peer}`), port: 8285, line: '' }],
      });
    } else if (kind === 'vxlan') {
      node.addLink({
        kind: 'vxlan',
        ifname: 'flannel.1',
        mtu: 1450,
        up: true,
        address: `5e:89:db:49:c6:0${n}`,
        id: 1,
        local: ip(`192.168.1.1${n}`),
        dev: 'eth0',
        port: 8472,
        learning: false,
      });
      node.addAddress('flannel.1', ip(`10.2.${n}.0`), 32);
      node.addRoute({ dst: net(`10.2.${peer}.0/24`), nexthops: [{ gateway: ip(`10.2.${peer}.0`), dev: 'flannel.1', onlink: true }] });
      node.neighbours.push({ dst: ip(`10.2.${peer}.0`), dev: 'flannel.1', lladdr: `5e:89:db:49:c6:0${peer}`, state: 'permanent' });
      node.fdb.push({ mac: `5e:89:db:49:c6:0${peer}`, ifname: 'flannel.1', dst: ip(`192.168.1.1${peer}`), state: 'permanent' });
      // pods keep 1500: oversize
    } else node.addRoute({ dst: net('10.2.3.0/24'), nexthops: [{ gateway: ip('192.168.1.13'), dev: 'eth0' }] });
    if (n === 3) node.addRoute({ dst: net('10.2.5.0/24'), nexthops: [{ gateway: ip('192.168.1.15'), dev: 'eth0' }] });
    const pods = addPods(node, kind === 'tun' ? 'docker0' : 'cni0', `${base}.${n}.1/24`, [`${base}.${n}.2`, `${base}.${n}.3`], kind === 'plain' ? 1400 : 1500);
    return [node, ...pods];
  });
  const all: Netns[] = [...list, handGateway('192.168.1.1/24', '198.51.100.2/24', '198.51.100.1')];
  return { world: handWorld(all, SEGMENTS), ids: all.map(({ id }) => id) };
};

test('tap experiments 2', async () => {
  const rules: Record<string, string> = {};
  for (const n of [1, 2, 3, 4]) rules[`n${n}`] = NAT(n);
  const udp = (from: string, dst: string, sport: number, dport: number, size: number, more = {}) =>
    ({ proto: 'udp', from, dst: ip(dst), sport, dport, size, ...more }) as const;
  const ping = (from: string, dst: string, more = {}) => ({ proto: 'icmp', from, dst: ip(dst), ...more }) as const;
  const probes: readonly [string, Parameters<typeof observe>[2][number], ...string[]][] = [
    ['tun', ping('n1/pod-0', '10.1.2.2'), 'n1', 'n2'],
    ['tun no lease', ping('n1/pod-0', '10.1.9.2'), 'n1'],
    ['tun no lease udp', udp('n1/pod-0', '10.1.9.2', 3000, 80, 10), 'n1'],
    ['tun ttl 1', ping('n1/pod-0', '10.1.2.2', { ttl: 1 }), 'n1'],
    ['tun ttl 2', ping('n1/pod-0', '10.1.2.2', { ttl: 2 }), 'n1'],
    ['tun ttl 3', ping('n1/pod-0', '10.1.2.2', { ttl: 3 }), 'n1', 'n2'],
    ['tun ttl 4', ping('n1/pod-0', '10.1.2.2', { ttl: 4 }), 'n1', 'n2'],
    ['tun ttl 5', ping('n1/pod-0', '10.1.2.2', { ttl: 5 }), 'n2'],
    ['tun from node', ping('n1', '10.1.2.2'), 'n1', 'n2'],
    ['tun big df', ping('n1/pod-0', '10.1.2.2', { size: 1472, df: true }), 'n1/pod-0', 'n1'],
    ['tun big no df', ping('n1/pod-0', '10.1.2.2', { size: 1472 }), 'n1', 'n2'],
    ['vxlan big df', ping('n3/pod-0', '10.2.4.2', { size: 1472, df: true }), 'n3/pod-0', 'n3'],
    ['vxlan big no df', ping('n3/pod-0', '10.2.4.2', { size: 1472 }), 'n3/pod-0', 'n3', 'n4', 'n4/pod-0'],
    ['vxlan pieces', ping('n3/pod-0', '10.2.4.2', { size: 2000 }), 'n3', 'n4'],
    ['vxlan from nf=0 pieces', ping('n4/pod-0', '10.2.3.2', { size: 2000 }), 'n4', 'n3'],
    ['vxlan node', ping('n3', '10.2.4.2'), 'n3'],
    ['routed into smaller bridge, df', ping('n3/pod-0', '10.2.5.2', { size: 1472, df: true }), 'n3/pod-0', 'n3', 'n5'],
    ['routed into smaller bridge', ping('n3/pod-0', '10.2.5.2', { size: 1472 }), 'n5', 'n3', 'n3/pod-0'],
    ['pod mtu df local', ping('n3/pod-0', '10.2.5.2', { size: 1473, df: true }), 'n3/pod-0', 'n5'],
    ['unreachable src', udp('n3/pod-0', '10.2.5.2', 3001, 80, 1472, { df: true }), 'n3/pod-0', 'n5'],
  ];
  const observations = await observe(
    'taps2',
    cluster(),
    probes.map(([, probe]) => probe),
    { setup: interimSetup(rules) },
  );
  for (const [i, [title, , ...where]] of probes.entries()) {
    const observation = observations[i]!;
    console.log(`## ${title}: ${JSON.stringify(observation.outcome)}\n${tapsOf(observation, ...where)}`);
  }
});
