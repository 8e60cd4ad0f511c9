import type { L4, Packet } from '../dataplane/packet.ts';
import type { Seen } from './capture.ts';
import type { Decoded } from './decode.ts';

const IP6_FRAGMENT_HEADER = 8;

// The pieces of a packet join where the first was seen; a tunnel packet around a piece goes with it.
type Joined = { readonly decoded: Decoded; readonly largest: number };

const isLater = ({ piece }: Decoded): boolean => piece !== undefined && piece.offset > 0;

// A packet that goes on without its first piece, or an error about another than the first.
const isTail = (decoded: Decoded): boolean =>
  isLater(decoded) ||
  (decoded.inner !== undefined && isTail(decoded.inner)) ||
  (decoded.quoted !== undefined && isTail(decoded.quoted));

const withInner = (l4: L4, packet: Packet): L4 => {
  if (l4.proto === 'ipip' || l4.proto === 'esp') return { ...l4, inner: packet };
  if (l4.proto !== 'udp' || !l4.carries) return l4;
  const { carries } = l4;
  const load = 'frame' in carries ? { ...carries, frame: { ...carries.frame, packet } } : { ...carries, packet };
  return { ...l4, carries: load };
};

const pieceOf = (decoded: Decoded): Decoded => (decoded.piece || !decoded.inner ? decoded : pieceOf(decoded.inner));

const keyOf = ({ packet, ipId }: Decoded): string => `${packet.src} ${packet.dst} ${packet.ttl} ${ipId}`;

const join = (first: Joined, next: Decoded): Joined => {
  const a = first.decoded;
  if (a.piece && next.piece) {
    const header = typeof a.packet.src === 'number' ? 20 : 40 + IP6_FRAGMENT_HEADER;
    const l4 = next.piece.offset === 0 ? next.packet.l4 : a.packet.l4;
    const largest = Math.max(first.largest, next.packet.length);
    const length = a.packet.length + next.packet.length - header;
    const piece = isLater(a) ? next.piece : a.piece;
    return { decoded: { ...a, piece, packet: { ...a.packet, l4, length, fragment: largest } }, largest };
  }
  if (!a.inner || !next.inner) return first;
  const inner = join({ decoded: a.inner, largest: first.largest }, next.inner);
  // The outer packet of the largest piece stands for all.
  const length = Math.max(a.packet.length, next.packet.length);
  const packet = { ...a.packet, length, l4: withInner(a.packet.l4, inner.decoded.packet) };
  return { decoded: { ...a, packet, inner: inner.decoded }, largest: inner.largest };
};

// Alone, a piece is a packet whose rest never came.
const start = (decoded: Decoded): Joined => {
  if (decoded.piece) {
    const { packet } = decoded;
    // An IPv6 piece's own fragment header is no part of the whole.
    const length = typeof packet.src === 'number' ? packet.length : packet.length - IP6_FRAGMENT_HEADER;
    return { decoded: { ...decoded, packet: { ...packet, length, fragment: packet.length } }, largest: packet.length };
  }
  if (!decoded.inner) return { decoded, largest: 0 };
  const inner = start(decoded.inner);
  const l4 = withInner(decoded.packet.l4, inner.decoded.packet);
  return { decoded: { ...decoded, packet: { ...decoded.packet, l4 }, inner: inner.decoded }, largest: inner.largest };
};

/**
 * Joins the pieces of fragmented packets: one entry per tap, where the first piece was; `fragment` is the largest piece.
 * Where pieces go separate ways a walk follows the first, so those without it are left out.
 */
export const joinPieces = (seen: readonly Seen[]): readonly Seen[] => {
  const joined: (Seen & Pick<Joined, 'largest'>)[] = [];
  const firsts = new Map<string, number>();
  for (const one of seen) {
    const piece = pieceOf(one);
    if (!piece.piece) {
      joined.push({ ...one, largest: 0 });
      continue;
    }
    const key = `${one.netns} ${one.dev} ${one.dir} ${one.packetType} ${one.smac ?? ''} ${keyOf(piece)}`;
    const index = firsts.get(key) ?? joined.length;
    const first = joined[index];
    firsts.set(key, index);
    const { decoded, largest } = first ? join({ decoded: first, largest: first.largest }, one) : start(one);
    joined[index] = { ...(first ?? one), ...decoded, largest };
  }
  return joined.filter((one) => !isTail(one));
};
