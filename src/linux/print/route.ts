import { type Family, formatIp } from '../../net/ip.ts';
import { covers, familyOfPrefix } from '../../net/prefix.ts';
import type { Netns } from '../netns.ts';
import { type NextHop, type Route, RT_TABLE } from '../route.ts';
import { routePrefix, words } from './words.ts';

const REJECTS: readonly string[] = ['blackhole', 'unreachable', 'prohibit', 'throw'];

const via = (hop: NextHop): string =>
  words(hop.gateway !== undefined && `via ${formatIp(hop.gateway)}`, `dev ${hop.dev}`);

/** The lines that `ip route` prints for a route: one, and one more for each next hop of several. */
export const routeLines = (route: Route): readonly string[] => {
  const v6 = familyOfPrefix(route.dst) === 6;
  const [only, ...more] = route.nexthops;
  const single = only && more.length === 0 ? only : undefined;
  const metric = route.metric ?? (v6 ? 1024 : 0);
  const head = words(
    route.type !== 'unicast' && route.type,
    routePrefix(route.dst),
    // The kernel hangs an IPv6 route without next hop on the loopback device.
    single ? via(single) : v6 && REJECTS.includes(route.type) && 'dev lo',
    route.protocol !== undefined && route.protocol !== 'boot' && `proto ${route.protocol}`,
    !v6 && route.scope !== 'global' && `scope ${route.scope}`,
    route.prefsrc !== undefined && `src ${formatIp(route.prefsrc)}`,
    (v6 || metric !== 0) && `metric ${metric}`,
    single?.onlink && 'onlink',
    route.mtu !== undefined && `mtu ${route.mtu}`,
    v6 && 'pref medium',
  );
  const hops = single ? [] : route.nexthops;
  return [
    head,
    ...hops.map((hop) => words('\tnexthop', via(hop), `weight ${hop.weight ?? 1}`, hop.onlink && 'onlink')),
  ];
};

/** One route on one line, e.g. `10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink`. */
export const printRoute = (route: Route): string =>
  routeLines(route)
    .map((line) => line.trim())
    .join(' ');

// IPv4 is dumped in the order of the trie: by address, the longer range first. IPv6 walks its tree children first,
// so that default stands last.
const order4 = (a: Route, b: Route): number => Number(a.dst.addr) - Number(b.dst.addr) || b.dst.len - a.dst.len;
const order6 = (a: Route, b: Route): number => {
  if (a.dst.addr === b.dst.addr && a.dst.len === b.dst.len) return 0;
  if (covers(a.dst, b.dst)) return 1;
  if (covers(b.dst, a.dst)) return -1;
  return a.dst.addr < b.dst.addr ? -1 : 1;
};

/** The routes of one table and family in the order of `ip route show table …`. */
export const sortRoutes = (routes: readonly Route[], table: number, family: Family): readonly Route[] =>
  routes
    .filter((route) => route.table === table && familyOfPrefix(route.dst) === family)
    .toSorted((a, b) => (family === 4 ? order4(a, b) : order6(a, b)) || (a.metric ?? 0) - (b.metric ?? 0));

/** What `ip [-6] route show table …` prints. */
export const printRoutes = (
  netns: Pick<Netns, 'routes'>,
  table: number = RT_TABLE.main,
  family: Family = 4,
): readonly string[] => sortRoutes(netns.routes, table, family).flatMap(routeLines);
