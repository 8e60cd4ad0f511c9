import { familyOf, formatIp } from '../net/ip.ts';
import { familyOfPrefix } from '../net/prefix.ts';
import type { Netns } from './netns.ts';
import { ruleWords } from './print/rule.ts';
import { routePrefix, tableName, words } from './print/words.ts';
import { type NextHop, type Route, RT_TABLE, type Rule } from './route.ts';

const via = (hop: NextHop, family: 4 | 6): string => {
  // An IPv4 route may go through an IPv6 gateway; `via` then wants to be told.
  const gateway = hop.gateway;
  const inet6 = gateway !== undefined && family === 4 && familyOf(gateway) === 6 ? 'inet6 ' : '';
  return words(gateway !== undefined && `via ${inet6}${formatIp(gateway)}`, `dev ${hop.dev}`, hop.onlink && 'onlink');
};

const routeCommand = (route: Route): string => {
  const family = familyOfPrefix(route.dst);
  const [only, ...more] = route.nexthops;
  const one = only && more.length === 0;
  return words(
    `ip${family === 6 ? ' -6' : ''} route replace`,
    route.type !== 'unicast' && route.type,
    routePrefix(route.dst),
    one && via(only, family),
    route.table !== RT_TABLE.main && `table ${tableName(route.table)}`,
    route.protocol !== undefined && `proto ${route.protocol}`,
    // Without it `ip` guesses: link for a route without gateway. A daemon using netlink may have said global.
    family === 4 && `scope ${route.scope}`,
    route.prefsrc !== undefined && `src ${formatIp(route.prefsrc)}`,
    route.metric !== undefined && route.metric !== 0 && `metric ${route.metric}`,
    route.mtu !== undefined && `mtu ${route.mtu}`,
    ...(one
      ? []
      : route.nexthops.map(
          (hop) =>
            `nexthop ${via({ ...hop, onlink: false }, family)} weight ${hop.weight ?? 1}${hop.onlink ? ' onlink' : ''}`,
        )),
  );
};

// A gateway must be reachable when its route is added: routes to links first.
const rank = (route: Route): number => (route.nexthops.some((hop) => hop.gateway !== undefined && !hop.onlink) ? 1 : 0);

/** The routes that someone added; those of the kernel come with the addresses. */
export const routeCommands = ({ routes }: Pick<Netns, 'routes'>): readonly string[] =>
  routes
    .filter((route) => route.protocol !== 'kernel')
    .toSorted((a, b) => rank(a) - rank(b))
    .map(routeCommand);

const ip = (rule: Pick<Rule, 'family'>): string => (rule.family === 6 ? 'ip -6' : 'ip');

// The three rules of a new namespace; IPv6 has no table default.
const STOCK: readonly Pick<Rule, 'priority' | 'family' | 'action'>[] = [
  { priority: 0, family: 4, action: { lookup: RT_TABLE.local } },
  { priority: 32766, family: 4, action: { lookup: RT_TABLE.main } },
  { priority: 32767, family: 4, action: { lookup: RT_TABLE.default } },
  { priority: 0, family: 6, action: { lookup: RT_TABLE.local } },
  { priority: 32766, family: 6, action: { lookup: RT_TABLE.main } },
];
const sameRule = (a: Pick<Rule, 'priority' | 'family' | 'action'>, b: Rule): boolean =>
  a.family === b.family && a.priority === b.priority && ruleWords({ ...a }) === ruleWords(b);

/** Adds the rules that a new namespace has not, and takes away stock rules that the state has not. */
export const ruleCommands = ({ rules }: Pick<Netns, 'rules'>): readonly string[] => [
  ...rules
    .filter((rule) => !STOCK.some((stock) => sameRule(stock, rule)))
    .map((rule) => `${ip(rule)} rule add ${ruleWords(rule)} pref ${rule.priority}`),
  ...STOCK.filter((stock) => !rules.some((rule) => sameRule(stock, rule))).map(
    (stock) => `${ip(stock)} rule del pref ${stock.priority}`,
  ),
];
