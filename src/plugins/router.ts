import { createNetns } from '../linux/build.ts';
import type { Netns } from '../linux/netns.ts';
import type { Origin } from '../linux/origin.ts';
import { originAt } from '../linux/origin.ts';
import type { Cluster, FabricSpec } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { addToIp, type Family, familyOf, formatIp, type Ip } from '../net/ip.ts';
import {
  contains,
  defaultPrefix,
  formatPrefix,
  overlaps,
  type Prefix,
  parsePrefix,
  prefixEquals,
} from '../net/prefix.ts';
import type { NodeSegment } from './segments.ts';

/** What the router knows beyond its own links. */
export type StaticRoute = { readonly dst: Prefix; readonly via: Ip; readonly origin: Origin };

/** RFC 5737 and RFC 3849: addresses that nobody has, for the world behind the router; .2 is the router's, .1 the next hop. */
const OUTSIDE: Readonly<Record<Family, readonly Prefix[]>> = {
  4: ['198.51.100.0/24', '192.0.2.0/24'].flatMap((text) => parsePrefix(text) ?? []),
  6: ['2001:db8::/64', '2001:db8:ffff:ffff::/64'].flatMap((text) => parsePrefix(text) ?? []),
};
type Uplink = { readonly ip: Ip; readonly len: number; readonly next: Ip };

/** The first such range that the cluster itself does not use, as examples do. */
const uplinkOf = (family: Family, used: readonly Prefix[]): Uplink | undefined => {
  const range = OUTSIDE[family].find((one) => !used.some((prefix) => overlaps(prefix, one)));
  return range && { ip: addToIp(range.addr, 2), len: range.len, next: addToIp(range.addr, 1) };
};
const OUTSIDE_MAC = '00:00:5e:00:01:01';

// Two nodes on one segment that talk by the router would be told of each other (ICMP redirect); cluster routers keep silent.
const SYSCTLS: Readonly<Record<string, number>> = {
  'net.ipv4.ip_forward': 1,
  'net.ipv4.conf.all.send_redirects': 0,
  'net.ipv4.conf.default.send_redirects': 0,
};

/** A MAC of the router that no node has. */
export const routerMac = (index: number): string => `52:54:00:00:01:${(index + 1).toString(16).padStart(2, '0')}`;
export const routerLink = (index: number): string => `eth${index}`;

const kernelRoute = (
  spec: NonNullable<FabricSpec['routes']>[number],
  uplinks: readonly Uplink[],
  dev: (ip: Ip) => string | undefined,
) => {
  const { dst, via } = spec;
  const origin = originAt({ kind: 'Fabric', name: 'routes' }, spec.place);
  if (via === 'none') return { dst, type: 'blackhole', nexthops: [], origin } as const;
  if (via === 'internet') {
    const next = uplinks.find(({ next: ip }) => familyOf(ip) === familyOf(dst.addr))?.next;
    return next === undefined ? undefined : { dst, nexthops: [{ dev: 'wan', gateway: next }], origin };
  }
  // A router has links of its own only.
  if (typeof via === 'string') return undefined;
  const link = dev(via);
  return link === undefined ? undefined : { dst, nexthops: [{ dev: link, gateway: via }], origin };
};

const INSIDE: Origin = {
  kind: 'Fabric',
  name: 'gateway',
  note: 'nobody told the router of this range',
  known: 'assumed',
};

// What only the cluster knows of: to the world outside these addresses mean nothing, so the router sends nothing there.
const insideOnly = ({ subnets, nodes }: Pick<Cluster, 'subnets' | 'nodes'>): readonly Prefix[] => [
  ...(subnets.pods.length > 0 ? subnets.pods : nodes.flatMap((node) => node.podCIDRs)),
  ...subnets.services,
];

/** Static routes of the cluster file whose next hop is on none of the router's links: the kernel refuses those. */
export const strayRoutes = (segments: readonly NodeSegment[], spec: FabricSpec | undefined): readonly Problem[] =>
  (spec?.routes ?? []).flatMap(({ dst, via, place }): Problem[] => {
    const known = typeof via === 'string' || segments.some(({ prefixes }) => prefixes.some((p) => contains(p, via)));
    if (known) return [];
    const message = `fabric: the route to ${formatPrefix(dst)} is left out: ${formatIp(via)} is on no link of the router`;
    return [{ severity: 'warning', code: 'FABRIC_ROUTE_STRAY', message, place }];
  });

/**
 * The router between the segments and to the world: a link on each segment with the address that the nodes' default routes name,
 * and `wan`, whose far end answers for everything outside. It translates nothing.
 */
export const buildRouter = (
  id: string,
  segments: readonly NodeSegment[],
  cluster: Pick<Cluster, 'fabric' | 'subnets' | 'nodes'>,
  routes: readonly StaticRoute[],
): Netns => {
  const spec = cluster.fabric;
  const netns = createNetns(id, 'router');
  const origin = originAt({ kind: 'Fabric', name: id }, spec?.place);
  const v6 = segments.some(({ gateways }) => gateways.some((ip) => familyOf(ip) === 6));
  Object.assign(netns.sysctls, SYSCTLS, v6 ? { 'net.ipv6.conf.all.forwarding': 1 } : {});
  for (const [i, { name: segment, gateways, prefixes, mtu }] of segments.entries()) {
    const ifname = routerLink(i);
    netns.addLink({ kind: 'physical', ifname, mtu, up: true, segment, address: routerMac(i), origin });
    for (const [j, ip] of gateways.entries()) netns.addAddress(ifname, ip, prefixes[j]?.len ?? 24, { origin });
  }
  const wan = { kind: 'physical', ifname: 'wan', mtu: 1500, up: true, segment: 'internet' } as const;
  netns.addLink({ ...wan, address: '52:54:00:00:02:01', origin });
  const used = [...segments.flatMap(({ prefixes }) => prefixes), ...cluster.subnets.pods, ...cluster.subnets.services];
  const uplinks = (v6 ? ([4, 6] as const) : ([4] as const)).flatMap((family) => uplinkOf(family, used) ?? []);
  for (const { ip, len, next } of uplinks) {
    netns.addAddress('wan', ip, len, { origin });
    netns.addRoute({ dst: defaultPrefix(familyOf(ip)), nexthops: [{ dev: 'wan', gateway: next }], origin });
    netns.neighbours.push({ dst: next, dev: 'wan', lladdr: OUTSIDE_MAC, state: 'permanent', origin });
  }
  const devTo = (ip: Ip): string | undefined => {
    const i = segments.findIndex(({ prefixes }) => prefixes.some((prefix) => contains(prefix, ip)));
    return i < 0 ? undefined : routerLink(i);
  };
  for (const stated of spec?.routes ?? []) {
    const route = kernelRoute(stated, uplinks, devTo);
    if (route) netns.addRoute(route);
  }
  for (const { dst, via, origin: from } of routes) {
    const dev = devTo(via);
    if (dev !== undefined) netns.addRoute({ dst, nexthops: [{ dev, gateway: via }], origin: from });
  }
  const known = netns.routes.map(({ dst }) => dst);
  for (const dst of insideOnly(cluster))
    if (!known.some((prefix) => prefixEquals(prefix, dst)))
      netns.addRoute({ dst, type: 'unreachable', nexthops: [], scope: 'global', origin: INSIDE });
  return netns;
};
