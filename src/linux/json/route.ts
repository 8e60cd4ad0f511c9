import { formatIp } from '../../net/ip.ts';
import { familyOfPrefix } from '../../net/prefix.ts';
import type { HopDoc, RouteDoc, RuleDoc } from '../document.ts';
import { FULL_MASK, hex, protocolName, routePrefix, tableName } from '../print/words.ts';
import type { NextHop, Route, Rule } from '../route.ts';

const flags = (hop: NextHop | undefined): string[] => (hop?.onlink ? ['onlink'] : []);

const hopDoc = (hop: NextHop): HopDoc => ({
  ...(hop.gateway !== undefined && { gateway: formatIp(hop.gateway) }),
  dev: hop.dev,
  weight: hop.weight ?? 1,
  flags: flags(hop),
});

/** A route as `ip -j route` prints it. */
export const routeDoc = (route: Route): RouteDoc => {
  const v6 = familyOfPrefix(route.dst) === 6;
  const [only, ...more] = route.nexthops;
  const single = more.length === 0 ? only : undefined;
  const metric = route.metric ?? (v6 ? 1024 : 0);
  const rejects = route.nexthops.length === 0 && v6;
  return {
    ...(route.type !== 'unicast' && { type: route.type }),
    dst: routePrefix(route.dst),
    ...(single?.gateway !== undefined && { gateway: formatIp(single.gateway) }),
    ...(single ? { dev: single.dev } : rejects && { dev: 'lo' }),
    ...(route.protocol !== undefined && route.protocol !== 'boot' && { protocol: route.protocol }),
    ...(!v6 && route.scope !== 'global' && { scope: route.scope }),
    ...(route.prefsrc !== undefined && { prefsrc: formatIp(route.prefsrc) }),
    ...((v6 || metric !== 0) && { metric }),
    flags: flags(single),
    ...(route.mtu !== undefined && { metrics: [{ mtu: route.mtu }] }),
    ...(v6 && { pref: 'medium' }),
    ...(more.length > 0 && { nexthops: route.nexthops.map(hopDoc) }),
    ...(route.origin && { origin: route.origin }),
  };
};

const side = (key: 'src' | 'dst', prefix: Rule['src']): Partial<RuleDoc> => {
  if (!prefix || prefix.len === 0) return key === 'src' ? { src: 'all' } : {};
  const host = prefix.len === (familyOfPrefix(prefix) === 4 ? 32 : 128);
  return { [key]: formatIp(prefix.addr), ...(!host && { [`${key}len`]: prefix.len }) };
};

/** A policy rule as `ip -j rule` prints it. */
export const ruleDoc = (rule: Rule): RuleDoc => ({
  priority: rule.priority,
  ...(rule.not && { not: null }),
  src: 'all',
  ...side('src', rule.src),
  ...side('dst', rule.dst),
  ...(rule.fwmark !== undefined && { fwmark: hex(rule.fwmark) }),
  ...(rule.fwmask !== undefined && rule.fwmask !== FULL_MASK && { fwmask: hex(rule.fwmask) }),
  ...(rule.iif !== undefined && { iif: rule.iif }),
  ...(rule.oif !== undefined && { oif: rule.oif }),
  ...(rule.ipproto && { ipproto: protocolName(rule.ipproto) }),
  ...(rule.dport &&
    (rule.dport[0] === rule.dport[1]
      ? { dport: rule.dport[0] }
      : { dport_start: rule.dport[0], dport_end: rule.dport[1] })),
  ...(typeof rule.action === 'string' ? { action: rule.action } : { table: tableName(rule.action.lookup) }),
  ...(rule.origin && { origin: rule.origin }),
});
