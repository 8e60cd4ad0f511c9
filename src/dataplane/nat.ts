import type { Hook } from '../linux/netfilter.ts';
import type { Ip } from '../net/ip.ts';
import { type Connection, type Connections, invert, sameTuple, type Tuple, tupleOf } from './conntrack.ts';
import type { L4, Packet } from './packet.ts';
import type { Nfct } from './path.ts';

/** Which end of a packet a hook may rewrite (HOOK2MANIP): destinations before routing, sources after it. */
export const manipOf = (hook: Hook): 'src' | 'dst' | undefined =>
  hook === 'prerouting' || hook === 'output' ? 'dst' : hook === 'postrouting' || hook === 'input' ? 'src' : undefined;

const withPort = (l4: L4, side: 'src' | 'dst', port: number): L4 => {
  switch (l4.proto) {
    case 'tcp':
    case 'udp':
    case 'sctp':
      return side === 'src' ? { ...l4, sport: port } : { ...l4, dport: port };
    case 'icmp':
    case 'icmpv6':
      return l4.id === undefined ? l4 : { ...l4, id: port };
    default:
      return l4;
  }
};

/** One end of a packet replaced by that of a tuple; an ICMP echo keeps its identifier as port. */
export const rewrite = (
  packet: Packet,
  side: 'src' | 'dst',
  to: Pick<Tuple, 'src' | 'dst' | 'sport' | 'dport'>,
): Packet =>
  side === 'src'
    ? { ...packet, src: to.src, l4: withPort(packet.l4, 'src', to.sport) }
    : { ...packet, dst: to.dst, l4: withPort(packet.l4, 'dst', to.dport) };

/** Whether this direction of the connection has its `side` rewritten: nf_nat_packet()'s status bits, swapped for replies. */
export const isManipulated = (connection: Connection, nfct: Nfct, side: 'src' | 'dst'): boolean =>
  (side === 'src') === (nfct.dir === 'original') ? connection.snat : connection.dnat;

/**
 * Rewrites one end of a packet as the connection says; replies get back what the first packet had.
 * An ICMP error is rewritten outside, and inside the packet that it quotes (nf_nat_icmp_reply_translation).
 */
export const manipulate = (packet: Packet, connection: Connection, nfct: Nfct, side: 'src' | 'dst'): Packet => {
  const other = nfct.dir === 'original' ? connection.reply : connection.original;
  const target = invert(other);
  const { l4 } = packet;
  if (!('about' in l4) || !l4.about) return rewrite(packet, side, target);
  const outer = side === 'src' ? { ...packet, src: target.src } : { ...packet, dst: target.dst };
  const about = rewrite(l4.about, side === 'src' ? 'dst' : 'src', other);
  return { ...outer, l4: { ...l4, about } };
};

export type NatChoice = {
  readonly side: 'src' | 'dst';
  readonly ip?: Ip | undefined;
  readonly port?: number | undefined;
};

const taken = (connections: Connections, netns: string, reply: Tuple, id: number): boolean =>
  (connections.get(netns) ?? []).some(
    (c) => c.id !== id && (sameTuple(c.reply, reply) || sameTuple(c.original, reply)),
  );

/**
 * Records what a nat rule decided for a new connection (nf_nat_setup_info). The port stays unless another connection has it;
 * with --random-fully the kernel picks any port, of which the unchanged one stands as an example.
 */
export const setupNat = (
  connections: Connections,
  netns: string,
  connection: Connection,
  packet: Packet,
  choice: NatChoice,
): Connection => {
  const current = tupleOf(packet);
  const wanted: Tuple =
    choice.side === 'src'
      ? { ...current, src: choice.ip ?? current.src, sport: choice.port ?? current.sport }
      : { ...current, dst: choice.ip ?? current.dst, dport: choice.port ?? current.dport };
  // The identifier of an echo serves as both ports.
  const icmp = current.proto.startsWith('icmp');
  let next = wanted;
  for (
    let port = 1024;
    choice.side === 'src' && taken(connections, netns, invert(next), connection.id) && port < 65536;
    port++
  )
    next = { ...wanted, sport: port, ...(icmp && { dport: port }) };
  const changed = !sameTuple(next, current);
  return choice.side === 'src'
    ? { ...connection, reply: invert(next), snat: connection.snat || changed, srcDone: true }
    : { ...connection, reply: invert(next), dnat: connection.dnat || changed, dstDone: true };
};
