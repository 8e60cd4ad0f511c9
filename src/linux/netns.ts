import type { Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import type { PortRange } from '../net/protocol.ts';
import type { Ipvs } from './ipvs.ts';
import type { Address, Link } from './link.ts';
import type { FdbEntry, Neigh } from './neigh.ts';
import type { IpSet, Table } from './netfilter.ts';
import type { Origin } from './origin.ts';
import type { OverlaySwitch } from './overlay.ts';
import type { Route, Rule } from './route.ts';

/** An IPsec policy (`ip xfrm policy`) with its tunnel template. */
export type XfrmPolicy = {
  readonly dir: 'out' | 'in' | 'fwd';
  readonly src: Prefix;
  readonly dst: Prefix;
  readonly tmpl: { readonly src: Ip; readonly dst: Ip; readonly reqid: number };
  /** Transport mode: only what the IP header carries is wrapped. Default: a tunnel. */
  readonly mode?: 'transport';
  /** Further tests of the selector: UDP to a port, and the packet's mark. */
  readonly udpPort?: number;
  readonly mark?: { readonly value: number; readonly mask: number };
  /** ESP inside UDP 4500. */
  readonly udpEncap?: boolean;
  /** Bytes that ESP adds to a packet, without padding detail. */
  readonly overhead: number;
  /** What follows the IP header, with two bytes that are counted in `overhead`, is padded to a multiple of this. */
  readonly align?: number;
  readonly origin?: Origin;
};

/** One entry of a daemon's own table: destinations in `dst` are sent to `via`. */
export type DaemonRoute = {
  readonly dst: Prefix;
  readonly via: Ip;
  readonly port: number;
  /** What the lookup shows: key and value as stored. */
  readonly line: string;
  readonly origin?: Origin;
};

/**
 * A process that reads packets from a tun device and sends each inside UDP to a peer found in its own table,
 * and writes what peers send to the tun device. Both ways it takes one off the TTL.
 * `routes` is searched in order and the first that contains the destination wins (not the longest prefix).
 */
export type UdpTunnelDaemon = {
  readonly name: string;
  readonly tun: string;
  readonly local: Ip;
  readonly port: number;
  /** Longer datagrams from peers are cut to this many bytes. */
  readonly bufferSize: number;
  readonly routes: readonly DaemonRoute[];
  /** What the lookup is called in a trace, e.g. `etcd lookup`. */
  readonly lookup: string;
  /** The set DF bit on the datagrams it sends. */
  readonly df: boolean;
  /** Why a destination is not in the table, for the reason of the drop. */
  readonly missing: string;
  readonly origin?: Origin;
};

/** A listening socket; a netns with `sockets` undefined accepts any port (nothing is known of what runs there). */
export type Socket = {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly local?: Ip;
  readonly port: number;
  readonly origin?: Origin;
};

/**
 * Sysctls under their names with dots, e.g. `net.ipv4.conf.eth0.rp_filter` (a dot in an interface name is a slash: `flannel/1`).
 * What is absent has the kernel's default; see sysctl.ts.
 */
export type Sysctls = Readonly<Record<string, number>>;

/**
 * An eBPF program that changes the way of some packets, and that is not modelled: what it does with them cannot be told. Without `dev` it
 * sits at the sockets of the namespace.
 */
export type OpaqueProgram = {
  readonly name: string;
  readonly dev?: string;
  readonly dst?: readonly Prefix[];
  readonly dport?: PortRange;
  readonly origin?: Origin;
};

/** All that one network namespace holds. `id` is unique in a World. */
export type Netns = {
  readonly id: string;
  readonly kind: 'node' | 'pod' | 'router' | 'external';
  readonly links: readonly Link[];
  readonly addresses: readonly Address[];
  /** All tables, with what the kernel itself added for addresses. */
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  readonly neighbours: readonly Neigh[];
  readonly fdb: readonly FdbEntry[];
  readonly sysctls: Sysctls;
  readonly tables: readonly Table[];
  readonly ipsets: readonly IpSet[];
  readonly xfrm: readonly XfrmPolicy[];
  readonly daemons: readonly UdpTunnelDaemon[];
  readonly overlays?: readonly OverlaySwitch[];
  readonly programs?: readonly OpaqueProgram[];
  readonly ipvs?: Ipvs;
  readonly sockets?: readonly Socket[];
  /** Ports on which nothing listens, whatever `sockets` does not know. */
  readonly closed?: readonly PortRange[];
};
