import type { Cloud, CloudRoute, FabricFilter, Port, Segment } from '../fabric/fabric.ts';
import type { Link } from '../linux/link.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { contains } from '../net/prefix.ts';
import { portInRange } from '../net/protocol.ts';
import { answersFor, balance } from './balancer.ts';
import { fragmentsOf } from './mtu.ts';
import type { Frame, Packet } from './packet.ts';
import { drop, type Ended, end, type Path, type Skb, step } from './path.ts';
import { receiveFrame } from './receive.ts';
import type { Because } from './walk.ts';

const sizeOf = (packet: Packet): number => packet.fragment ?? packet.length;
const segmentBecause = (segment: Segment): Because[] => [
  {
    of: 'fabric',
    line:
      segment.prefixes.length > 0
        ? `${segment.prefixes.map((p) => `${formatIp(p.addr)}/${p.len}`).join(', ')}, one segment`
        : segment.name,
    ...(segment.origin && { origin: segment.origin }),
  },
];

const filterFor = (filters: readonly FabricFilter[], packet: Packet): FabricFilter | undefined =>
  filters.find(
    (f) =>
      (f.protocol === undefined || f.protocol === packet.l4.proto) &&
      (f.dport === undefined || ('dport' in packet.l4 && portInRange(packet.l4.dport, f.dport))) &&
      (f.src === undefined || contains(f.src, packet.src)) &&
      (f.dst === undefined || contains(f.dst, packet.dst)),
  );

/** A frame leaves a NIC: across the segment that it is plugged into. */
export const cross = (path: Path, link: Extract<Link, { kind: 'physical' }>, frame: Frame): Ended[] => {
  const segment = path.env.world.fabric.segment(link.segment);
  const skb: Skb = { packet: frame.packet, mark: 0, frame };
  const at = { netns: segment?.name ?? link.segment };
  if (!segment)
    return drop(path, at, skb, { code: 'MISSING_INPUT_SEGMENT', detail: link.segment }, [], undefined, 'unknown');
  const place = { netns: segment.name };
  if (segment.kind === 'internet') {
    const left = step(path, segment.name, skb, { kind: 'fabric', segment: segment.name }, segmentBecause(segment));
    return end(left, place, frame.packet, 'exits', { code: 'TO_INTERNET' });
  }
  if (sizeOf(frame.packet) > segment.mtu)
    return drop(
      path,
      place,
      skb,
      { code: 'FABRIC_MTU', detail: `${sizeOf(frame.packet)} bytes, the segment takes ${segment.mtu}` },
      segmentBecause(segment),
    );
  const filter = filterFor([...(segment.filters ?? []), ...(segment.cloud?.filters ?? [])], frame.packet);
  if (filter?.action === 'deny')
    return drop(path, place, skb, { code: 'FABRIC_PROTOCOL_FILTERED', detail: filter.line }, [
      { of: 'fabric', line: filter.line, ...(filter.origin && { origin: filter.origin }) },
    ]);
  if (segment.cloud) return crossCloud(path, segment, segment.cloud, segment.ports.byMac(frame.smac), skb);
  const port = segment.ports.byMac(frame.dmac);
  if (!port) return drop(path, place, skb, { code: 'FABRIC_UNKNOWN_MAC', detail: frame.dmac }, segmentBecause(segment));
  const crossed = step(
    path,
    segment.name,
    skb,
    { kind: 'fabric', segment: segment.name, to: port.netns },
    segmentBecause(segment),
  );
  return receiveFrame(crossed, port.netns, port.dev, frame);
};

const routeFor = (cloud: Cloud, ip: Ip): CloudRoute | undefined =>
  cloud.routes
    .filter((route) => contains(route.dst, ip))
    .toSorted((a, b) => b.dst.len - a.dst.len || Number(a.system) - Number(b.system))[0];

// No source says so in as many words: what is known is that the edge translates the addresses of NICs.
const EDGE: Because = {
  of: 'fabric',
  line: 'internet edge: source NAT for addresses of NICs',
  origin: { known: 'assumed', note: "the cloud's internet edge drops what has no NIC's address" },
};

const cloudBecause = (route: CloudRoute): Because => ({
  of: 'fabric',
  line: route.line,
  ...(route.origin && { origin: route.origin }),
});

// A cloud looks at addresses, not at MACs: may this NIC send it, where does the route table send it, may that NIC have it.
const crossCloud = (path: Path, segment: Segment, cloud: Cloud, from: Port | undefined, skb: Skb): Ended[] => {
  const { packet } = skb;
  const place = { netns: segment.name };
  if (from && !from.forwarding && !from.ips.includes(packet.src) && !answersFor(path, packet.src, from))
    return drop(
      path,
      place,
      skb,
      { code: 'FABRIC_ANTISPOOF', detail: `${formatIp(packet.src)} is not an address of ${from.netns}` },
      [portBecause(from)],
    );
  const balanced = balance(path, segment.name, skb, (at, port, led) =>
    arrive(at, segment, cloud, port, skb, led, true),
  );
  if (balanced) return balanced;
  const route = routeFor(cloud, packet.dst);
  if (!route) return drop(path, place, skb, { code: 'FABRIC_NO_ROUTE', detail: formatIp(packet.dst) });
  const because = [cloudBecause(route)];
  const { nexthop } = route;
  switch (nexthop.to) {
    case 'none':
      return drop(path, place, skb, { code: 'FABRIC_NO_ROUTE', detail: route.line }, because);
    case 'internet': {
      if (from && !from.ips.includes(packet.src) && !answersFor(path, packet.src, from))
        return drop(
          path,
          place,
          skb,
          {
            code: 'FABRIC_ANTISPOOF',
            detail: `only the NIC's own address is translated on the way out, not ${formatIp(packet.src)}`,
          },
          [EDGE, ...because],
        );
      return end(
        step(path, segment.name, skb, { kind: 'fabric', segment: segment.name }, because),
        place,
        packet,
        'exits',
        { code: 'TO_INTERNET' },
      );
    }
    case 'vnet':
    case 'port': {
      const ip = nexthop.to === 'port' ? nexthop.ip : packet.dst;
      const port = segment.ports.candidates(ip).find((p) => p.ips.includes(ip));
      if (!port)
        return drop(path, place, skb, { code: 'FABRIC_NO_ROUTE', detail: `no NIC has ${formatIp(ip)}` }, because);
      return arrive(path, segment, cloud, port, skb, because);
    }
  }
};

const portBecause = (port: Port): Because => ({
  of: 'fabric',
  line: `NIC of ${port.netns}: ${port.ips.map(formatIp).join(', ')}, ${port.forwarding ? 'IP forwarding' : 'no IP forwarding'}`,
  ...(port.origin && { origin: port.origin }),
});

const arrive = (
  path: Path,
  segment: Segment,
  cloud: Cloud,
  port: Port,
  skb: Skb,
  because: readonly Because[],
  // A load balancer delivers under its own address.
  balanced = false,
): Ended[] => {
  const place = { netns: segment.name };
  if (!balanced && !port.forwarding && !port.ips.includes(skb.packet.dst))
    return drop(
      path,
      place,
      skb,
      { code: 'FABRIC_ANTISPOOF', detail: `${formatIp(skb.packet.dst)} is not an address of ${port.netns}` },
      [...because, portBecause(port)],
    );
  const ttl = cloud.ttlDecrement ? skb.packet.ttl - 1 : skb.packet.ttl;
  if (ttl <= 0) return drop(path, place, skb, { code: 'TTL_EXPIRED', detail: 'in the fabric' });
  const packet: Packet = { ...skb.packet, ttl };
  const crossed = step(
    path,
    segment.name,
    { packet, mark: 0 },
    { kind: 'fabric', segment: segment.name, to: port.netns },
    because,
  );
  return receiveFrame(crossed, port.netns, port.dev, { smac: cloud.arpMac, dmac: port.mac, packet });
};

/** A packet comes from outside: by the gateway's outer link, or out of the cloud to the NIC that has the address. */
export const enter = (path: Path, packet: Packet): Ended[] => {
  const { fabric } = path.env.world;
  const skb: Skb = { packet, mark: 0 };
  if (fabric.gateway) {
    const { netns, wan } = fabric.gateway;
    const link = path.env.world.netns(netns)?.links.find((l) => l.ifname === wan);
    const dmac = link?.address ?? '00:00:00:00:00:00';
    // Whoever sends from outside cuts to what its own link takes: as much as ours.
    const cut =
      link && packet.length > link.mtu && !packet.df ? { fragment: fragmentsOf(packet, link.mtu).largest } : {};
    return receiveFrame(path, netns, wan, { smac: '00:00:5e:00:01:01', dmac, packet: { ...packet, ...cut } });
  }
  for (const segment of fabric.segments) {
    const { cloud } = segment;
    const balanced =
      cloud &&
      balance(path, segment.name, skb, (at, port, because) => arrive(at, segment, cloud, port, skb, because, true));
    if (balanced) return balanced;
    const port = segment.cloud && segment.ports.candidates(packet.dst).find((p) => p.ips.includes(packet.dst));
    if (segment.cloud && port) return arrive(path, segment, segment.cloud, port, skb, segmentBecause(segment));
  }
  const [first] = fabric.segments;
  return drop(path, { netns: first?.name ?? 'fabric' }, skb, {
    code: 'FABRIC_NO_ROUTE',
    detail: `${formatIp(packet.dst)} from outside`,
  });
};
