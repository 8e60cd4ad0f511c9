import type { Netns } from '../linux/netns.ts';
import { familyOf } from '../net/ip.ts';
import type { Taken } from './output.ts';
import type { Packet } from './packet.ts';
import type { Skb } from './path.ts';
import { xfrmMtu, xfrmPolicyOut } from './xfrm.ts';

/** The largest packet that the chosen way takes: the route's `mtu`, the link's, less what IPsec will add. */
export const mtuOf = (netns: Netns, taken: Taken, skb: Pick<Skb, 'packet' | 'mark'>): number => {
  const link = netns.links.find((l) => l.ifname === taken.hop.dev);
  // What stays in the namespace goes by lo, whichever link has the address.
  const own = taken.found.route.type === 'local' ? 65536 : link?.mtu;
  const mtu = taken.found.route.mtu ?? own ?? 1500;
  const policy = xfrmPolicyOut(netns, skb);
  return policy ? xfrmMtu(policy, mtu) : mtu;
};

/**
 * ip_exceeds_mtu(), ip6_pkt_too_big(): whether a packet to be forwarded must be refused rather than cut.
 * IPv6 routers never cut, but what conntrack put together they cut again to the pieces that it came in.
 */
export const mustRefuse = (skb: Skb, mtu: number): boolean => {
  const { packet, fragMax } = skb;
  if ((packet.fragment ?? packet.length) <= mtu) return false;
  if (familyOf(packet.dst) === 4) return packet.df;
  return fragMax === undefined || (!skb.fragLost && fragMax > mtu);
};

/** ensure_mtu_is_adequate() of ip_vs: IPv6 that was put together fits if its pieces do, while their size is known. */
export const mustRefuseToServer = (skb: Skb, mtu: number): boolean => {
  const { packet, fragMax, fragLost } = skb;
  if (familyOf(packet.dst) === 4) return mustRefuse(skb, mtu);
  return (fragLost ? packet.length : (fragMax ?? packet.length)) > mtu;
};

/** The pieces that `size` bytes become on a link of `mtu`; all but the last carry a multiple of eight bytes of payload. */
export const fragmentsOf = (packet: Packet, mtu: number): { readonly pieces: number; readonly largest: number } => {
  const header = familyOf(packet.src) === 4 ? 20 : 48;
  const room = Math.floor((mtu - header) / 8) * 8;
  const payload = packet.length - (familyOf(packet.src) === 4 ? 20 : 40);
  return { pieces: Math.ceil(payload / room), largest: header + Math.min(room, payload) };
};
