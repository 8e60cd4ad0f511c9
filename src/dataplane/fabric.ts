import type { FabricFilter } from '../fabric/fabric.ts';
import type { Link } from '../linux/link.ts';
import { formatIp } from '../net/ip.ts';
import { contains } from '../net/prefix.ts';
import { portInRange } from '../net/protocol.ts';
import { crossCloud } from './cloud.ts';
import { enterCloud } from './cloud-enter.ts';
import { segmentBecause } from './cloud-lookup.ts';
import { fragmentsOf } from './mtu.ts';
import type { Frame, Packet } from './packet.ts';
import { drop, type Ended, end, type Path, type Skb, step } from './path.ts';
import { receiveFrame } from './receive.ts';

const sizeOf = (packet: Packet): number => packet.fragment ?? packet.length;

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
    const left = step(path, segment.name, skb, { kind: 'fabric', segment: segment.name }, [segmentBecause(segment)]);
    return end(left, place, frame.packet, 'exits', { code: 'TO_INTERNET' });
  }
  if (sizeOf(frame.packet) > segment.mtu)
    return drop(
      path,
      place,
      skb,
      { code: 'FABRIC_MTU', detail: `${sizeOf(frame.packet)} bytes, the segment takes ${segment.mtu}` },
      [segmentBecause(segment)],
    );
  const filter = filterFor([...(segment.filters ?? []), ...(segment.cloud?.filters ?? [])], frame.packet);
  if (filter?.action === 'deny')
    return drop(path, place, skb, { code: 'FABRIC_PROTOCOL_FILTERED', detail: filter.line }, [
      { of: 'fabric', line: filter.line, ...(filter.origin && { origin: filter.origin }) },
    ]);
  const { cloud } = segment;
  if (cloud) return crossCloud(path, { segment, cloud }, segment.ports.byMac(frame.smac), skb);
  const port = segment.ports.byMac(frame.dmac);
  if (!port)
    return drop(path, place, skb, { code: 'FABRIC_UNKNOWN_MAC', detail: frame.dmac }, [segmentBecause(segment)]);
  const crossed = step(path, segment.name, skb, { kind: 'fabric', segment: segment.name, to: port.netns }, [
    segmentBecause(segment),
  ]);
  return receiveFrame(crossed, port.netns, port.dev, frame);
};

/**
 * A packet comes from outside: by the gateway's outer link, or out of the cloud to the NIC that has the address.
 * @param isReply it answers a packet that left
 */
export const enter = (path: Path, packet: Packet, isReply: boolean): Ended[] => {
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
    const entered = cloud && enterCloud(path, { segment, cloud }, skb, isReply);
    if (entered) return entered;
  }
  const [first] = fabric.segments;
  return drop(path, { netns: first?.name ?? 'fabric' }, skb, {
    code: 'FABRIC_NO_ROUTE',
    detail: `${formatIp(packet.dst)} from outside`,
  });
};
