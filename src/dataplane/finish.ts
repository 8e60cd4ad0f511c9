import type { Link } from '../linux/link.ts';
import type { Netns } from '../linux/netns.ts';
import { linkBecause } from './because.ts';
import { sendError } from './icmp.ts';
import { fragmentsOf, mtuOf } from './mtu.ts';
import { resolve } from './neighbour.ts';
import type { Taken } from './output.ts';
import type { Frame } from './packet.ts';
import { drop, type Ended, type Path, type Skb, step } from './path.ts';
import { transmit } from './transmit.ts';

const POINT_TO_POINT: ReadonlySet<Link['kind']> = new Set(['ipip', 'wireguard', 'tun']);

/** ip_finish_output(): cuts what is too long, finds the neighbour's MAC, hands the frame to the link. */
export const finishOutput = (path: Path, netns: Netns, skb: Skb, taken: Taken): Ended[] => {
  const { hop, found } = taken;
  const { packet } = skb;
  const at = { netns: netns.id, dev: hop.dev };
  const link = netns.links.find((l) => l.ifname === hop.dev);
  if (!link?.up)
    return drop(path, at, skb, { code: 'LINK_DOWN', dropReason: 'DEV_READY' }, linkBecause(netns, hop.dev));
  const mtu = mtuOf(netns, taken, skb);
  const size = packet.fragment ?? packet.length;
  if (size > mtu && packet.df) {
    const error = sendError(path, netns, skb, 'frag-needed', { mtu });
    const detail = `${size} bytes, ${hop.dev} takes ${mtu}`;
    return drop(
      path,
      at,
      skb,
      { code: 'MTU_EXCEEDED_DF', detail, dropReason: 'PKT_TOO_BIG' },
      linkBecause(netns, hop.dev),
      error,
    );
  }
  // What came in pieces leaves in them (ip_do_fragment's fast path); where their size is forgotten, only if it does not fit whole.
  const limit = skb.fragLost && size <= mtu ? mtu : Math.min(mtu, skb.fragMax ?? mtu);
  if (size > limit) {
    const { pieces, largest } = fragmentsOf(packet, limit);
    const cut: Skb = { ...skb, packet: { ...packet, fragment: largest } };
    const detail = { kind: 'fragment', dev: hop.dev, mtu: limit, pieces } as const;
    return neighbour(step(path, netns.id, cut, detail, linkBecause(netns, hop.dev), { mtu }), netns, link, cut, taken);
  }
  if (found.route.type === 'broadcast')
    return drop(path, at, skb, { code: 'UNSUPPORTED_BROADCAST' }, [], undefined, 'unknown');
  return neighbour(path, netns, link, skb, taken);
};

const neighbour = (path: Path, netns: Netns, link: Link, skb: Skb, taken: Taken): Ended[] => {
  const nexthop = taken.hop.gateway ?? skb.packet.dst;
  const at = { netns: netns.id, dev: link.ifname };
  if (POINT_TO_POINT.has(link.kind)) return transmit(path, netns, link, skb, undefined, nexthop);
  const answer = resolve(path.env, netns, link, nexthop, skb.packet.src);
  const detail = {
    kind: 'resolve',
    dev: link.ifname,
    ip: nexthop,
    how: answer.how,
    ...(answer.mac !== undefined && { mac: answer.mac }),
  } as const;
  const asked = step(path, netns.id, skb, detail, answer.because);
  if (answer.mac === undefined) {
    // After three unanswered requests the kernel gives up; the sender hears of it, or its own socket does.
    const error = sendError(asked, netns, skb, 'host-unreachable', { ownToo: true });
    return drop(
      asked,
      at,
      skb,
      { code: 'NEIGHBOUR_UNRESOLVED', detail: answer.detail ?? '', dropReason: 'NEIGH_FAILED' },
      answer.because,
      error,
    );
  }
  const smac = link.address ?? '00:00:00:00:00:00';
  const frame: Frame = { smac, dmac: answer.mac, packet: skb.packet };
  return transmit(asked, netns, link, { ...skb, frame }, frame, nexthop);
};
