import type { Origin } from '../linux/origin.ts';
import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Prefix } from '../net/prefix.ts';
import type { L4Name, PortRange } from '../net/protocol.ts';

/** Where a namespace's NIC plugs into a segment. */
export type Port = {
  readonly netns: string;
  readonly dev: string;
  readonly mac: Mac;
  /** The addresses that the fabric knows this NIC by. */
  readonly ips: readonly Ip[];
  /** Azure IP forwarding, GCE canIpForward, AWS source/dest check off: may send from and receive for other addresses. */
  readonly forwarding: boolean;
  readonly origin?: Origin;
};

/** How to find the NICs of a segment without building the namespaces behind them. */
export type Ports = {
  readonly byMac: (mac: Mac) => Port | undefined;
  /** Who may answer ARP/ND for `ip`: the NIC known by it, then those that may hold it (e.g. the node whose podCIDR contains it). */
  readonly candidates: (ip: Ip) => readonly Port[];
  readonly all: () => Iterable<Port>;
};

export type CloudNextHop =
  | { readonly to: 'port'; readonly ip: Ip }
  | { readonly to: 'vnet' }
  | { readonly to: 'internet' }
  | { readonly to: 'none' };

/** An entry of a cloud route table; the longest prefix wins, user routes before system routes. */
export type CloudRoute = {
  readonly dst: Prefix;
  readonly nexthop: CloudNextHop;
  /** As the cloud's own tool shows it. */
  readonly line: string;
  readonly system: boolean;
  readonly origin?: Origin;
};

/** Traffic that a cloud's fabric drops by kind; `known` is carried into the step. */
export type FabricFilter = {
  readonly protocol?: L4Name;
  readonly dport?: PortRange;
  readonly src?: Prefix;
  readonly dst?: Prefix;
  readonly action: 'allow' | 'deny';
  readonly line: string;
  readonly origin?: Origin;
};

/** A cloud network: no learning and no broadcast; the route table looks at every packet, even between neighbours. */
export type Cloud = {
  readonly name: 'azure' | 'aws' | 'gcp';
  /** The one MAC that answers every ARP (Azure 12:34:56:78:9a:bc), or undefined where the gateway and NICs answer with their own. */
  readonly arpMac: Mac;
  readonly ttlDecrement: boolean;
  readonly routes: readonly CloudRoute[];
  /** Empty: nothing filtered beyond `antispoof`. First match decides; no match allows. */
  readonly filters: readonly FabricFilter[];
  /** What the route table may hold (Azure 400, AWS 50), for warnings. */
  readonly routeLimit?: number;
};

/**
 * A segment: `switch` is an Ethernet that learns and floods, `cloud` a cloud network, `internet` the end of the model:
 * a packet that gets there has left the cluster.
 */
export type Segment = {
  readonly name: string;
  readonly kind: 'switch' | 'cloud' | 'internet';
  readonly prefixes: readonly Prefix[];
  /** The largest IP packet that the segment carries. */
  readonly mtu: number;
  readonly ports: Ports;
  readonly cloud?: Cloud;
  /** What the segment drops or lets pass by kind; the first match decides, no match allows. */
  readonly filters?: readonly FabricFilter[];
  readonly origin?: Origin;
};

/**
 * A load balancer of a cloud network: it takes packets for its address and hands each to one of its members. `passthrough` leaves
 * the packet as it is; `proxy` answers itself and opens a connection of its own.
 */
export type Balancer = {
  readonly ip: Ip;
  readonly mode: 'passthrough' | 'proxy';
  readonly rules: readonly {
    readonly protocol: L4Name;
    readonly port: number;
    /** The addresses of NICs; `weight`: how many like it this one stands for. Empty: nothing is healthy. */
    readonly members: readonly { readonly ip: Ip; readonly weight: number }[];
    readonly line: string;
  }[];
  readonly origin?: Origin;
};

/** An Ethernet that daemons on the nodes span over the network between them; each node holds its part as an OverlaySwitch. */
export type Overlay = {
  readonly name: string;
  /** What is plugged in: `netns` is the node whose switch has it on its own port `dev`. */
  readonly ports: Ports;
};

/** What lies between the nodes. Routers between segments are namespaces of kind `router`, walked like any other. */
export type Fabric = {
  readonly kind: 'l2' | 'routed' | 'azure' | 'aws' | 'gcp' | 'nsx';
  readonly segment: (name: string) => Segment | undefined;
  readonly segments: readonly Segment[];
  /** The router that leads to the internet segment, whose `wan` link replies from outside come in by. */
  readonly gateway?: { readonly netns: string; readonly wan: string };
  readonly overlay?: (name: string) => Overlay | undefined;
  /** The load balancer that has an address. */
  readonly balancer?: (ip: Ip) => Balancer | undefined;
};
