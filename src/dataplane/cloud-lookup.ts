import type { Cloud, CloudRoute, CloudSubnet } from '../fabric/cloud.ts';
import type { Port, Segment } from '../fabric/fabric.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { contains, formatPrefix, type Prefix } from '../net/prefix.ts';
import type { Because } from './walk.ts';

const within = (ranges: readonly Prefix[], ip: Ip): boolean => ranges.some((range) => contains(range, ip));

/** The subnets whose NICs are all known. */
export const isKnown = (segment: Segment, ip: Ip): boolean => within(segment.prefixes, ip);
export const inVnet = (segment: Segment, cloud: Cloud, ip: Ip): boolean => within(cloud.vnet ?? segment.prefixes, ip);

const isLent = ({ lent }: Port, ip: Ip): boolean =>
  lent !== undefined && (lent.ips.includes(ip) || within(lent.ranges, ip));

/** Whether an address is one that the cloud lets a NIC use: its own, or lent. */
export const holds = (port: Port, ip: Ip): boolean => port.ips.includes(ip) || isLent(port, ip);

/** The NIC that the virtual network delivers an address to. Ranges of an overlay are no part of it. */
export const portFor = (segment: Segment, ip: Ip): Port | undefined => {
  const all = segment.ports.candidates(ip);
  return (
    all.find((port) => port.ips.includes(ip)) ?? all.find((port) => port.lent?.kind !== 'overlay' && isLent(port, ip))
  );
};

/** The subnet whose table and rules a packet of this NIC meets: that of its address, else that of the NIC. */
export const subnetFor = (cloud: Cloud, port: Port | undefined, ip: Ip): CloudSubnet | undefined => {
  const { subnets = [] } = cloud;
  const own = port?.ips[0];
  return (
    subnets.find(({ prefixes }) => within(prefixes, ip)) ??
    (own === undefined ? undefined : subnets.find(({ prefixes }) => within(prefixes, own)))
  );
};

/**
 * The route for a packet that leaves a NIC: the longest prefix, user routes before the cloud's own. User routes are those of the sender's
 * subnet; a machine outside of the cluster's subnets has none of the cluster's.
 */
export const routeFor = (
  segment: Segment,
  cloud: Cloud,
  from: Port | undefined,
  src: Ip,
  dst: Ip,
): CloudRoute | undefined => {
  const subnet = subnetFor(cloud, from, src);
  const inOverlay = from?.lent?.kind === 'overlay';
  const clusters = from ? from.ips.some((ip) => isKnown(segment, ip)) : isKnown(segment, src);
  const holdsHere = (route: CloudRoute): boolean => {
    if (route.overlay) return inOverlay;
    return route.system || (subnet?.routes === undefined && clusters);
  };
  return [...(subnet?.routes ?? []), ...cloud.routes.filter(holdsHere)]
    .filter((route) => contains(route.dst, dst))
    .toSorted((a, b) => b.dst.len - a.dst.len || Number(a.system) - Number(b.system))[0];
};

export const cloudBecause = (route: CloudRoute): Because => ({
  of: 'fabric',
  line: route.line,
  ...(route.origin && { origin: route.origin }),
});

const LENT = {
  secondary: 'secondary addresses',
  delegated: 'addresses of the pod subnet',
  overlay: 'its pods of the overlay',
};

export const portBecause = (port: Port): Because => ({
  of: 'fabric',
  line: `NIC of ${port.netns}: ${port.ips.map(formatIp).join(', ')}${port.lent ? ` and ${LENT[port.lent.kind]}` : ''}, ${port.forwarding ? 'IP forwarding' : 'no IP forwarding'}`,
  ...(port.origin && { origin: port.origin }),
});

/** The segment itself, for a packet that no route decided about. */
export const segmentBecause = (segment: Segment): Because => ({
  of: 'fabric',
  line: segment.prefixes.length > 0 ? `${segment.prefixes.map(formatPrefix).join(', ')}, one segment` : segment.name,
  ...(segment.origin && { origin: segment.origin }),
});

/** Whether an address is one that the network itself knows the way from: of a virtual network joined with it, or of the platform. */
export const isNear = (cloud: Cloud, ip: Ip): boolean =>
  cloud.routes.some(
    ({ dst, nexthop }) =>
      (nexthop.to === 'peer' || nexthop.to === 'gateway' || nexthop.to === 'platform' || nexthop.to === 'vnet') &&
      contains(dst, ip),
  );
