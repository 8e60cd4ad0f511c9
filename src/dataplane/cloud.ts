import type { Cloud, CloudRoute } from '../fabric/cloud.ts';
import type { Port, Segment } from '../fabric/fabric.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { contains } from '../net/prefix.ts';
import { answersFor, balance } from './balancer.ts';
import { cloudBecause, holds, inVnet, isKnown, portBecause, portFor, routeFor, subnetFor } from './cloud-lookup.ts';
import { leave } from './edge.ts';
import type { Packet } from './packet.ts';
import { drop, type Ended, end, type Path, type Skb, step } from './path.ts';
import { receiveFrame } from './receive.ts';
import { secure } from './security.ts';
import type { Because } from './walk.ts';

/** A cloud network that a packet is in. */
export type Within = { readonly segment: Segment; readonly cloud: Cloud };

/** What a step beyond the input rests on. */
const beyond = (ip: Ip, note: string): Because => ({
  of: 'fabric',
  line: `${formatIp(ip)} is not in the input`,
  origin: { known: 'assumed', note },
});
const ANSWERS = 'a machine that the input does not describe takes the packet and answers';
const PASSES = 'an appliance that the input does not describe lets the packet pass, and its answer';

const exits = (
  path: Path,
  { segment }: Within,
  skb: Skb,
  because: readonly Because[],
  code: string,
  detail = '',
): Ended[] =>
  end(
    step(path, segment.name, skb, { kind: 'fabric', segment: segment.name }, because),
    { netns: segment.name },
    skb.packet,
    'exits',
    { code, ...(detail !== '' && { detail }) },
  );

/** A cloud looks at addresses, not at MACs: may this NIC send it, where does the route table send it, may that NIC have it. */
export const crossCloud = (path: Path, within: Within, from: Port | undefined, skb: Skb): Ended[] => {
  const { segment, cloud } = within;
  const { packet } = skb;
  if (from && !from.forwarding && !holds(from, packet.src) && !answersFor(path, packet.src, from))
    return drop(
      path,
      { netns: segment.name },
      skb,
      { code: 'FABRIC_ANTISPOOF', detail: `${formatIp(packet.src)} is not an address of ${from.netns}` },
      [portBecause(from)],
    );
  return secure(path, segment.name, subnetFor(cloud, from, packet.src), 'outbound', skb, (passed) =>
    routed(passed, within, from, skb),
  );
};

/** What becomes of a packet that a machine of the virtual network has sent, known or not. */
export const routed = (path: Path, within: Within, from: Port | undefined, skb: Skb): Ended[] => {
  const { segment, cloud } = within;
  const { packet } = skb;
  const balanced = balance(path, segment.name, skb, (at, port, led) => arrive(at, within, port, skb, led, true));
  if (balanced) return balanced;
  const route = routeFor(segment, cloud, from, packet.src, packet.dst);
  const overlay = cloud.routes.find((one) => one.overlay && contains(one.dst, packet.dst));
  const lost = (detail: string, because: readonly Because[] = []): Ended[] =>
    overlay
      ? drop(path, { netns: segment.name }, skb, { code: 'FABRIC_OVERLAY_ONLY', detail: overlay.line }, because)
      : drop(path, { netns: segment.name }, skb, { code: 'FABRIC_NO_ROUTE', detail }, because);
  if (!route) return lost(formatIp(packet.dst));
  const because = [cloudBecause(route)];
  const { nexthop } = route;
  switch (nexthop.to) {
    case 'none':
      return lost(route.line, because);
    case 'internet':
      return leave(path, segment, from, skb, because);
    case 'platform':
      return from && !from.ips.includes(packet.src) && from.lent?.primary !== packet.src
        ? drop(
            path,
            { netns: segment.name },
            skb,
            { code: 'FABRIC_PLATFORM_SOURCE', detail: formatIp(packet.src) },
            because,
          )
        : exits(path, within, skb, because, 'TO_PLATFORM');
    case 'peer':
      return exits(path, within, skb, [...because, beyond(packet.dst, ANSWERS)], 'TO_PEER', nexthop.name);
    case 'gateway':
      return exits(path, within, skb, [...because, beyond(packet.dst, ANSWERS)], 'TO_GATEWAY');
    case 'vnet':
      return deliver(path, within, packet.dst, skb, route, () =>
        overlay
          ? lost(route.line, because)
          : exits(path, within, skb, [...because, beyond(packet.dst, ANSWERS)], 'TO_VNET'),
      );
    case 'port':
      return deliver(path, within, nexthop.ip, skb, route, () =>
        exits(path, within, skb, [...because, beyond(nexthop.ip, PASSES)], 'TO_APPLIANCE', formatIp(nexthop.ip)),
      );
  }
};

const deliver = (path: Path, within: Within, ip: Ip, skb: Skb, route: CloudRoute, unknown: () => Ended[]): Ended[] => {
  const { segment, cloud } = within;
  const port = route.nexthop.to === 'port' ? ownerOf(segment, ip) : portFor(segment, ip);
  if (port) return arrive(path, within, port, skb, [cloudBecause(route)]);
  // Where not all machines are in the input, one that is not may well be there.
  if (!isKnown(segment, ip) && inVnet(segment, cloud, ip)) return unknown();
  const reason = { code: 'FABRIC_NO_ROUTE', detail: `no NIC has ${formatIp(ip)}` };
  return drop(path, { netns: segment.name }, skb, reason, [cloudBecause(route)]);
};

const ownerOf = (segment: Segment, ip: Ip): Port | undefined =>
  segment.ports.candidates(ip).find((port) => port.ips.includes(ip));

/** The cloud hands a packet to a NIC. @param balanced by a load balancer, which delivers under its own address */
export const arrive = (
  path: Path,
  { segment, cloud }: Within,
  port: Port,
  skb: Skb,
  because: readonly Because[],
  balanced = false,
): Ended[] => {
  const place = { netns: segment.name };
  const { dst } = skb.packet;
  return secure(path, segment.name, subnetFor(cloud, port, dst), 'inbound', skb, (passed) => {
    if (!balanced && !port.forwarding && !holds(port, dst))
      return drop(
        passed,
        place,
        skb,
        { code: 'FABRIC_ANTISPOOF', detail: `${formatIp(dst)} is not an address of ${port.netns}` },
        [...because, portBecause(port)],
      );
    const ttl = cloud.ttlDecrement ? skb.packet.ttl - 1 : skb.packet.ttl;
    if (ttl <= 0) return drop(passed, place, skb, { code: 'TTL_EXPIRED', detail: 'in the fabric' });
    const packet: Packet = { ...skb.packet, ttl };
    const detail = { kind: 'fabric', segment: segment.name, to: port.netns } as const;
    const crossed = step(passed, segment.name, { packet, mark: 0 }, detail, because);
    return receiveFrame(crossed, port.netns, port.dev, { smac: cloud.arpMac, dmac: port.mac, packet });
  });
};
