import type { Origin } from '../linux/origin.ts';
import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Prefix } from '../net/prefix.ts';
import type { L4Name, PortRange } from '../net/protocol.ts';
import type { Cloud } from './cloud.ts';

/** Where a namespace's NIC plugs into a segment. */
export type Port = {
  readonly netns: string;
  readonly dev: string;
  readonly mac: Mac;
  /** The addresses that the fabric knows this NIC by. */
  readonly ips: readonly Ip[];
  /** Azure IP forwarding, GCE canIpForward, AWS source/dest check off: may send from and receive for other addresses. */
  readonly forwarding: boolean;
  /** What the fabric delivers to this NIC besides; asked for only when a packet comes from or to it. */
  readonly lent?: Lent | undefined;
  readonly origin?: Origin;
};

/**
 * Addresses that a cloud lends a NIC besides its own: `secondary` ones of its own subnet, `delegated` ones of another subnet, or the range
 * of its pods in an `overlay`, which only NICs of that overlay can reach.
 */
export type Lent = {
  readonly kind: 'secondary' | 'delegated' | 'overlay';
  readonly ips: readonly Ip[];
  readonly ranges: readonly Prefix[];
  /** That one of them which the platform's own services answer, as they do the NIC's own. */
  readonly primary?: Ip | undefined;
  readonly origin?: Origin;
};

/** How to find the NICs of a segment without building the namespaces behind them. */
export type Ports = {
  readonly byMac: (mac: Mac) => Port | undefined;
  /** Who may answer ARP/ND for `ip`: the NIC known by it, then those that may hold it (e.g. the node whose podCIDR contains it). */
  readonly candidates: (ip: Ip) => readonly Port[];
  readonly all: () => Iterable<Port>;
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
