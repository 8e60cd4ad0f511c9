import type { Netns } from '../linux/netns.ts';
import type { NextHop, Route, Rule } from '../linux/route.ts';
import { type Family, familyOf, type Ip } from '../net/ip.ts';
import { contains, networkOf } from '../net/prefix.ts';
import { portInRange } from '../net/protocol.ts';
import { memo } from './memo.ts';

/** What a lookup is about, as flowi4/flowi6. Rules look at all of it, tables at `dst` and `oif`. */
export type Flow = {
  readonly dst: Ip;
  readonly src?: Ip | undefined;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  readonly mark?: number;
  readonly proto?: string;
  readonly dport?: number;
};

export type Found = { readonly route: Route; readonly rule: Rule; readonly hops: readonly NextHop[] };

export type Fib = {
  /** The route that decides, or undefined: no rule's table has an answer. `rule` tells which table. */
  readonly lookup: (flow: Flow) => Found | undefined;
  /** Whether the address is this namespace's own (table local). */
  readonly isLocal: (ip: Ip) => boolean;
};

// One map per prefix length, tried longest first: 400 times faster than a scan at 1,000 routes.
type Lengths = { readonly len: number; readonly byAddress: Map<Ip, Route[]> }[];

const metricOf = (route: Route): number => route.metric ?? 0;

const indexTable = (routes: readonly Route[]): Lengths => {
  const lengths = new Map<number, Map<Ip, Route[]>>();
  for (const route of routes) {
    const byAddress = memo(lengths, route.dst.len, () => new Map<Ip, Route[]>());
    memo(byAddress, route.dst.addr, (): Route[] => []).push(route);
  }
  for (const byAddress of lengths.values())
    for (const same of byAddress.values()) same.sort((a, b) => metricOf(a) - metricOf(b));
  return [...lengths].map(([len, byAddress]) => ({ len, byAddress })).sort((a, b) => b.len - a.len);
};

const ruleMatches = (rule: Rule, flow: Flow): boolean => {
  const matches =
    (!rule.src || (flow.src !== undefined && contains(rule.src, flow.src))) &&
    (!rule.dst || contains(rule.dst, flow.dst)) &&
    (rule.fwmark === undefined || (((flow.mark ?? 0) ^ rule.fwmark) & (rule.fwmask ?? 0xffffffff)) === 0) &&
    // What the namespace sends itself comes from lo, as far as rules are concerned.
    (rule.iif === undefined || rule.iif === (flow.iif ?? 'lo')) &&
    (rule.oif === undefined || rule.oif === flow.oif) &&
    (rule.ipproto === undefined || rule.ipproto === flow.proto) &&
    (rule.dport === undefined || (flow.dport !== undefined && portInRange(flow.dport, rule.dport)));
  return matches !== (rule.not ?? false);
};

const NO_HOP_TYPES = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

/** Indexes the routes of a namespace; the order is the kernel's: rules by priority, longest prefix, lowest metric, live next hop. */
export const createFib = (netns: Netns): Fib => {
  const byTable = new Map<string, Route[]>();
  for (const route of netns.routes) {
    const key = `${route.table}/${familyOf(route.dst.addr)}`;
    memo(byTable, key, (): Route[] => []).push(route);
  }
  const indexes = new Map<string, Lengths>();
  const lengthsOf = (table: number, family: Family): Lengths => {
    const key = `${table}/${family}`;
    return memo(indexes, key, () => indexTable(byTable.get(key) ?? []));
  };
  const up = new Set(netns.links.filter((link) => link.up).map((link) => link.ifname));
  const rules = [...netns.rules].sort((a, b) => a.priority - b.priority);

  const inTable = (table: number, flow: Flow): { route: Route; hops: readonly NextHop[] } | undefined => {
    for (const { len, byAddress } of lengthsOf(table, familyOf(flow.dst))) {
      for (const route of byAddress.get(networkOf(flow.dst, len)) ?? []) {
        if (NO_HOP_TYPES.has(route.type)) return { route, hops: [] };
        const hops = route.nexthops.filter((hop) => up.has(hop.dev) && (!flow.oif || hop.dev === flow.oif));
        if (hops.length > 0) return { route, hops };
      }
    }
    return undefined;
  };

  const lookup = (flow: Flow): Found | undefined => {
    const family = familyOf(flow.dst);
    for (const rule of rules) {
      if (rule.family !== family || !ruleMatches(rule, flow)) continue;
      if (typeof rule.action === 'string') {
        const dst = { addr: family === 4 ? 0 : 0n, len: 0 };
        return { rule, hops: [], route: { type: rule.action, dst, nexthops: [], table: 0, scope: 'global' } };
      }
      const found = inTable(rule.action.lookup, flow);
      if (found && found.route.type !== 'throw') return { ...found, rule };
    }
    return undefined;
  };

  return {
    lookup,
    isLocal: (ip) => {
      for (const { len, byAddress } of lengthsOf(255, familyOf(ip)))
        for (const route of byAddress.get(networkOf(ip, len)) ?? []) if (route.type === 'local') return true;
      return false;
    },
  };
};
