import { createNetns } from '../linux/build.ts';
import type { Netns } from '../linux/netns.ts';
import type { Origin } from '../linux/origin.ts';
import type { Cluster, FabricSpec } from '../model/cluster.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import { contains, defaultPrefix, type Prefix, prefixEquals } from '../net/prefix.ts';
import { originAt } from './origin.ts';
import type { NodeSegment } from './segments.ts';

/** What the router knows beyond its own links. */
export type StaticRoute = { readonly dst: Prefix; readonly via: Ip; readonly origin: Origin };

/** RFC 5737 and RFC 3849: addresses that nobody has, for the world behind the router. */
const OUTSIDE = [
  { ip: 0xc6336402, len: 24, next: 0xc6336401 },
  { ip: (0x20010db8n << 96n) + 2n, len: 64, next: (0x20010db8n << 96n) + 1n },
] as const;
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

const kernelRoute = (spec: NonNullable<FabricSpec['routes']>[number], dev: (ip: Ip) => string | undefined) => {
  const { dst, via } = spec;
  const origin = originAt({ kind: 'Fabric', name: 'routes' }, spec.place);
  if (via === 'none') return { dst, type: 'blackhole', nexthops: [], origin } as const;
  if (via === 'internet') {
    const next = OUTSIDE.find(({ next: ip }) => familyOf(ip) === familyOf(dst.addr))?.next;
    return next === undefined ? undefined : { dst, nexthops: [{ dev: 'wan', gateway: next }], origin };
  }
  const link = via === 'vnet' ? undefined : dev(via);
  return link === undefined || via === 'vnet' ? undefined : { dst, nexthops: [{ dev: link, gateway: via }], origin };
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
  for (const { ip, len, next } of OUTSIDE) {
    const family = familyOf(ip);
    if (family === 6 && !v6) continue;
    netns.addAddress('wan', ip, len, { origin });
    netns.addRoute({ dst: defaultPrefix(family), nexthops: [{ dev: 'wan', gateway: next }], origin });
    netns.neighbours.push({ dst: next, dev: 'wan', lladdr: OUTSIDE_MAC, state: 'permanent', origin });
  }
  const devTo = (ip: Ip): string | undefined => {
    const i = segments.findIndex(({ prefixes }) => prefixes.some((prefix) => contains(prefix, ip)));
    return i < 0 ? undefined : routerLink(i);
  };
  for (const stated of spec?.routes ?? []) {
    const route = kernelRoute(stated, devTo);
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
