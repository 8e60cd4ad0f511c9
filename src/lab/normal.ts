import type { L4, Packet } from '../dataplane/packet.ts';
import { innerOf } from './show.ts';

/**
 * Leaves out of a packet what may differ from one run to the next: the client's port and the echo id (masquerading and
 * sockets choose them), the source port of a vxlan packet. `known` are the ports that mean something, as the walk has them.
 */
export const normalPacket = (packet: Packet, known: ReadonlySet<number>): Packet => ({
  ...packet,
  l4: normalL4(packet.l4, known),
});

// An error about a packet in pieces quotes the first piece.
const quoted = ({ fragment, ...packet }: Packet): Packet =>
  fragment === undefined ? packet : { ...packet, length: fragment };

const CLIENT_PORT = 1;

const normalL4 = (l4: L4, known: ReadonlySet<number>): L4 => {
  const port = (number: number) => (known.has(number) ? number : CLIENT_PORT);
  const inside = (packet: Packet) => normalPacket(packet, known);
  switch (l4.proto) {
    case 'tcp':
    case 'sctp':
      return { ...l4, sport: port(l4.sport), dport: port(l4.dport) };
    case 'udp': {
      const { carries } = l4;
      if (!carries) return { ...l4, sport: port(l4.sport), dport: port(l4.dport) };
      if ('frame' in carries) {
        const frame = { ...carries.frame, packet: inside(carries.frame.packet) };
        const sport = carries.kind === 'vxlan' ? CLIENT_PORT : l4.sport;
        return { ...l4, sport, carries: { ...carries, frame } };
      }
      return { ...l4, carries: { ...carries, packet: inside(carries.packet) } };
    }
    case 'icmp':
    case 'icmpv6': {
      const { id: _id, about, ...rest } = l4;
      return { ...rest, ...(about && { about: quoted(inside(about)) }) };
    }
    case 'ipip':
    case 'esp':
      return { ...l4, inner: inside(l4.inner) };
  }
};

/** The ports that a packet and what is in it name. */
export const portsOf = (packet: Packet): readonly number[] => {
  const { l4 } = packet;
  const own = 'dport' in l4 ? [l4.sport, l4.dport] : [];
  const inside = innerOf(packet) ?? ('about' in l4 ? l4.about : undefined);
  return inside ? [...own, ...portsOf(inside)] : own;
};
