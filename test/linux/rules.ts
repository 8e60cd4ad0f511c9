import type { Chain, Match, NfRule, Target } from '../../src/linux/netfilter.ts';
import { ip, net, rule } from './state.ts';

/** Rules of every kind of match and target, for the round trip through the real tools. */
const accept = { target: 'ACCEPT' } as const;
const one = (...matches: Match[]): NfRule => rule(matches, { target: 'RETURN' });
const act = (action: Target, ...matches: Match[]): NfRule => rule(matches, action);
const tcp: Match = { match: 'l4proto', protocol: 'tcp' };
const user = (name: string, rules: NfRule[]): Chain => ({ name, rules });

const common: NfRule[] = [
  one({ match: 'saddr', prefix: net('10.0.0.1/32') }, { match: 'daddr', prefix: net('10.0.0.0/8'), not: true }),
  one({ match: 'iifname', ifname: 'cali+' }, { match: 'oifname', ifname: 'lo', not: true }),
  one({ match: 'oifname', ifname: 'eth0' }),
  ...(['udp', 'sctp', 'icmp', 'esp', 'gre', 'vrrp', 'ipip', 'ipv6'] as const).map((protocol) => one({ match: 'l4proto', protocol })),
  one({ match: 'l4proto', protocol: 'udp', not: true }),
  one(tcp, { match: 'sport', ports: [[1000, 2000]] }, { match: 'dport', ports: [[80, 80]] }),
  one(tcp, { match: 'dport', ports: [[80, 80]], not: true }),
  one(tcp, { match: 'dport', ports: [[80, 80], [443, 443], [1000, 2000]] }), // biome-ignore format: one row
  one(tcp, { match: 'sport', ports: [[80, 80], [443, 443]], not: true }), // biome-ignore format: one row
  one({ match: 'l4proto', protocol: 'icmp' }, { match: 'icmp', type: 8 }),
  one({ match: 'l4proto', protocol: 'icmp' }, { match: 'icmp', type: 3, code: 4 }),
  one({ match: 'mark', value: 0x4000, mask: 0x4000 }),
  one({ match: 'mark', value: 0x4000, mask: 0x4000, not: true }),
  one({ match: 'mark', value: 1, mask: 0xffffffff }),
  one({ match: 'mark', value: 1, mask: 0xffffffff, not: true }),
  one({ match: 'ctmark', value: 0x80000000, mask: 0xff000000 }),
  one({ match: 'ctstate', states: ['ESTABLISHED', 'RELATED'] }),
  one({ match: 'ctstate', states: ['INVALID'] }),
  one({ match: 'ctstate', states: ['INVALID'], not: true }),
  one({ match: 'ctstate', states: ['NEW', 'UNTRACKED'] }),
  one({ match: 'ctstate', states: ['DNAT'] }),
  one({ match: 'addrtype', side: 'dst', type: 'LOCAL' }),
  one({ match: 'addrtype', side: 'src', type: 'UNICAST', not: true }),
  one({ match: 'addrtype', side: 'dst', type: 'LOCAL', limitIface: 'in', not: true }),
  one({ match: 'set', set: 'nets', dirs: ['src'] }),
  one({ match: 'set', set: 'nets', dirs: ['dst'], not: true }),
  one({ match: 'set', set: 'ports', dirs: ['dst', 'dst'] }),
  one({ match: 'statistic', probability: 0.5 }),
  one({ match: 'statistic', probability: 1 / 3 }),
  one({ match: 'statistic', probability: 0.3 }),
  act({ target: 'DROP' }, tcp),
  act({ target: 'none' }, { match: 'mark', value: 1, mask: 1 }),
  act({ target: 'none' }),
  act({ target: 'jump', chain: 'OTHER' }),
  act({ target: 'goto', chain: 'OTHER' }),
  act({ target: 'REJECT', with: 'icmp-port-unreachable' }),
  act({ target: 'REJECT', with: 'icmp-host-prohibited' }),
  act({ target: 'REJECT', with: 'icmp-admin-prohibited' }),
  act({ target: 'REJECT', with: 'tcp-reset' }, tcp),
  rule([], accept, { comment: 'cali:aBc_-9' }),
  rule([], accept, { comment: 'plain' }),
  rule(
    [
      { match: 'saddr', prefix: net('10.0.0.0/8') },
      { match: 'mark', value: 1, mask: 1 },
    ],
    accept,
    { comment: 'after the mark', commentAt: 1 },
  ),
];

const marks: NfRule[] = [
  act({ target: 'MARK', value: 0x4000, mask: 0x4000 }),
  act({ target: 'MARK', value: 0x4000, mask: 0 }),
  act({ target: 'MARK', value: 1, mask: 0xffffffff }),
  act({ target: 'MARK', value: 0, mask: 0xf0000 }),
  act({ target: 'MARK', value: 0x3, mask: 0xf }),
  act({ target: 'CONNMARK', op: 'save', value: 0, mask: 0xffffffff }),
  act({ target: 'CONNMARK', op: 'save', value: 0, mask: 0xf }),
  act({ target: 'CONNMARK', op: 'restore', value: 0, mask: 0xf }),
  act({ target: 'CONNMARK', op: 'set', value: 1, mask: 0xf }),
];

const dnat: NfRule[] = [
  act({ target: 'DNAT', to: { ip: ip('10.0.0.1') } }),
  act({ target: 'DNAT', to: { ip: ip('10.0.0.1'), port: 80 } }, tcp),
  act({ target: 'DNAT', to: { port: 80 } }, tcp),
  act({ target: 'REDIRECT', port: 8080 }, tcp, { match: 'dport', ports: [[80, 80]] }),
];
const snat: NfRule[] = [
  act({ target: 'SNAT', to: { ip: ip('10.0.0.1') } }),
  act({ target: 'SNAT', to: { ip: ip('10.0.0.1'), port: 80 } }, tcp),
  act({ target: 'MASQUERADE' }),
  act({ target: 'MASQUERADE', fullyRandom: true }),
];

const iptablesOnly: NfRule[] = [
  one({ match: 'physdev', dir: 'in', ifname: 'veth+' }),
  one({ match: 'physdev', dir: 'is-bridged', not: true }),
  one({ match: 'physdev', dir: 'is-in', not: true }),
  one({ match: 'physdev', dir: 'out', ifname: 'vethwe-bridge', bridged: true }),
  one({ match: 'ctstate', states: ['NEW', 'RELATED'], module: 'state' }),
  one({ match: 'ctstate', states: ['NEW'], module: 'state', not: true }),
  one({ match: 'l4proto', protocol: 'esp', not: true }, { match: 'policy', dir: 'out', pol: 'none' }, { match: 'mark', value: 0x20000, mask: 0x20000 }),
  act({ target: 'NFLOG', group: 86 }),
  one({ match: 'recent', op: 'rcheck', name: 'KUBE-SEP-I77PXRDZVX7PMWMN', seconds: 10800, reap: true }),
  one({ match: 'recent', op: 'rcheck', name: 'K', not: true }),
  rule([tcp, { match: 'recent', op: 'set', name: 'K' }, { match: 'dport', ports: [[0, 65535]] }], accept, { comment: 'ns/web:http' }),
  ...(['udp', 'sctp'] as const).map((protocol) => one({ match: 'l4proto', protocol }, { match: 'dport', ports: [[0, 65535]] })),
  one({ match: 'ether-saddr', mac: '0a:58:0a:f4:00:01' }),
  one({ match: 'l4proto', protocol: 'icmp' }, { match: 'icmp', type: 0, code: 0, not: true }),
  one({ match: 'ctstate', states: ['RELATED', 'ESTABLISHED', 'DNAT'], not: true }),
  rule([], accept, { comment: `dnat name: "cbr0" id: "it's 8"` }),
  rule([tcp, { match: 'dport', ports: [[80, 80]] }], accept, { comment: 'two words' }),
];
const rpfilter: NfRule[] = [
  one({ match: 'rpfilter', loose: true, validmark: true, acceptLocal: true, not: true }),
  one({ match: 'rpfilter' }),
  act({ target: 'NOTRACK' }),
];

/** iptables may keep translations in chains of the user; a chain's name decides nothing. */
export const iptablesChains = {
  filter: [user('ALL', [...common, ...iptablesOnly]), user('OTHER', [])],
  mangle: [user('MARKS', marks)],
  nat: [user('IN', dnat), user('OUT', snat)],
  raw: [{ name: 'PREROUTING', rules: rpfilter }],
};

/** nft cannot do what only xtables extensions can. */
export const nftChains: Chain[] = [
  {
    name: 'early',
    base: { type: 'filter', hook: 'prerouting', priority: -300, policy: 'ACCEPT' },
    rules: [one({ match: 'rpfilter', not: true }), one({ match: 'rpfilter', validmark: true }), act({ target: 'NOTRACK' })],
  },
  { name: 'pre', base: { type: 'nat', hook: 'prerouting', priority: -110, policy: 'ACCEPT' }, rules: dnat },
  { name: 'out', base: { type: 'nat', hook: 'output', priority: -100, policy: 'ACCEPT' }, rules: [] },
  { name: 'post', base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'ACCEPT' }, rules: snat },
  { name: 'forward', base: { type: 'filter', hook: 'forward', priority: 5, policy: 'DROP' }, rules: [] },
  { name: 'late', base: { type: 'filter', hook: 'input', priority: 11, policy: 'ACCEPT' }, rules: marks },
  user('ALL', common),
  user('OTHER', []),
];
