import type { Tap } from '../dataplane/walk.ts';
import { type Decoded, decodeIp, TUNNEL_PORTS, type TunnelPorts } from './decode.ts';
import { readPcap, type SllRecord } from './pcap.ts';

/** A packet that a namespace's capture shows: a Tap with what only a capture knows. Pieces of a packet are entries of their own. */
export type Seen = Omit<Tap, 'frame'> &
  Omit<Decoded, 'packet'> & {
    readonly time: number;
    readonly packetType: SllRecord['packetType'];
    readonly smac?: string;
  };

const NOISE6 = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

// Neighbour and router discovery and multicast listener reports come by themselves, also through a tunnel; ARP is not decoded at all.
const isNoise = ({ packet, inner }: Decoded): boolean =>
  (packet.l4.proto === 'icmpv6' && NOISE6.has(packet.l4.type)) || (inner !== undefined && isNoise(inner));

/** Reads one namespace's capture. `devices` names its interfaces by index. */
export const readCapture = (
  netns: string,
  bytes: Uint8Array,
  devices: ReadonlyMap<number, string>,
  ports: TunnelPorts = TUNNEL_PORTS,
): readonly Seen[] =>
  readPcap(bytes).flatMap((record) => {
    const decoded = decodeIp(record.data, record.etherType, ports);
    if (!decoded || isNoise(decoded)) return [];
    const { time, packetType, smac } = record;
    const dev = devices.get(record.ifindex) ?? `if${record.ifindex}`;
    const dir = packetType === 'out' ? 'out' : 'in';
    return [{ netns, dev, dir, ...decoded, time, packetType, ...(smac !== undefined && { smac }) }];
  });
