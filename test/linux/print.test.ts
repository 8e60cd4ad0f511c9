import { expect, test } from 'vitest';
import type { Link } from '../../src/linux/link.ts';
import { lineOfRule, printAddress, printFdb, printLinkBrief, printNeigh, printRoute, printRule, printXfrm } from '../../src/linux/print/index.ts';
import { printLink } from '../../src/linux/print/link.ts';
import { printWireguard } from '../../src/linux/print/wireguard.ts';
import { iptablesChains, nftChains } from './rules.ts';
import { busyNode, ip, net, rule, table, udpNode } from './state.ts';

const [udp, busy] = [udpNode(), busyNode()];

test.for([
  ['default via 192.168.1.1 dev eth0', udp],
  ['10.1.0.0/16 dev flannel0', udp],
  ['10.1.15.0/24 dev docker0 proto kernel scope link src 10.1.15.1', udp],
  ['local 10.1.15.0 dev flannel0 proto kernel scope host src 10.1.15.0', udp],
  ['10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink', busy],
  ['10.5.0.0/16 src 192.168.1.12 nexthop via 192.168.1.7 dev eth0 weight 2 nexthop via 192.168.1.8 dev eth0 weight 1 onlink', busy],
  ['blackhole 10.9.0.0/16 proto bird', busy],
  ['blackhole fd02::/64 dev lo metric 1024 pref medium', busy],
  ['local ::1 dev lo proto kernel metric 0 pref medium', busy],
] as const)('ip route: %s', ([line, node]) => expect(node.routes.map(printRoute)).toContain(line));

test.for([
  '0:\tfrom all lookup local',
  '100:\tfrom all fwmark 0x200/0xe00 lookup 100',
  '102:\tnot from 10.0.0.0/8 lookup 100',
  '106:\tfrom 10.0.0.7 lookup default',
])('ip rule: %s', (line) => expect(busy.rules.map(printRule)).toContain(line));

test.for([
  'inet 192.168.1.12/24 brd 192.168.1.255 scope global eth0',
  'inet 10.244.0.0/32 scope global flannel.1',
  'inet6 fd00::1/64 scope global',
  'inet6 ::1/128 scope host',
])('ip addr: %s', (line) => expect(busy.addresses.map((address) => printAddress(address))).toContain(line));

test.for(['10.244.1.0 dev flannel.1 lladdr 5e:89:db:49:c6:02 PERMANENT', '192.168.1.77 dev eth0 proxy'])('ip neigh: %s', (line) =>
  expect(busy.neighbours.map(printNeigh)).toContain(line),
);
test.for(['5e:89:db:49:c6:02 dev flannel.1 dst 192.168.1.11 self permanent', '0a:58:0a:f4:00:01 dev cbr0 master cbr0 permanent'])('bridge fdb: %s', (line) =>
  expect(busy.fdb.map(printFdb)).toContain(line),
);

test('ip link', () => {
  expect(udp.links.map((link) => printLinkBrief(link))).toEqual([
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
    '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP group default qlen 1000',
    '3: flannel0: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1472 qdisc pfifo_fast state UNKNOWN group default qlen 500',
    '4: docker0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1472 qdisc noqueue state UP group default qlen 1000',
    '5: veth0002@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1472 qdisc noqueue master docker0 state UP group default qlen 1000',
    '6: veth0003@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1472 qdisc noqueue master docker0 state UP group default qlen 1000',
  ]);
  expect(printLinkBrief({ kind: 'bridge', ifname: 'br0', ifindex: 9, mtu: 1500, up: false })).toBe(
    '9: br0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default qlen 1000',
  );
});

test('a device that this kernel may lack', () => {
  const ipip: Link = { kind: 'ipip', ifname: 'tunl0', ifindex: 4, mtu: 1480, up: true, local: ip('192.168.1.11'), ttl: 0, pmtudisc: false };
  expect(printLink(ipip)).toEqual([
    '4: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000',
    '    link/ipip 192.168.1.11 brd 0.0.0.0',
    '    ipip any remote any local 192.168.1.11 ttl inherit nopmtudisc',
  ]);
  const peers = [{ publicKey: 'aGVsbG8=', endpoint: { ip: ip('192.168.1.12'), port: 51820 }, allowedIps: [net('10.244.1.0/24'), net('fd00:1::/64')] }];
  const wireguard: Link = { kind: 'wireguard', ifname: 'flannel-wg', ifindex: 5, mtu: 1420, up: true, listenPort: 51820, peers };
  expect(printLink(wireguard)[0]).toBe(
    '5: flannel-wg: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000',
  );
  expect(printWireguard(wireguard)).toEqual([
    '[Interface]',
    'ListenPort = 51820',
    '',
    '[Peer]',
    'PublicKey = aGVsbG8=',
    'AllowedIPs = 10.244.1.0/24, fd00:1::/64',
    'Endpoint = 192.168.1.12:51820',
  ]);
});

test('ip xfrm policy', () =>
  expect(busy.xfrm.map(printXfrm)).toEqual([
    'src 10.244.0.0/24 dst 10.244.1.0/24 dir out priority 0 ptype main tmpl src 192.168.1.12 dst 192.168.1.11 proto esp reqid 11 mode tunnel',
  ]));

test('iptables-save, nft and ebtables say the same rule each in its own words', () => {
  const chain = { name: 'POSTROUTING', rules: [] };
  const masq = rule(
    [
      { match: 'saddr', prefix: net('10.1.0.0/16') },
      { match: 'daddr', prefix: net('224.0.0.0/4'), not: true },
    ],
    { target: 'MASQUERADE', fullyRandom: true },
    { comment: 'flanneld masq' },
  );
  expect(lineOfRule(table('iptables', 'ip', 'nat', []), chain, masq)).toBe(
    '-A POSTROUTING -s 10.1.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
  );
  expect(lineOfRule(table('nft', 'ip', 'flannel-ipv4', []), chain, masq)).toBe(
    'ip saddr 10.1.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random comment "flanneld masq"',
  );
  const dedup = rule(
    [
      { match: 'ether-saddr', mac: '0a:58:0a:f4:02:01' },
      { match: 'oifname', ifname: 'veth+' },
      { match: 'saddr', prefix: net('10.244.2.0/24') },
    ],
    { target: 'DROP' },
  );
  expect(lineOfRule(table('ebtables', 'bridge', 'filter', []), { name: 'KUBE-DEDUP', rules: [] }, dedup)).toBe(
    '-A KUBE-DEDUP -p IPv4 -s 0a:58:0a:f4:02:01 -o veth+ --ip-src 10.244.2.0/24 -j DROP',
  );
});

// The same lines are held against the real tools elsewhere, as root; here they stand for everyone.
test('every match and target has words', () => {
  const all = Object.entries(iptablesChains).flatMap(([name, chains]) =>
    chains.flatMap((chain) => chain.rules.map((one) => lineOfRule(table('iptables', 'ip', name, []), chain, one))),
  );
  expect(all).toMatchSnapshot('iptables');
  const nft = nftChains.flatMap((chain) => chain.rules.map((one) => lineOfRule(table('nft', 'ip', 'every', []), chain, one)));
  expect(nft).toMatchSnapshot('nft');
});
