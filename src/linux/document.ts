import type { NetfilterDoc } from './document-netfilter.ts';
import type { Origin } from './origin.ts';

/** Pieces of the document `k8snet/node/v1`: fields are named as in the JSON of iproute2, and each entry carries its origin. */

type Sourced = { origin?: Origin };

export type AddressDoc = Sourced & {
  family: 'inet' | 'inet6';
  local: string;
  prefixlen: number;
  broadcast?: string;
  scope: string;
  secondary?: true;
  noprefixroute?: true;
  label?: string;
};

export type LinkDoc = Sourced & {
  ifindex: number;
  ifname: string;
  /** The other end of a veth in the same namespace. */
  link?: string;
  /** The index of the other end of a veth that ends elsewhere. */
  link_index?: number;
  link_netnsid?: number;
  flags: string[];
  mtu: number;
  qdisc: string;
  master?: string;
  operstate: string;
  txqlen: number;
  link_type: 'loopback' | 'ether' | 'none' | 'ipip';
  address?: string;
  linkinfo?: {
    info_kind?: string;
    info_data?: Record<string, string | number | boolean>;
    info_slave_kind?: 'bridge' | 'openvswitch';
    info_slave_data?: { hairpin: boolean };
  };
  addr_info: AddressDoc[];
};

export type HopDoc = { gateway?: string; dev: string; weight: number; flags: string[] };
export type RouteDoc = Sourced & {
  type?: string;
  dst: string;
  gateway?: string;
  dev?: string;
  protocol?: string;
  scope?: string;
  prefsrc?: string;
  metric?: number;
  flags: string[];
  metrics?: { mtu: number }[];
  pref?: 'medium';
  nexthops?: HopDoc[];
};

export type RuleDoc = Sourced & {
  priority: number;
  not?: null;
  src: string;
  srclen?: number;
  dst?: string;
  dstlen?: number;
  fwmark?: string;
  fwmask?: string;
  iif?: string;
  oif?: string;
  ipproto?: string;
  dport?: number;
  dport_start?: number;
  dport_end?: number;
  table?: string;
  action?: string;
};

export type NeighDoc = Sourced & { dst: string; dev: string; lladdr?: string; proxy?: null; state: string[] };
export type FdbDoc = Sourced & {
  mac: string;
  ifname: string;
  dst?: string;
  flags: string[];
  master?: string;
  state: string;
};

export type XfrmDoc = Sourced & {
  dir: string;
  src: string;
  dst: string;
  tmpl: { src: string; dst: string; reqid: number };
  mode?: 'transport';
  udpPort?: number;
  mark?: string;
  udpEncap?: boolean;
};

/** A virtual server of ip_vs. */
export type VirtualServerDoc = Sourced & {
  protocol: 'tcp' | 'udp' | 'sctp';
  ip: string;
  port: number;
  scheduler: string;
  schedFlags?: string[];
  persistent?: number;
  realServers: (Sourced & { ip: string; port: number; weight: number })[];
};

export type OverlayDoc = Sourced & {
  daemon: string;
  overlay: string;
  port: string;
  datapath?: string;
  connections: (Sourced & {
    peer: string;
    local: string;
    remote: string;
    kind: 'vxlan' | 'udp';
    port: number;
    line: string;
  })[];
};

export type DaemonDoc = Sourced & {
  name: string;
  tun: string;
  local: string;
  port: number;
  lookup: string;
  routes: (Sourced & { dst: string; via: string; port: number; line: string })[];
};

/** What one real command would print. */
export type SectionDoc = { title: string; command: string; lines: string[] };

/** All that a namespace holds, as data and as the text of the tools. */
export type NodeDoc = NetfilterDoc & {
  schema: 'k8snet/node/v1';
  node: string;
  kind: 'node' | 'pod' | 'router' | 'external';
  links: LinkDoc[];
  routes: { family: 'inet' | 'inet6'; table: string; routes: RouteDoc[] }[];
  rules: { family: 'inet' | 'inet6'; rules: RuleDoc[] }[];
  neigh: NeighDoc[];
  fdb: FdbDoc[];
  sysctls: Record<string, number>;
  /** Where ip_vs is in use. */
  ipvs?: VirtualServerDoc[];
  xfrm: XfrmDoc[];
  wireguard: {
    ifname: string;
    listenPort: number;
    peers: (Sourced & { publicKey: string; endpoint: string; allowedIps: string[] })[];
  }[];
  daemons: DaemonDoc[];
  overlays?: OverlayDoc[];
  sections: SectionDoc[];
};
