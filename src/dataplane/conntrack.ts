import type { Ip } from '../net/ip.ts';
import type { L4, Packet } from './packet.ts';
import type { Nfct, Path, Skb } from './path.ts';

export type Tuple = {
  readonly proto: string;
  readonly src: Ip;
  readonly dst: Ip;
  readonly sport: number;
  readonly dport: number;
};

/** A connection: its two tuples, and which translations were decided for it. Decided once, by its first packet. */
export type Connection = {
  readonly id: number;
  readonly original: Tuple;
  readonly reply: Tuple;
  readonly snat: boolean;
  readonly dnat: boolean;
  /** A nat chain has been asked for the source / the destination, whatever came out. */
  readonly srcDone: boolean;
  readonly dstDone: boolean;
  readonly replied: boolean;
  readonly mark: number;
};

/** The conntrack tables of all namespaces. */
export type Connections = ReadonlyMap<string, readonly Connection[]>;

export const invert = (t: Tuple): Tuple => ({ proto: t.proto, src: t.dst, dst: t.src, sport: t.dport, dport: t.sport });
export const sameTuple = (a: Tuple, b: Tuple): boolean =>
  a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport && a.proto === b.proto;

const portsOf = (l4: L4): { sport: number; dport: number } => {
  switch (l4.proto) {
    case 'tcp':
    case 'udp':
    case 'sctp':
      return { sport: l4.sport, dport: l4.dport };
    case 'icmp':
    case 'icmpv6':
      // Query and answer share the identifier, which stands in for both ports.
      return { sport: l4.id ?? 0, dport: l4.id ?? 0 };
    default:
      return { sport: 0, dport: 0 };
  }
};

export const tupleOf = (packet: Packet): Tuple => ({
  proto: packet.l4.proto,
  src: packet.src,
  dst: packet.dst,
  ...portsOf(packet.l4),
});

const isError = (l4: L4): l4 is L4 & { about: Packet } => 'about' in l4 && l4.about !== undefined;

const connectionsOf = (path: Path, netns: string): readonly Connection[] => path.connections.get(netns) ?? [];
export const connectionOf = (path: Path, netns: string, nfct: Nfct | undefined): Connection | undefined =>
  nfct && connectionsOf(path, netns).find((c) => c.id === nfct.id);

export const putConnection = (path: Path, netns: string, connection: Connection): Path => {
  const others = connectionsOf(path, netns).filter((c) => c.id !== connection.id);
  return { ...path, connections: new Map(path.connections).set(netns, [...others, connection]) };
};

/** Forgets a connection that was never confirmed. */
export const dropConnection = (path: Path, netns: string, nfct: Nfct | undefined): Path => {
  if (!nfct) return path;
  const others = connectionsOf(path, netns).filter((c) => c.id !== nfct.id);
  return { ...path, connections: new Map(path.connections).set(netns, others) };
};

/** nf_conntrack_in(): finds the connection of a packet or begins one. ICMP errors belong to what they are about. */
export const track = (path: Path, netns: string, skb: Skb): { readonly path: Path; readonly skb: Skb } => {
  if (skb.nfct || skb.notrack) return { path, skb };
  const { packet } = skb;
  const all = connectionsOf(path, netns);
  const about = isError(packet.l4);
  const tuple = isError(packet.l4) ? invert(tupleOf(packet.l4.about)) : tupleOf(packet);
  for (const connection of all) {
    const dir = sameTuple(connection.original, tuple)
      ? 'original'
      : sameTuple(connection.reply, tuple)
        ? 'reply'
        : undefined;
    if (!dir) continue;
    if (about) return { path, skb: { ...skb, nfct: { id: connection.id, dir, state: 'RELATED' } } };
    const replied = connection.replied || dir === 'reply';
    const known = replied === connection.replied ? path : putConnection(path, netns, { ...connection, replied });
    const state = replied ? 'ESTABLISHED' : 'NEW';
    return { path: known, skb: { ...skb, nfct: { id: connection.id, dir, state } } };
  }
  // An error about a connection that nobody knows stays without one: ctstate INVALID.
  if (about) return { path, skb };
  const id = all.reduce((max, c) => Math.max(max, c.id), 0) + 1;
  const fresh: Connection = {
    id,
    original: tuple,
    reply: invert(tuple),
    snat: false,
    dnat: false,
    srcDone: false,
    dstDone: false,
    replied: false,
    mark: 0,
  };
  return {
    path: putConnection(path, netns, fresh),
    skb: { ...skb, nfct: { id, dir: 'original', state: 'NEW' } },
  };
};
