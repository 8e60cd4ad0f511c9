import type { L4, Packet } from '../dataplane/packet.ts';
import type { Ip, Ip6 } from '../net/ip.ts';

/** A packet as it was on a wire, with what a walk does not tell: the IP id, and which piece of a fragmented packet it is. */
export type Decoded = {
  readonly packet: Packet;
  readonly ipId: number;
  /** Offset and end of this piece in the whole payload; absent where the packet is whole. */
  readonly piece?: { readonly offset: number; readonly last: boolean };
  /** What a tunnel carries, or what an ICMP error quotes; the same as in `packet`. */
  readonly inner?: Decoded;
  readonly quoted?: Decoded;
};

/** UDP ports that mean a tunnel. */
export type TunnelPorts = { readonly vxlan: readonly number[]; readonly udp: readonly number[] };

export const TUNNEL_PORTS: TunnelPorts = { vxlan: [8472, 4789, 6784], udp: [8285] };

export const formatMac = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const readIp6 = (view: DataView, at: number): Ip6 => (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);

const FLAGS: Readonly<Record<number, 'SYN' | 'SYN-ACK' | 'RST'>> = { 2: 'SYN', 18: 'SYN-ACK' };

type DecodedL4 = { readonly l4: L4; readonly inner?: Decoded | undefined; readonly quoted?: Decoded | undefined };

const decodeUdp = (sport: number, dport: number, body: Uint8Array, ports: TunnelPorts): DecodedL4 => {
  const plain = { proto: 'udp', sport, dport } as const;
  if (ports.vxlan.includes(dport) && body.length >= 22 && body[0] === 8) {
    const frame = body.subarray(8);
    const inner = decodeIp(frame.subarray(14), viewOf(frame).getUint16(12), ports);
    if (!inner) return { l4: plain };
    const vni = viewOf(body).getUint32(4) >>> 8;
    const macs = { dmac: formatMac(frame), smac: formatMac(frame.subarray(6)) };
    return { l4: { ...plain, carries: { kind: 'vxlan', vni, frame: { ...macs, packet: inner.packet } } }, inner };
  }
  const inner = ports.udp.includes(dport) && ports.udp.includes(sport) ? decodeIp(body, 0x0800, ports) : undefined;
  return { l4: { ...plain, ...(inner && { carries: { kind: 'udp', packet: inner.packet } }) }, inner };
};

const decodeIcmp = (proto: 'icmp' | 'icmpv6', body: Uint8Array, ports: TunnelPorts): DecodedL4 => {
  const view = viewOf(body);
  const type = view.getUint8(0);
  const code = view.getUint8(1);
  const echo = proto === 'icmp' ? type === 0 || type === 8 : type === 128 || type === 129;
  if (echo) return { l4: { proto, type, code, id: view.getUint16(4) } };
  const isError = proto === 'icmp' ? [3, 4, 5, 11, 12].includes(type) : type < 128;
  const quoted = isError ? decodeIp(body.subarray(8), proto === 'icmp' ? 0x0800 : 0x86dd, ports) : undefined;
  const mtu =
    proto === 'icmp'
      ? type === 3 && code === 4
        ? view.getUint16(6)
        : undefined
      : type === 2
        ? view.getUint32(4)
        : undefined;
  const about = quoted && { about: quoted.packet };
  return { l4: { proto, type, code, ...about, ...(mtu !== undefined && { mtu }) }, quoted };
};

const decodeL4 = (number: number, body: Uint8Array, ports: TunnelPorts): DecodedL4 | undefined => {
  // Eight bytes are there even in the quotation of an ICMP error.
  if (body.length < 8) return undefined;
  const view = viewOf(body);
  const sport = view.getUint16(0);
  const dport = view.getUint16(2);
  switch (number) {
    case 1:
      return decodeIcmp('icmp', body, ports);
    case 58:
      return decodeIcmp('icmpv6', body, ports);
    case 6: {
      const bits = body.length > 13 ? view.getUint8(13) & 0x17 : 2;
      return { l4: { proto: 'tcp', sport, dport, flags: bits & 4 ? 'RST' : (FLAGS[bits & 0x12] ?? 'ACK') } };
    }
    case 17:
      return decodeUdp(sport, dport, body.subarray(8), ports);
    case 132:
      return { l4: { proto: 'sctp', sport, dport } };
    case 4:
    case 41: {
      const inner = decodeIp(body, number === 4 ? 0x0800 : 0x86dd, ports);
      return inner && { l4: { proto: 'ipip', inner: inner.packet }, inner };
    }
    default:
      return undefined;
  }
};

// A piece without ports of its own: the walk knows the whole packet only, and pieces are joined to their first.
const REST: DecodedL4 = { l4: { proto: 'udp', sport: 0, dport: 0 } };

const nested = ({ inner, quoted }: DecodedL4): Pick<Decoded, 'inner' | 'quoted'> => ({
  ...(inner && { inner }),
  ...(quoted && { quoted }),
});

const decodeIp4 = (bytes: Uint8Array, ports: TunnelPorts): Decoded | undefined => {
  if (bytes.length < 20) return undefined;
  const view = viewOf(bytes);
  const header = (view.getUint8(0) & 15) * 4;
  const length = view.getUint16(2);
  const flags = view.getUint16(6);
  const offset = (flags & 0x1fff) * 8;
  const more = (flags & 0x2000) !== 0;
  const load = offset > 0 ? REST : decodeL4(view.getUint8(9), bytes.subarray(header, length), ports);
  if (!load) return undefined;
  const ips: { readonly src: Ip; readonly dst: Ip } = { src: view.getUint32(12), dst: view.getUint32(16) };
  const packet: Packet = { ...ips, ttl: view.getUint8(8), length, df: (flags & 0x4000) !== 0, l4: load.l4 };
  const piece = offset > 0 || more ? { piece: { offset, last: !more } } : {};
  return { packet, ipId: view.getUint16(4), ...piece, ...nested(load) };
};

const decodeIp6 = (bytes: Uint8Array, ports: TunnelPorts): Decoded | undefined => {
  if (bytes.length < 40) return undefined;
  const view = viewOf(bytes);
  const length = 40 + view.getUint16(4);
  let number = view.getUint8(6);
  let at = 40;
  let ipId = 0;
  let piece: Decoded['piece'];
  if (number === 0 && bytes.length >= at + 8) {
    number = view.getUint8(at);
    at += 8 * (view.getUint8(at + 1) + 1);
  }
  if (number === 44 && bytes.length >= at + 8) {
    number = view.getUint8(at);
    const word = view.getUint16(at + 2);
    ipId = view.getUint32(at + 4);
    piece = { offset: word & 0xfff8, last: (word & 1) === 0 };
    at += 8;
  }
  const load = piece && piece.offset > 0 ? REST : decodeL4(number, bytes.subarray(at, length), ports);
  if (!load) return undefined;
  const packet: Packet = {
    src: readIp6(view, 8),
    dst: readIp6(view, 24),
    ttl: view.getUint8(7),
    length,
    df: true,
    l4: load.l4,
  };
  return { packet, ipId, ...(piece && { piece }), ...nested(load) };
};

/** Reads an IP packet from its header on; undefined for other protocols and for what a walk never holds. Quoted packets may be cut short. */
export const decodeIp = (bytes: Uint8Array, etherType: number, ports: TunnelPorts): Decoded | undefined =>
  etherType === 0x0800 ? decodeIp4(bytes, ports) : etherType === 0x86dd ? decodeIp6(bytes, ports) : undefined;
