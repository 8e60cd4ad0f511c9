import type { Netns } from '../linux/netns.ts';
import { familyOf } from '../net/ip.ts';
import type { Taken } from './output.ts';
import type { Packet } from './packet.ts';
import { xfrmPolicyOut } from './xfrm.ts';

/** The largest packet that the chosen way takes: the route's `mtu`, the link's, less what IPsec will add. */
export const mtuOf = (netns: Netns, taken: Taken, packet: Packet): number => {
  const link = netns.links.find((l) => l.ifname === taken.hop.dev);
  const mtu = taken.found.route.mtu ?? link?.mtu ?? 1500;
  const policy = xfrmPolicyOut(netns, packet);
  return policy ? mtu - policy.overhead : mtu;
};

/** The pieces that `size` bytes become on a link of `mtu`; all but the last carry a multiple of eight bytes of payload. */
export const fragmentsOf = (packet: Packet, mtu: number): { readonly pieces: number; readonly largest: number } => {
  const header = familyOf(packet.src) === 4 ? 20 : 48;
  const room = Math.floor((mtu - header) / 8) * 8;
  const payload = packet.length - (familyOf(packet.src) === 4 ? 20 : 40);
  return { pieces: Math.ceil(payload / room), largest: header + Math.min(room, payload) };
};
