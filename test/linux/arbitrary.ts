import fc from 'fast-check';
import { iptablesBase } from '../../src/linux/iptables-base.ts';
import type { Chain, CtState, Match, NfRule, Table, Target } from '../../src/linux/netfilter.ts';
import { builtinChains, TABLE_ORDER } from '../../src/linux/print/iptables-save.ts';
import type { NextHop, Route } from '../../src/linux/route.ts';
import { type Family, type Ip, widthOf } from '../../src/net/ip.ts';
import { type Prefix, prefixOf } from '../../src/net/prefix.ts';
import type { PortRange } from '../../src/net/protocol.ts';

/** State as the printers write it one way only, so that reading it back gives the same. */
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const ip = (family: Family): fc.Arbitrary<Ip> => (family === 4 ? u32 : fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }));
const prefix = (family: Family): fc.Arbitrary<Prefix> =>
  fc.tuple(ip(family), fc.integer({ min: 1, max: widthOf(family) })).map(([addr, len]) => prefixOf(addr, len));
const name = fc.stringMatching(/^[a-z][a-z0-9.]{0,9}$/);
const some = <T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | Record<never, never>> => fc.oneof(fc.constant({}), arbitrary);
const port = fc.integer({ min: 1, max: 65535 });
const ports: fc.Arbitrary<PortRange[]> = fc.array(
  fc.tuple(port, port).map(([a, b]): PortRange => (a < b ? [a, b] : [b, a])),
  { minLength: 1, maxLength: 4 },
);

const hop = (family: Family): fc.Arbitrary<NextHop> =>
  fc
    .tuple(name, some(ip(family).map((gateway) => ({ gateway }))), some(fc.constant({ onlink: true })))
    .map(([dev, gateway, onlink]) => ({ ...gateway, dev, ...onlink }));

export const route = (family: Family): fc.Arbitrary<Route> =>
  fc
    .record({
      shape: fc.oneof(
        hop(family).map((one) => ({ type: 'unicast' as const, nexthops: [one] })),
        fc.array(fc.tuple(hop(family), fc.integer({ min: 1, max: 256 })), { minLength: 2, maxLength: 3 }).map((hops) => ({
          type: 'unicast' as const,
          nexthops: hops.map(([one, weight]) => ({ ...one, weight })),
        })),
        fc.constantFrom('blackhole' as const, 'unreachable' as const, 'prohibit' as const, 'throw' as const).map((type) => ({ type, nexthops: [] })),
        hop(family).map((one) => ({ type: 'local' as const, nexthops: [one] })),
      ),
      dst: fc.oneof(prefix(family), fc.constant(prefixOf(family === 4 ? 0 : 0n, 0))),
      scope: family === 4 ? fc.constantFrom('global' as const, 'link' as const, 'host' as const) : fc.constant('global' as const),
      protocol: some(fc.constantFrom('kernel', 'static', 'bird', '80').map((protocol) => ({ protocol }))),
      prefsrc: some(ip(family).map((prefsrc) => ({ prefsrc }))),
      metric: family === 4 ? some(fc.integer({ min: 1, max: 9999 }).map((metric) => ({ metric }))) : u32.map((metric) => ({ metric })),
      mtu: some(fc.integer({ min: 576, max: 9000 }).map((mtu) => ({ mtu }))),
    })
    .map(({ shape, dst, scope, protocol, prefsrc, metric, mtu }) => ({ ...shape, dst, table: 254, scope, ...protocol, ...prefsrc, ...metric, ...mtu }));

const not = some(fc.constant({ not: true }));
const mark = fc.tuple(u32, u32).map(([value, mask]) => ({ value, mask }));

const basics = (family: Family): fc.Arbitrary<Match[]> =>
  fc
    .tuple(
      fc.option(fc.tuple(prefix(family), not).map(([one, no]): Match => ({ match: 'saddr', prefix: one, ...no }))),
      fc.option(fc.tuple(prefix(family), not).map(([one, no]): Match => ({ match: 'daddr', prefix: one, ...no }))),
      fc.option(fc.tuple(name, not).map(([ifname, no]): Match => ({ match: 'iifname', ifname, ...no }))),
      fc.option(fc.tuple(name, not).map(([ifname, no]): Match => ({ match: 'oifname', ifname, ...no }))),
    )
    .map((all) => all.filter((one) => one !== null));

const l4: fc.Arbitrary<Match[]> = fc.oneof(
  fc.constant<Match[]>([]),
  fc
    .tuple(fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const), fc.option(fc.tuple(ports, not)), fc.option(fc.tuple(ports, not)))
    .map(([protocol, source, destination]): Match[] => [
      { match: 'l4proto', protocol },
      ...(source ? [{ match: 'sport' as const, ports: source[0], ...source[1] }] : []),
      ...(destination ? [{ match: 'dport' as const, ports: destination[0], ...destination[1] }] : []),
    ]),
  fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const).map((protocol): Match[] => [
    { match: 'l4proto', protocol },
    { match: 'dport', ports: [[0, 65535]] },
  ]),
  fc
    .tuple(fc.constantFrom('icmp' as const, 'icmpv6' as const), fc.nat(255), some(fc.nat(15).map((code) => ({ code }))), not)
    .map(([protocol, type, code, no]): Match[] => [
      { match: 'l4proto', protocol },
      { match: 'icmp', type, ...code, ...no },
    ]),
  fc
    .constantFrom('ipip' as const, 'esp' as const, 'ipv6' as const, 'vrrp' as const, 'gre' as const)
    .map((protocol): Match[] => [{ match: 'l4proto', protocol, not: true }]),
);

// In the order that iptables-save prints them.
const STATES: readonly CtState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];
const extension: fc.Arbitrary<Match> = fc.oneof(
  fc.tuple(fc.constantFrom('mark' as const, 'ctmark' as const), mark, not).map(([match, value, no]): Match => ({ match, ...value, ...no })),
  fc.tuple(fc.subarray([...STATES], { minLength: 1 }), not).map(([states, no]): Match => ({ match: 'ctstate', states, ...no })),
  fc
    .tuple(
      fc.constantFrom('src' as const, 'dst' as const),
      fc.constantFrom('LOCAL' as const, 'UNICAST' as const),
      some(fc.constantFrom('in' as const, 'out' as const).map((limitIface) => ({ limitIface }))),
      not,
    )
    .map(([side, type, limit, no]): Match => ({ match: 'addrtype', side, type, ...limit, ...no })),
  fc
    .tuple(name, fc.array(fc.constantFrom('src' as const, 'dst' as const), { minLength: 1, maxLength: 3 }), not)
    .map(([set, dirs, no]): Match => ({ match: 'set', set, dirs, ...no })),
  fc.integer({ min: 1, max: 2 ** 31 }).map((n): Match => ({ match: 'statistic', probability: n / 2 ** 31 })),
  fc
    .tuple(some(fc.constant({ loose: true })), some(fc.constant({ validmark: true })), some(fc.constant({ acceptLocal: true })), not)
    .map(([loose, validmark, acceptLocal, no]): Match => ({ match: 'rpfilter', ...loose, ...validmark, ...acceptLocal, ...no })),
  fc.tuple(fc.constantFrom('in' as const, 'out' as const), name, not).map(([dir, ifname, no]): Match => ({ match: 'physdev', dir, ifname, ...no })),
  fc.tuple(fc.constantFrom('is-in' as const, 'is-bridged' as const), not).map(([dir, no]): Match => ({ match: 'physdev', dir, ...no })),
  fc.tuple(fc.constantFrom('in' as const, 'out' as const), name).map(([dir, ifname]): Match => ({ match: 'physdev', dir, ifname, bridged: true })),
  fc
    .tuple(fc.constantFrom('NEW' as const, 'ESTABLISHED' as const), not)
    .map(([state, no]): Match => ({ match: 'ctstate', states: [state], module: 'state', ...no })),
  fc.constantFrom('none' as const, 'ipsec' as const).map((pol): Match => ({ match: 'policy', dir: 'out', pol })),
  name.map((one): Match => ({ match: 'nfacct', name: one })),
  not.map((no): Match => ({ match: 'ether-saddr', mac: '0a:58:0a:f4:00:01', ...no })),
);

// xt_recent keeps a mask for each family; xt_ipvs is asked for all three parts of a virtual server.
const ofService = (family: Family): fc.Arbitrary<Match> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom('rcheck' as const, 'set' as const), name, some(port.map((seconds) => ({ seconds }))), some(fc.constant({ reap: true })), not)
      .map(([op, one, seconds, reap, no]): Match => ({ match: 'recent', op, name: one, ...seconds, ...reap, ...(family === 6 && { v6: true }), ...no })),
    fc
      .tuple(ip(family), fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const), port)
      .map(([vaddr, protocol, vport]): Match => ({ match: 'ipvs', vaddr, protocol, vport })),
  );

const action = (family: Family, chains: readonly string[]): fc.Arbitrary<Target> => {
  const to = fc.oneof(
    ip(family).map((one) => ({ ip: one })),
    fc.tuple(ip(family), port).map(([one, p]) => ({ ip: one, port: p })),
    port.map((p) => ({ port: p })),
  );
  return fc.oneof(
    fc.constantFrom('ACCEPT' as const, 'DROP' as const, 'RETURN' as const, 'none' as const, 'NOTRACK' as const).map((target) => ({ target })),
    fc
      .constantFrom('icmp-port-unreachable' as const, 'icmp-admin-prohibited' as const, 'tcp-reset' as const)
      .map((how): Target => ({ target: 'REJECT', with: how })),
    fc.tuple(fc.constantFrom('jump' as const, 'goto' as const), fc.constantFrom(...chains)).map(([target, chain]) => ({ target, chain })),
    mark.map((value): Target => ({ target: 'MARK', ...value })),
    mark.map((value): Target => ({ target: 'CONNMARK', op: 'set', ...value })),
    fc.tuple(fc.constantFrom('save' as const, 'restore' as const), u32).map(([op, mask]): Target => ({ target: 'CONNMARK', op, value: 0, mask })),
    fc.tuple(fc.constantFrom('DNAT' as const, 'SNAT' as const), to).map(([target, where]): Target => ({ target, to: where })),
    some(fc.constant({ fullyRandom: true })).map((random): Target => ({ target: 'MASQUERADE', ...random })),
    port.map((p): Target => ({ target: 'REDIRECT', port: p })),
    port.map((group): Target => ({ target: 'NFLOG', group })),
  );
};

const rule = (family: Family, chains: readonly string[]): fc.Arbitrary<NfRule> =>
  fc
    .tuple(
      basics(family),
      l4,
      fc.array(fc.oneof({ arbitrary: extension, weight: 5 }, ofService(family)), { maxLength: 2 }),
      action(family, chains),
      some(
        fc
          .string()
          .filter((text) => !/[\n\r]/.test(text))
          .map((comment) => ({ comment })),
      ),
    )
    .map(([first, second, third, act, comment]) => ({ matches: [...first, ...second, ...third], action: act, ...comment }));

/** A table as iptables has it: all built-in chains in their order, then chains of the user by name. */
export const iptablesTable = (family: Family): fc.Arbitrary<Table> => {
  const users = ['ALPHA', 'KUBE-SVC-TCOU7JCQXEZGVUNU', 'cali-FORWARD'];
  const rules = fc.array(rule(family, users), { maxLength: 3 });
  return fc
    .tuple(fc.constantFrom(...TABLE_ORDER), fc.constantFrom('ACCEPT' as const, 'DROP' as const), fc.array(rules, { minLength: 8, maxLength: 8 }))
    .map(([table, policy, bodies]): Table => {
      const names = [...builtinChains(table), ...users];
      const chains = names.map((one, i): Chain => {
        const base = iptablesBase(table, one, policy);
        return { name: one, ...(base && { base }), rules: bodies[i] ?? [] };
      });
      return { tool: 'iptables', family: family === 4 ? 'ip' : 'ip6', name: table, chains };
    });
};
