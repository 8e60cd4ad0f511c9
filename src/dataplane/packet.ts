import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';

export type TcpFlags = 'SYN' | 'SYN-ACK' | 'ACK' | 'RST';

/** What rides in an IP packet; tunnels nest. */
export type L4 =
  | { readonly proto: 'tcp'; readonly sport: number; readonly dport: number; readonly flags: TcpFlags }
  | { readonly proto: 'udp'; readonly sport: number; readonly dport: number; readonly carries?: Carried }
  | { readonly proto: 'sctp'; readonly sport: number; readonly dport: number }
  /** Echo has `id`; errors have `about`: the packet that caused them, as it looked there. `mtu` with frag-needed / packet-too-big. */
  | {
      readonly proto: 'icmp' | 'icmpv6';
      readonly type: number;
      readonly code: number;
      readonly id?: number;
      readonly about?: Packet;
      readonly mtu?: number;
    }
  | { readonly proto: 'ipip'; readonly inner: Packet }
  | { readonly proto: 'esp'; readonly inner: Packet };

/** What a UDP tunnel carries. */
export type Carried =
  | { readonly kind: 'vxlan'; readonly vni: number; readonly frame: Frame }
  | { readonly kind: 'udp'; readonly packet: Packet }
  /** A frame in a daemon's own wrapping. */
  | { readonly kind: 'ethernet'; readonly frame: Frame }
  | { readonly kind: 'wireguard'; readonly packet: Packet; readonly publicKey: string }
  | { readonly kind: 'esp'; readonly packet: Packet };

/** An IP packet. `length` counts from its IP header on. Never changed in place. */
export type Packet = {
  readonly src: Ip;
  readonly dst: Ip;
  readonly ttl: number;
  readonly length: number;
  /** Don't Fragment; always true in effect for IPv6. */
  readonly df: boolean;
  readonly l4: L4;
  /** Size of the largest fragment, where the packet travels in pieces. */
  readonly fragment?: number;
};

export type Frame = { readonly smac: Mac; readonly dmac: Mac; readonly packet: Packet };

/** The packet inside a UDP tunnel's payload. */
export const carriedPacket = (carried: Carried): Packet => ('frame' in carried ? carried.frame.packet : carried.packet);
