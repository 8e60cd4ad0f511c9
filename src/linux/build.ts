import { familyOf, type Ip, parseIp } from '../net/ip.ts';
import { hostPrefix, lastOf, networkOf, prefixOf } from '../net/prefix.ts';
import type { Address, AddressScope, Link } from './link.ts';
import type { Netns } from './netns.ts';
import type { Origin } from './origin.ts';
import { type Route, RT_TABLE, type Rule } from './route.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
// A link without the index that the kernel will give it, for each kind of the union.
type LinkSpec = Link extends infer L ? (L extends Link ? Omit<L, 'ifindex'> : never) : never;
export type AddressSpec = { readonly scope?: AddressScope; readonly noprefixroute?: boolean; readonly origin?: Origin };
export type RouteSpec = Pick<Route, 'dst'> & Partial<Omit<Route, 'dst'>>;

/** A namespace being set up: `add*` does what the `ip` command of the same name makes the kernel do. */
export type NetnsDraft = Omit<Mutable<Netns>, 'sysctls'> & {
  sysctls: Record<string, number>;
  addLink(link: LinkSpec): void;
  addAddress(dev: string, local: Ip, prefixlen: number, spec?: AddressSpec): void;
  addRoute(route: RouteSpec): void;
};

const defaultRules = (): Rule[] =>
  ([4, 6] as const).flatMap((family) => [
    { priority: 0, family, action: { lookup: RT_TABLE.local } },
    { priority: 32766, family, action: { lookup: RT_TABLE.main } },
    ...(family === 4 ? [{ priority: 32767, family, action: { lookup: RT_TABLE.default } }] : []),
  ]);

/**
 * The earlier IPv4 address of the same subnet and link that makes a later one secondary: `ip addr` says so, and the
 * later one brings no connected route (__inet_insert_ifa() in net/ipv4/devinet.c).
 */
export const primaryOf = (address: Address, earlier: readonly Address[]): Address | undefined => {
  const subnet = networkOf(address.local, address.prefixlen);
  if (familyOf(address.local) === 6) return undefined;
  return earlier.find(
    (one) =>
      one.dev === address.dev &&
      one.prefixlen === address.prefixlen &&
      networkOf(one.local, one.prefixlen) === subnet &&
      primaryOf(one, earlier.slice(0, earlier.indexOf(one))) === undefined,
  );
};

// The routes that the kernel adds for an address: fib_add_ifaddr() (net/ipv4/fib_frontend.c) and addrconf_add_*() (net/ipv6/addrconf.c).
// While the link is down there is only the local one.
export const kernelRoutes = (address: Address, earlier: readonly Address[], up: boolean): Route[] => {
  const { dev, local, prefixlen, origin } = address;
  const family = familyOf(local);
  const primary = primaryOf(address, earlier);
  const common = { nexthops: [{ dev }], protocol: 'kernel', ...(origin && { origin }) };
  const own: Route =
    family === 4
      ? {
          ...common,
          type: 'local',
          dst: hostPrefix(local),
          table: RT_TABLE.local,
          scope: 'host',
          prefsrc: primary?.local ?? local,
        }
      : { ...common, type: 'local', dst: hostPrefix(local), table: RT_TABLE.local, scope: 'global', metric: 0 };
  if (primary || !up) return [own];
  const subnet = prefixOf(local, prefixlen);
  if (family === 6) {
    const connected: Route = {
      ...common,
      type: 'unicast',
      dst: subnet,
      table: RT_TABLE.main,
      scope: 'global',
      metric: 256,
    };
    // The kernel's own ::1 has no connected route.
    return address.noprefixroute || address.scope === 'host' ? [own] : [own, connected];
  }
  const loopback = subnet.len < 32 && address.scope === 'host';
  const connected: Route = loopback
    ? { ...common, type: 'local', dst: subnet, table: RT_TABLE.local, scope: 'host', prefsrc: local }
    : { ...common, type: 'unicast', dst: subnet, table: RT_TABLE.main, scope: 'link', prefsrc: local };
  const routes = subnet.len < 32 && !address.noprefixroute ? [own, connected] : [own];
  if (subnet.len < 31) {
    const dst = hostPrefix(lastOf(subnet));
    routes.push({ ...common, type: 'broadcast', dst, table: RT_TABLE.local, scope: 'link', prefsrc: local });
  }
  return routes;
};

/**
 * Starts a namespace as the kernel makes it: `lo` up with 127.0.0.1/8 and ::1/128, and the three default rules.
 * Connected and local routes appear by themselves with each address; link-local IPv6 addresses are left out.
 */
export const createNetns = (id: string, kind: Netns['kind']): NetnsDraft => {
  const draft: NetnsDraft = {
    id,
    kind,
    links: [],
    addresses: [],
    routes: [],
    rules: defaultRules(),
    neighbours: [],
    fdb: [],
    sysctls: {},
    tables: [],
    ipsets: [],
    xfrm: [],
    daemons: [],
    addLink(link) {
      draft.links.push({ ...link, ifindex: draft.links.length + 1 } as Link);
    },
    addAddress(dev, local, prefixlen, spec = {}) {
      const subnet = prefixOf(local, prefixlen);
      const broadcast =
        familyOf(local) === 4 && prefixlen < 31 && spec.scope !== 'host' ? { broadcast: lastOf(subnet) } : {};
      const address: Address = { dev, local, prefixlen, scope: 'global', ...broadcast, ...spec };
      const up = draft.links.find((link) => link.ifname === dev)?.up ?? true;
      draft.routes.push(...kernelRoutes(address, draft.addresses, up));
      draft.addresses.push(address);
    },
    addRoute(route) {
      const nexthops = route.nexthops ?? [];
      const routed = nexthops.some((hop) => hop.gateway !== undefined) || route.type === 'blackhole';
      // iproute2 gives scope link to an IPv4 route without gateway; the rest is global.
      const scope = familyOf(route.dst.addr) === 4 && !routed && nexthops.length > 0 ? 'link' : 'global';
      const metric = familyOf(route.dst.addr) === 6 ? { metric: 1024 } : {};
      draft.routes.push({ type: 'unicast', nexthops, table: RT_TABLE.main, scope, ...metric, ...route });
    },
  };
  draft.addLink({ kind: 'loopback', ifname: 'lo', mtu: 65536, up: true, noarp: true });
  draft.addAddress('lo', parseIp('127.0.0.1') as Ip, 8, { scope: 'host' });
  draft.addAddress('lo', 1n, 128, { scope: 'host' });
  return draft;
};
