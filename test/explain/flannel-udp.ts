import type { Port } from '../../src/fabric/fabric.ts';
import { indexPorts } from '../../src/fabric/ports.ts';
import type { World } from '../../src/fabric/world.ts';
import { createNetns, type NetnsDraft } from '../../src/linux/build.ts';
import type { NfRule, Table } from '../../src/linux/netfilter.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { type Ip, parseIp } from '../../src/net/ip.ts';
import { defaultPrefix, type Prefix, parsePrefix } from '../../src/net/prefix.ts';

export const ip = (text: string): Ip => parseIp(text)!;
const prefix = (text: string): Prefix => parsePrefix(text)!;

type Spec = { readonly name: string; readonly ip: string; readonly mac: string; readonly range: string; readonly pod: string };

const NODES: readonly Spec[] = [
  { name: 'node-1', ip: '192.168.1.11', mac: '52:54:00:00:01:11', range: '10.1.15', pod: 'pod-a' },
  { name: 'node-2', ip: '192.168.1.12', mac: '52:54:00:00:01:12', range: '10.1.20', pod: 'pod-b' },
];

const comment = 'flanneld masq';
const rule = (matches: NfRule['matches'], action: NfRule['action'], text = comment): NfRule => ({
  matches,
  action,
  comment: text,
  origin: { plugin: 'flannel', note: text },
});
const s = (p: Prefix, not = false) => ({ match: 'saddr', prefix: p, ...(not && { not }) }) as const;
const d = (p: Prefix, not = false) => ({ match: 'daddr', prefix: p, ...(not && { not }) }) as const;

const tables = (range: Prefix): Table[] => {
  const all = prefix('10.1.0.0/16');
  const multicast = prefix('224.0.0.0/4');
  return [
    {
      tool: 'iptables',
      family: 'ip',
      name: 'nat',
      chains: [
        {
          name: 'POSTROUTING',
          base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'ACCEPT' },
          rules: [rule([], { target: 'jump', chain: 'FLANNEL-POSTRTG' })],
        },
        {
          name: 'FLANNEL-POSTRTG',
          rules: [
            rule([{ match: 'mark', value: 0x4000, mask: 0x4000 }], { target: 'RETURN' }),
            rule([s(range), d(all)], { target: 'RETURN' }),
            rule([s(all), d(range)], { target: 'RETURN' }),
            rule([s(all, true), d(range)], { target: 'RETURN' }),
            rule([s(all), d(multicast, true)], { target: 'MASQUERADE', fullyRandom: true }),
            rule([s(all, true), d(all)], { target: 'MASQUERADE', fullyRandom: true }),
          ],
        },
      ],
    },
    {
      tool: 'iptables',
      family: 'ip',
      name: 'filter',
      chains: [
        {
          name: 'FORWARD',
          base: { type: 'filter', hook: 'forward', priority: 0, policy: 'DROP' },
          rules: [rule([], { target: 'jump', chain: 'FLANNEL-FWD' }, 'flanneld forward')],
        },
        {
          name: 'FLANNEL-FWD',
          rules: [rule([s(all)], { target: 'ACCEPT' }, 'flanneld forward'), rule([d(all)], { target: 'ACCEPT' }, 'flanneld forward')],
        },
      ],
    },
  ];
};

const podMac = (range: string, n: number) => `02:42:0a:01:${Number(range.split('.')[2]).toString(16).padStart(2, '0')}:0${n}`;

const nodeOf = (spec: Spec, change: (draft: NetnsDraft) => void): Netns => {
  const node = createNetns(spec.name, 'node');
  const other = NODES.find((n) => n !== spec)!;
  node.addLink({ kind: 'physical', ifname: 'eth0', mtu: 1500, up: true, address: spec.mac, segment: 'lan' });
  node.addAddress('eth0', ip(spec.ip), 24);
  node.addLink({ kind: 'tun', ifname: 'flannel0', mtu: 1472, up: true, noarp: true });
  node.addAddress('flannel0', ip(`${spec.range}.0`), 32);
  node.addRoute({ dst: prefix('10.1.0.0/16'), nexthops: [{ dev: 'flannel0' }] });
  node.addLink({ kind: 'bridge', ifname: 'docker0', mtu: 1472, up: true, address: podMac(spec.range, 1) });
  node.addAddress('docker0', ip(`${spec.range}.1`), 24);
  node.addLink({
    kind: 'veth',
    ifname: `veth${spec.pod}`,
    mtu: 1472,
    up: true,
    master: 'docker0',
    address: `3a:00:0a:f4:00:${spec.range.slice(-2)}`,
    peer: { netns: `default/${spec.pod}`, ifname: 'eth0' },
  });
  node.addRoute({ dst: defaultPrefix(4), nexthops: [{ gateway: ip('192.168.1.1'), dev: 'eth0' }] });
  node.sysctls = { 'net.ipv4.ip_forward': 1 };
  node.tables = tables(prefix(`${spec.range}.0/24`));
  node.daemons = [
    {
      name: 'flanneld',
      tun: 'flannel0',
      local: ip(spec.ip),
      port: 8285,
      bufferSize: 1472,
      routes: [
        {
          dst: prefix(`${other.range}.0/24`),
          via: ip(other.ip),
          port: 8285,
          line: `/coreos.com/network/subnets/${other.range}.0-24 {"PublicIP":"${other.ip}"}`,
        },
      ],
      lookup: 'etcd lookup',
      df: true,
      missing: 'no key under /coreos.com/network/subnets contains the address',
    },
  ];
  change(node);
  return node;
};

const podOf = (spec: Spec): Netns => {
  const pod = createNetns(`default/${spec.pod}`, 'pod');
  const mac = podMac(spec.range, 2);
  pod.addLink({ kind: 'veth', ifname: 'eth0', mtu: 1472, up: true, address: mac, peer: { netns: spec.name, ifname: `veth${spec.pod}` } });
  pod.addAddress('eth0', ip(`${spec.range}.2`), 24);
  pod.addRoute({ dst: defaultPrefix(4), nexthops: [{ gateway: ip(`${spec.range}.1`), dev: 'eth0' }] });
  return pod;
};

const gatewayOf = (): Netns => {
  const gateway = createNetns('gateway', 'router');
  gateway.addLink({ kind: 'physical', ifname: 'lan', mtu: 1500, up: true, address: '52:54:00:00:01:01', segment: 'lan' });
  gateway.addAddress('lan', ip('192.168.1.1'), 24);
  gateway.addLink({ kind: 'physical', ifname: 'wan', mtu: 1500, up: true, address: '52:54:00:00:02:01', segment: 'internet' });
  gateway.addAddress('wan', ip('198.51.100.2'), 24);
  gateway.addRoute({ dst: defaultPrefix(4), nexthops: [{ gateway: ip('198.51.100.1'), dev: 'wan' }] });
  gateway.neighbours = [{ dst: ip('198.51.100.1'), dev: 'wan', lladdr: '52:54:00:00:02:fe', state: 'permanent' }];
  gateway.sysctls = { 'net.ipv4.ip_forward': 1 };
  return gateway;
};

/** Two nodes of flannel's udp back end with docker0, set up by hand, as reference part A13 measured them. */
export const flannelUdp = (change: (draft: NetnsDraft) => void = () => {}): World => {
  const all = new Map([...NODES.flatMap((spec) => [nodeOf(spec, change), podOf(spec)]), gatewayOf()].map((netns) => [netns.id, netns]));
  const ports: readonly Port[] = [
    ...NODES.map((n) => ({ netns: n.name, dev: 'eth0', mac: n.mac, ips: [ip(n.ip)], forwarding: true })),
    { netns: 'gateway', dev: 'lan', mac: '52:54:00:00:01:01', ips: [ip('192.168.1.1')], forwarding: true },
  ];
  const segments = [
    { name: 'lan', kind: 'switch', prefixes: [prefix('192.168.1.0/24')], mtu: 1500, ports: indexPorts(() => ports) },
    { name: 'internet', kind: 'internet', prefixes: [], mtu: 1500, ports: indexPorts(() => []) },
  ] as const;
  return {
    fabric: { kind: 'l2', segments, segment: (name) => segments.find((one) => one.name === name), gateway: { netns: 'gateway', wan: 'wan' } },
    netns: (id) => all.get(id),
  };
};
