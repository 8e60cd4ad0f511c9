import { carriedPacket, type Packet } from '../../src/dataplane/packet.ts';
import type { Tap } from '../../src/dataplane/walk.ts';

const inside = (packet: Packet): Packet => {
  const { l4 } = packet;
  if ('inner' in l4) return inside(l4.inner);
  if (l4.proto !== 'udp' || !l4.carries) return packet;
  return inside(carriedPacket(l4.carries));
};

/** The packet inside all tunnels, as a capture sees it. */
export const innermostTap = (tap: Tap): Packet => inside(tap.packet);
