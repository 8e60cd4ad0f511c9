import { carriedPacket, type L4, type Packet } from '../dataplane/packet.ts';
import { familyOf, formatIp, type Ip } from '../net/ip.ts';
import type { PacketDoc } from './document.ts';

const ICMP_NAMES: Readonly<Record<string, string>> = {
  '4/0': 'echo reply',
  '4/3': 'destination unreachable',
  '4/3/0': 'network unreachable',
  '4/3/1': 'host unreachable',
  '4/3/3': 'port unreachable',
  '4/3/4': 'fragmentation needed',
  '4/3/10': 'host prohibited',
  '4/3/13': 'administratively prohibited',
  '4/8': 'echo request',
  '4/11': 'time exceeded',
  '6/1': 'destination unreachable',
  '6/1/0': 'no route',
  '6/1/1': 'administratively prohibited',
  '6/1/3': 'address unreachable',
  '6/1/4': 'port unreachable',
  '6/2': 'packet too big',
  '6/3': 'time exceeded',
  '6/128': 'echo request',
  '6/129': 'echo reply',
};

const icmpName = (family: 4 | 6, type: number, code: number): string =>
  ICMP_NAMES[`${family}/${type}/${code}`] ?? ICMP_NAMES[`${family}/${type}`] ?? `type ${type} code ${code}`;

type Inside = { readonly tunnel: string; readonly packet: Packet };

/** The packet inside a tunnel's packet. */
export const insideOf = (l4: L4): Inside | undefined => {
  if (l4.proto === 'ipip' || l4.proto === 'esp') return { tunnel: l4.proto, packet: l4.inner };
  if (l4.proto !== 'udp' || !l4.carries) return undefined;
  const { carries } = l4;
  // A daemon's datagrams are one kind of tunnel, whether packets or frames ride in them.
  return { tunnel: carries.kind === 'ethernet' ? 'udp' : carries.kind, packet: carriedPacket(carries) };
};

/** `10.1.20.2:80`, `[fd00::2]:80`, or the address alone. */
export const endpoint = (ip: Ip, port?: number): string => {
  const text = formatIp(ip);
  return port === undefined ? text : familyOf(ip) === 4 ? `${text}:${port}` : `[${text}]:${port}`;
};

const sizeOf = (packet: Packet): number => packet.fragment ?? packet.length;

/** The innermost packet: the one that was asked about. */
export const innermost = (packet: Packet): Packet => {
  const inside = insideOf(packet.l4);
  return inside ? innermost(inside.packet) : packet;
};

/** A packet on the wire in one line; what a tunnel carries stands in brackets. */
export const packetWords = (packet: Packet): string => {
  const { l4, src, dst } = packet;
  const inside = insideOf(l4);
  if (!inside) return `${formatIp(src)} -> ${formatIp(dst)}`;
  const name = inside.tunnel === 'udp' ? 'udp' : inside.tunnel;
  // flanneld's sender has a fixed port; that of vxlan is a hash, which nobody can know here.
  const sport = l4.proto === 'udp' && inside.tunnel !== 'vxlan' ? l4.sport : undefined;
  const dport = l4.proto === 'udp' ? l4.dport : undefined;
  const overhead = sizeOf(packet) - sizeOf(inside.packet);
  const inner = packetWords(inside.packet);
  return `${name} ${endpoint(src, sport)} -> ${endpoint(dst, dport)} [${inner}] +${overhead} bytes, ttl ${packet.ttl}`;
};

/** What a packet is, for sentences: `ICMP echo request`, `TCP SYN to port 80`. */
export const packetKind = ({ l4, src }: Packet): string => {
  switch (l4.proto) {
    case 'tcp':
      return `TCP ${l4.flags} to port ${l4.dport}`;
    case 'udp':
      return l4.carries ? `${l4.carries.kind} packet in UDP to port ${l4.dport}` : `UDP packet to port ${l4.dport}`;
    case 'sctp':
      return `SCTP packet to port ${l4.dport}`;
    case 'icmp':
    case 'icmpv6':
      return `ICMP ${icmpName(familyOf(src), l4.type, l4.code)}`;
    case 'ipip':
      return 'IP-in-IP packet';
    case 'esp':
      return 'ESP packet';
  }
};

/** A packet as the document shows it. */
export const packetDoc = (packet: Packet): PacketDoc => {
  const { l4, src, dst } = packet;
  const inside = insideOf(l4);
  return {
    source: formatIp(src),
    destination: formatIp(dst),
    protocol: l4.proto,
    ...('sport' in l4 && inside?.tunnel !== 'vxlan' && { sourcePort: l4.sport }),
    ...('dport' in l4 && { destinationPort: l4.dport }),
    ...('type' in l4 && { icmp: icmpName(familyOf(src), l4.type, l4.code) }),
    ttl: packet.ttl,
    length: sizeOf(packet),
    dontFragment: packet.df,
    ...(inside && { tunnel: inside.tunnel, inner: packetDoc(inside.packet) }),
  };
};
