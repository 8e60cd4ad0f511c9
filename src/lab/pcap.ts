import { formatMac } from './decode.ts';

/** One record of `tcpdump -i any -y LINUX_SLL2`. */
export type SllRecord = {
  /** Seconds since 1970, as the kernel stamped it. */
  readonly time: number;
  readonly ifindex: number;
  readonly etherType: number;
  /** `other`: a frame that is not for this host (a promiscuous or bridged device); broadcast and multicast are told apart. */
  readonly packetType: 'host' | 'broadcast' | 'multicast' | 'other' | 'out';
  /** The link-layer source address, where the link has addresses. */
  readonly smac?: string;
  /** From the network header on. */
  readonly data: Uint8Array;
};

const LINKTYPE_LINUX_SLL2 = 276;
const SLL2_LENGTH = 20;
const ARPHRD_ETHER = 1;
const PACKET_TYPES = ['host', 'broadcast', 'multicast', 'other', 'out'] as const;

/** Reads a capture file in libpcap's format with link type LINUX_SLL2, in the order in which the kernel showed the packets. */
export const readPcap = (bytes: Uint8Array): readonly SllRecord[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 24) return [];
  const little = view.getUint32(0, true);
  const isLittle = little === 0xa1b2c3d4 || little === 0xa1b23c4d;
  const magic = isLittle ? little : view.getUint32(0, false);
  if (magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) throw new Error('lab: not a capture file');
  const perSecond = magic === 0xa1b23c4d ? 1e9 : 1e6;
  const link = view.getUint32(20, isLittle) & 0xffff;
  if (link !== LINKTYPE_LINUX_SLL2) throw new Error(`lab: link type ${link}, not LINUX_SLL2`);
  const records: SllRecord[] = [];
  let at = 24;
  while (at + 16 <= view.byteLength) {
    const length = view.getUint32(at + 8, isLittle);
    const start = at + 16;
    if (start + length > view.byteLength) break;
    const addressed = view.getUint16(start + 8) === ARPHRD_ETHER && view.getUint8(start + 11) === 6;
    records.push({
      time: view.getUint32(at, isLittle) + view.getUint32(at + 4, isLittle) / perSecond,
      etherType: view.getUint16(start),
      ifindex: view.getUint32(start + 4),
      packetType: PACKET_TYPES[view.getUint8(start + 10)] ?? 'other',
      ...(addressed && { smac: formatMac(bytes.subarray(start + 12, start + 18)) }),
      data: bytes.subarray(start + SLL2_LENGTH, start + length),
    });
    at = start + length;
  }
  return records;
};
