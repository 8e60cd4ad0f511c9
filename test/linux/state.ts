import { createNetns, type NetnsDraft } from '../../src/linux/build.ts';
import type { Chain, Match, NfRule, Table, Target } from '../../src/linux/netfilter.ts';
import { type Ip, parseIp } from '../../src/net/ip.ts';
import { type Prefix, parseCidr } from '../../src/net/prefix.ts';

/** Short ways to write state down in tests. */
export const ip = (text: string): Ip => {
  const value = parseIp(text);
  if (value === undefined) throw new Error(`no address: ${text}`);
  return value;
};
export const net = (text: string): Prefix => {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`no range: ${text}`);
  return { addr: cidr.ip, len: cidr.len };
};
export const rule = (matches: readonly Match[], action: Target, rest: Partial<NfRule> = {}): NfRule => ({ matches, action, ...rest });
export const table = (tool: Table['tool'], family: Table['family'], name: string, chains: readonly Chain[]): Table => ({ tool, family, name, chains });

const masq = (not: boolean | undefined, s: string, notD: boolean, d: string, action: Target): NfRule =>
  rule(
    [
      { match: 'saddr', prefix: net(s), ...(not && { not }) },
      { match: 'daddr', prefix: net(d), ...(notD && { not: true }) },
    ],
    action,
    { comment: 'flanneld masq' },
  );

/** Node 1 of the classic set-up: flanneld's udp backend and docker0. */
export const udpNode = (): NetnsDraft => {
  const node = createNetns('node-1', 'node');
  node.addLink({ kind: 'physical', ifname: 'eth0', mtu: 1500, up: true, address: '52:54:00:00:01:11', segment: 'lan' });
  node.addLink({ kind: 'tun', ifname: 'flannel0', mtu: 1472, up: true });
  node.addLink({ kind: 'bridge', ifname: 'docker0', mtu: 1472, up: true, address: '02:42:00:00:00:01' });
  for (const n of [2, 3])
    node.addLink({
      kind: 'veth',
      ifname: `veth000${n}`,
      mtu: 1472,
      up: true,
      address: `3a:00:0a:01:0f:0${n}`,
      master: 'docker0',
      peer: { netns: 'default/pod-a', ifname: 'eth0', ifindex: n },
      hairpin: n === 2,
    });
  node.addAddress('eth0', ip('192.168.1.11'), 24);
  node.addAddress('flannel0', ip('10.1.15.0'), 32);
  node.addAddress('docker0', ip('10.1.15.1'), 24);
  node.addRoute({ dst: net('0.0.0.0/0'), nexthops: [{ gateway: ip('192.168.1.1'), dev: 'eth0' }] });
  node.addRoute({ dst: net('10.1.0.0/16'), nexthops: [{ dev: 'flannel0' }], scope: 'global' });
  node.fdb.push(
    { mac: '02:42:00:00:00:01', ifname: 'docker0', master: 'docker0', state: 'permanent' },
    { mac: '3a:00:0a:01:0f:02', ifname: 'veth0002', master: 'docker0', state: 'permanent' },
    { mac: '3a:00:0a:01:0f:03', ifname: 'veth0003', master: 'docker0', state: 'permanent' },
    { mac: '02:42:0a:01:0f:03', ifname: 'veth0003', master: 'docker0', state: 'learned' },
    { mac: '02:42:0a:01:0f:02', ifname: 'veth0002', master: 'docker0', state: 'static' },
  );
  node.neighbours.push({ dst: ip('192.168.1.12'), dev: 'eth0', lladdr: '52:54:00:00:01:12', state: 'reachable' });
  node.sysctls = { 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.default.rp_filter': 2 };
  node.tables.push(
    table('iptables', 'ip', 'filter', [
      {
        name: 'FORWARD',
        base: { type: 'filter', hook: 'forward', priority: 0, policy: 'DROP' },
        rules: [rule([], { target: 'jump', chain: 'FLANNEL-FWD' }, { comment: 'flanneld forward' })],
      },
      { name: 'FLANNEL-FWD', rules: [rule([{ match: 'saddr', prefix: net('10.1.0.0/16') }], { target: 'ACCEPT' }, { comment: 'flanneld forward' })] },
    ]),
    table('iptables', 'ip', 'nat', [
      {
        name: 'POSTROUTING',
        base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'ACCEPT' },
        rules: [rule([], { target: 'jump', chain: 'FLANNEL-POSTRTG' }, { comment: 'flanneld masq' })],
      },
      {
        name: 'FLANNEL-POSTRTG',
        rules: [
          rule([{ match: 'mark', value: 0x4000, mask: 0x4000 }], { target: 'RETURN' }, { comment: 'flanneld masq', commentAt: 1 }),
          masq(false, '10.1.15.0/24', false, '10.1.0.0/16', { target: 'RETURN' }),
          masq(true, '10.1.0.0/16', false, '10.1.15.0/24', { target: 'RETURN' }),
          masq(false, '10.1.0.0/16', true, '224.0.0.0/4', { target: 'MASQUERADE', fullyRandom: true }),
        ],
      },
    ]),
  );
  return node;
};

/** Everything else that a namespace may hold: vxlan, policy rules, ECMP, IPv6, blackholes. */
export const busyNode = (): NetnsDraft => {
  const node = createNetns('node-2', 'node');
  node.addLink({ kind: 'physical', ifname: 'eth0', mtu: 1500, up: true, address: '52:54:00:00:01:12', segment: 'lan' });
  node.addLink({
    kind: 'vxlan',
    ifname: 'flannel.1',
    mtu: 1450,
    up: true,
    address: '5e:89:db:49:c6:01',
    id: 1,
    local: ip('192.168.1.12'),
    dev: 'eth0',
    port: 8472,
    learning: false,
  });
  node.addLink({ kind: 'bridge', ifname: 'cbr0', mtu: 1500, up: true, address: '0a:58:0a:f4:00:01', promisc: true });
  node.addAddress('eth0', ip('192.168.1.12'), 24);
  node.addAddress('eth0', ip('192.168.1.13'), 24, { noprefixroute: true });
  node.addAddress('flannel.1', ip('10.244.0.0'), 32);
  node.addAddress('eth0', ip('fd00::1'), 64);
  node.addAddress('lo', ip('10.9.9.9'), 32);
  const via = (text: string, dev = 'eth0', rest = {}) => ({ gateway: ip(text), dev, ...rest });
  node.addRoute({ dst: net('10.244.1.0/24'), nexthops: [via('10.244.1.0', 'flannel.1', { onlink: true })] });
  node.addRoute({ dst: net('10.0.0.0/8'), nexthops: [via('192.168.1.1')], protocol: 'static' });
  node.addRoute({ dst: net('10.0.0.0/16'), nexthops: [via('192.168.1.1')], metric: 5, mtu: 1400 });
  node.addRoute({ dst: net('10.0.0.0/16'), nexthops: [via('192.168.1.2')], metric: 3, protocol: 'bird' });
  node.addRoute({
    dst: net('10.5.0.0/16'),
    nexthops: [via('192.168.1.7', 'eth0', { weight: 2 }), via('192.168.1.8', 'eth0', { onlink: true })],
    prefsrc: ip('192.168.1.12'),
  });
  node.addRoute({ dst: net('10.9.0.0/16'), nexthops: [], type: 'blackhole', protocol: 'bird' });
  node.addRoute({ dst: net('10.10.0.0/16'), nexthops: [], type: 'unreachable' });
  node.addRoute({ dst: net('10.11.0.0/16'), nexthops: [], type: 'prohibit' });
  node.addRoute({ dst: net('10.12.0.0/16'), nexthops: [], type: 'throw' });
  node.addRoute({ dst: net('0.0.0.0/0'), nexthops: [via('192.168.1.1')], table: 100 });
  node.addRoute({ dst: net('169.254.1.1/32'), nexthops: [{ dev: 'eth0' }], table: 100 });
  node.addRoute({ dst: net('::/0'), nexthops: [via('fd00::2')] });
  node.addRoute({ dst: net('fd01::/48'), nexthops: [via('fd00::2')] });
  node.addRoute({ dst: net('fd01::/64'), nexthops: [via('fd00::2')], metric: 7, prefsrc: ip('fd00::1') });
  node.addRoute({ dst: net('fd02::/64'), nexthops: [], type: 'blackhole' });
  node.addRoute({ dst: net('fd03::/64'), nexthops: [], type: 'unreachable', protocol: 'bird' });
  node.addRoute({ dst: net('fd05::/64'), nexthops: [via('fd00::7', 'eth0', { weight: 2 }), via('fd00::8')] });
  node.addRoute({ dst: net('fd06::/64'), nexthops: [via('fd06::', 'eth0', { onlink: true })], mtu: 1400 });
  node.addRoute({ dst: net('fd07::1/128'), nexthops: [{ dev: 'eth0' }] });
  node.rules.push(
    { priority: 100, family: 4, fwmark: 0x200, fwmask: 0xe00, action: { lookup: 100 } },
    { priority: 101, family: 4, fwmark: 1, iif: 'eth0', action: { lookup: 100 } },
    { priority: 102, family: 4, not: true, src: net('10.0.0.0/8'), action: { lookup: 100 } },
    { priority: 103, family: 4, dst: net('10.0.0.1/32'), oif: 'eth0', action: 'blackhole' },
    { priority: 104, family: 4, ipproto: 'tcp', dport: [80, 90], action: 'unreachable' },
    { priority: 105, family: 4, ipproto: 'udp', dport: [53, 53], action: 'prohibit' },
    { priority: 106, family: 4, src: net('10.0.0.7/32'), action: { lookup: 253 } },
    { priority: 100, family: 6, src: net('fd00::/8'), action: { lookup: 100 } },
  );
  node.neighbours.push(
    { dst: ip('10.244.1.0'), dev: 'flannel.1', lladdr: '5e:89:db:49:c6:02', state: 'permanent' },
    { dst: ip('fd00::2'), dev: 'eth0', lladdr: '52:54:00:00:01:01', state: 'permanent' },
    { dst: ip('192.168.1.77'), dev: 'eth0', state: 'permanent', proxy: true },
  );
  node.fdb.push(
    { mac: '5e:89:db:49:c6:02', ifname: 'flannel.1', dst: ip('192.168.1.11'), state: 'permanent' },
    { mac: '0a:58:0a:f4:00:01', ifname: 'cbr0', master: 'cbr0', state: 'permanent' },
  );
  node.xfrm.push({
    dir: 'out',
    src: net('10.244.0.0/24'),
    dst: net('10.244.1.0/24'),
    tmpl: { src: ip('192.168.1.12'), dst: ip('192.168.1.11'), reqid: 11 },
    overhead: 52,
  });
  return node;
};
