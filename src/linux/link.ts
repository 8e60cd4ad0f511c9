import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Origin } from './origin.ts';

type LinkBase = {
  readonly ifname: string;
  readonly ifindex: number;
  readonly mtu: number;
  readonly up: boolean;
  /** undefined for link/none (tun, wireguard) and tunnels. */
  readonly address?: Mac;
  /** The bridge or Open vSwitch datapath that this link is a port of. */
  readonly master?: string;
  /** The bridge may send a frame back out of the port it came in by. */
  readonly hairpin?: boolean;
  readonly promisc?: boolean;
  /** IFF_NOARP: no neighbour resolution on this link. */
  readonly noarp?: boolean;
  readonly origin?: Origin;
};

export type WireguardPeer = {
  readonly publicKey: string;
  readonly endpoint: { readonly ip: Ip; readonly port: number };
  readonly allowedIps: readonly Prefix[];
  readonly origin?: Origin;
};

/** The other end of a veth. `ifindex` is its index there, which `ip link` prints as `@if5`; eth0 of a pod is the second link: 2. */
export type VethEnd = {
  readonly netns: string;
  readonly ifname: string;
  readonly ifindex?: number;
  /** Where nothing is behind the other end: its MAC, and all addresses that it answers for, so that nobody builds it to ask. */
  readonly leaf?: { readonly mac: Mac; readonly ips: readonly Ip[] };
};

/** A network interface, by `info_kind` as iproute2 names it; `physical` is a NIC: the end of a wire to the fabric. */
export type Link =
  | (LinkBase & { readonly kind: 'loopback' })
  | (LinkBase & { readonly kind: 'dummy' })
  | (LinkBase & { readonly kind: 'physical'; readonly segment: string })
  | (LinkBase & { readonly kind: 'veth'; readonly peer: VethEnd })
  | (LinkBase & { readonly kind: 'bridge' })
  | (LinkBase & {
      readonly kind: 'vxlan';
      readonly id: number;
      /** undefined: the route of the outer packet chooses. */
      readonly local?: Ip;
      readonly dev?: string;
      readonly port: number;
      readonly learning: boolean;
      /** Collects metadata: VNI and far end come with each frame, from a datapath that it is a port of, and any VNI is let in. */
      readonly external?: boolean;
    })
  /** The port that an Open vSwitch datapath has of its own, by the datapath's name. Others are its ports by `master`. */
  | (LinkBase & { readonly kind: 'openvswitch' })
  | (LinkBase & {
      readonly kind: 'ipip';
      readonly local: Ip;
      /** undefined: any; the outer destination is then the next hop of the route (NBMA). */
      readonly remote?: Ip;
      /** 0: inherit the inner TTL. */
      readonly ttl: number;
      readonly pmtudisc: boolean;
    })
  | (LinkBase & { readonly kind: 'wireguard'; readonly listenPort: number; readonly peers: readonly WireguardPeer[] })
  /** A device whose other end is a process: see UdpTunnelDaemon. */
  | (LinkBase & { readonly kind: 'tun' });

export type LinkKind = Link['kind'];

export type AddressScope = 'global' | 'link' | 'host';

/** An address on a link, as `ip addr` shows it. */
export type Address = {
  readonly dev: string;
  readonly local: Ip;
  readonly prefixlen: number;
  readonly broadcast?: Ip;
  readonly scope: AddressScope;
  /** Do not add the connected route (`noprefixroute`). */
  readonly noprefixroute?: boolean;
  readonly origin?: Origin;
};
