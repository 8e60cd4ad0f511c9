import { carriedPacket, type Packet } from '../dataplane/packet.ts';
import { formatIp } from '../net/ip.ts';
import type { Seen } from './capture.ts';

const ports = ({ sport, dport }: { readonly sport: number; readonly dport: number }): string => `${sport}>${dport}`;

const showL4 = ({ l4 }: Packet): string => {
  switch (l4.proto) {
    case 'tcp':
      return `tcp ${l4.flags} ${ports(l4)}`;
    case 'sctp':
      return `sctp ${ports(l4)}`;
    case 'udp':
      return l4.carries ? `udp ${l4.dport} ${l4.carries.kind}` : `udp ${ports(l4)}`;
    case 'icmp':
    case 'icmpv6':
      return `${l4.proto} ${l4.type}/${l4.code}${l4.mtu === undefined ? '' : ` mtu ${l4.mtu}`}`;
    default:
      return l4.proto;
  }
};

/** The packet that a tunnel packet carries, if it is one. */
export const innerOf = ({ l4 }: Packet): Packet | undefined => {
  if (l4.proto === 'ipip' || l4.proto === 'esp') return l4.inner;
  if (l4.proto !== 'udp' || !l4.carries) return undefined;
  return carriedPacket(l4.carries);
};

/** `10.1.15.2 > 10.1.20.2 icmp 8/0 ttl 64 len 84 df {inner}`: a packet in one line. */
export const showPacket = (packet: Packet): string => {
  const { src, dst, ttl, length, df, fragment } = packet;
  const inner = innerOf(packet);
  const about = 'about' in packet.l4 && packet.l4.about ? ` [about ${showPacket(packet.l4.about)}]` : '';
  const flags = `${df && typeof src === 'number' ? ' df' : ''}${fragment === undefined ? '' : ` pieces of ${fragment}`}`;
  const load = inner ? ` {${showPacket(inner)}}` : '';
  return `${formatIp(src)} > ${formatIp(dst)} ${showL4(packet)} ttl ${ttl} len ${length}${flags}${load}${about}`;
};

/** `cni0 in 10.1.15.2 > …`; `P` marks a frame whose MAC is another host's, `+1480` the offset of a later piece. */
export const showSeen = (seen: Seen): string => {
  const piece = seen.piece ?? seen.inner?.piece;
  const offset = piece ? ` +${piece.offset}` : '';
  return `${seen.dev} ${seen.dir}${seen.packetType === 'other' ? ' P' : ''} ${showPacket(seen.packet)}${offset}`;
};
