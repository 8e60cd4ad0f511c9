import type { Link } from '../linux/link.ts';
import type { Netns } from '../linux/netns.ts';
import { formatIp } from '../net/ip.ts';
import { isGroupMac } from '../net/mac.ts';
import { linkBecause } from './because.ts';
import { bridgeReceive } from './bridge.ts';
import { cons } from './cell.ts';
import { receiveIp } from './input.ts';
import { opaque } from './opaque.ts';
import { overlayReceive, switchAt } from './overlay.ts';
import { carriedPacket, type Frame, type Packet } from './packet.ts';
import { drop, type Ended, end, type Path, type Skb, step, tap } from './path.ts';

// The headers that decide where a packet goes next, but not its TTL.
const signature = (packet: Packet): string => {
  const { l4 } = packet;
  const ports = 'sport' in l4 ? `${l4.sport}>${l4.dport}` : 'id' in l4 ? `${l4.type}/${l4.id}` : '';
  const carried = 'carries' in l4 ? l4.carries : undefined;
  const nested = 'inner' in l4 ? l4.inner : carried && carriedPacket(carried);
  const about = 'about' in l4 && l4.about ? signature(l4.about) : '';
  return `${formatIp(packet.src)}>${formatIp(packet.dst)} ${l4.proto} ${ports}${about}${nested ? `[${signature(nested)}]` : ''}`;
};

const visits = (path: Path, crumb: string): number => {
  let count = 0;
  for (let cell = path.crumbs; cell; cell = cell.tail) if (cell.head === crumb) count++;
  return count;
};

/** Leaves a crumb; a packet that comes by the same place twice with the same headers goes round until its TTL ends. */
export const crumb = (
  path: Path,
  netns: string,
  dev: string,
  packet: Packet,
): { readonly path: Path; readonly looped: boolean } => {
  const key = `${netns}:${dev} ${signature(packet)}`;
  return { path: { ...path, crumbs: cons(key, path.crumbs) }, looped: visits(path, key) >= 1 };
};

/**
 * A frame comes in by a link from the other end of its wire. It is a new packet there, without connection.
 * @param mark what it keeps of its mark: all, where both ends of a veth are in one namespace (skb_scrub_packet)
 */
export const receiveFrame = (path: Path, id: string, dev: string, frame: Frame, mark = 0): Ended[] => {
  const netns = path.env.world.netns(id);
  const link = netns?.links.find((l) => l.ifname === dev);
  const at = { netns: id, dev };
  const skb: Skb = { packet: frame.packet, mark, frame };
  if (!netns || !link)
    return drop(path, at, skb, { code: 'MISSING_INPUT_NETNS', detail: id }, [], undefined, 'unknown');
  if (!link.up) return drop(path, at, skb, { code: 'LINK_DOWN', dropReason: 'DEV_READY' }, linkBecause(netns, dev));
  const left = crumb(path, id, dev, frame.packet);
  if (left.looped)
    return end(left.path, at, frame.packet, 'looped', { code: 'LOOP', detail: `${id}:${dev} for the second time` });
  const seen = tap(left.path, id, dev, 'in', frame.packet, frame);
  const overlay = switchAt(netns, dev);
  if (overlay) {
    const arrived = step(seen, id, skb, { kind: 'receive', dev, frame }, linkBecause(netns, dev), { mtu: link.mtu });
    return overlayReceive(arrived, netns, overlay, skb, frame, { dev });
  }
  if (link.master !== undefined) return bridgeReceive(seen, netns, link, frame, mark);
  return receiveLink(seen, netns, link, skb, frame);
};

/** eth_type_trans() and ip_rcv(): only frames for this link, or for everyone, go up to IP. */
export const receiveLink = (path: Path, netns: Netns, link: Link, skb: Skb, frame: Frame): Ended[] => {
  const dev = link.ifname;
  const arrived = step(path, netns.id, skb, { kind: 'receive', dev, frame }, linkBecause(netns, dev), {
    mtu: link.mtu,
  });
  const ours = link.address === undefined || frame.dmac === link.address || isGroupMac(frame.dmac) || link.noarp;
  if (!ours)
    return drop(
      arrived,
      { netns: netns.id, dev },
      skb,
      { code: 'OTHER_HOST_MAC', detail: `${frame.dmac} is not ${link.address}`, dropReason: 'OTHERHOST' },
      linkBecause(netns, dev),
    );
  return opaque(arrived, netns, dev, skb) ?? receiveIp(arrived, netns, dev, skb);
};
