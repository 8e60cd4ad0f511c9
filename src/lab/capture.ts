import type { Tap } from '../dataplane/walk.ts';
import { type Decoded, decodeIp, TUNNEL_PORTS, type TunnelPorts } from './decode.ts';
import { readPcap, type SllRecord } from './pcap.ts';

/** A packet that a namespace's capture shows: a Tap with what only a capture knows. */
export type Seen = Omit<Tap, 'frame'> & {
  readonly time: number;
  readonly packetType: SllRecord['packetType'];
  readonly smac?: string;
  readonly ipId: number;
  readonly pieces?: number;
};

const NOISE6 = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

// Neighbour and router discovery and multicast listener reports come by themselves; ARP is not decoded at all.
const isNoise = ({ packet }: Decoded): boolean => packet.l4.proto === 'icmpv6' && NOISE6.has(packet.l4.type);

const IP6_FRAGMENT_HEADER = 8;

/**
 * Joins the pieces of a fragmented packet at one tap to one entry where the first piece is:
 * `length` of the whole packet, `fragment` the largest piece.
 */
const joinPieces = (seen: readonly (Seen & { readonly piece?: Decoded['piece'] })[]): readonly Seen[] => {
  const joined: Seen[] = [];
  const firsts = new Map<string, number>();
  for (const { piece, ...one } of seen) {
    if (!piece) {
      joined.push(one);
      continue;
    }
    const key = [one.dev, one.dir, one.packetType, one.packet.src, one.packet.dst, one.packet.ttl, one.ipId].join(' ');
    const index = firsts.get(key);
    const first = index === undefined ? undefined : joined[index];
    if (index === undefined || !first) {
      firsts.set(key, joined.length);
      joined.push({ ...one, packet: { ...one.packet, fragment: one.packet.length }, pieces: 1 });
      continue;
    }
    const header = typeof one.packet.src === 'number' ? 20 : 40 + IP6_FRAGMENT_HEADER;
    const l4 = piece.offset === 0 ? one.packet.l4 : first.packet.l4;
    const length = first.packet.length + one.packet.length - header;
    const fragment = Math.max(first.packet.fragment ?? 0, one.packet.length);
    joined[index] = { ...first, packet: { ...first.packet, l4, length, fragment }, pieces: (first.pieces ?? 1) + 1 };
    if (piece.last) firsts.delete(key);
  }
  return joined;
};

/** Reads one namespace's capture. `devices` names its interfaces by index. */
export const readCapture = (
  netns: string,
  bytes: Uint8Array,
  devices: ReadonlyMap<number, string>,
  ports: TunnelPorts = TUNNEL_PORTS,
): readonly Seen[] =>
  joinPieces(
    readPcap(bytes).flatMap((record) => {
      const decoded = decodeIp(record.data, record.etherType, ports);
      if (!decoded || isNoise(decoded)) return [];
      const { packet, ipId, piece } = decoded;
      const { time, packetType, smac } = record;
      const dev = devices.get(record.ifindex) ?? `if${record.ifindex}`;
      const dir = packetType === 'out' ? ('out' as const) : ('in' as const);
      return [
        {
          netns,
          dev,
          dir,
          packet,
          ipId,
          time,
          packetType,
          ...(smac !== undefined && { smac }),
          ...(piece && { piece }),
        },
      ];
    }),
  );
