import type { Ip } from '../net/ip.ts';
import type { Origin } from './origin.ts';

/**
 * How frames cross to a peer. `vxlan`: the kernel's datapath wraps them by its tunnel port `dev`. `udp`: the daemon sends them inside
 * datagrams of its own, `overhead` bytes longer than the IP packet of the frame; it cuts or refuses packets longer than `mtu`.
 */
export type OverlayTransport =
  | { readonly kind: 'vxlan'; readonly dev: string; readonly port: number }
  | { readonly kind: 'udp'; readonly port: number; readonly overhead: number; readonly mtu: number };

/** A connection to a peer, over which frames to it and to peers beyond it go. */
export type OverlayConnection = {
  /** The peer's namespace. */
  readonly peer: string;
  readonly local: Ip;
  readonly remote: Ip;
  readonly transport: OverlayTransport;
  /** As the daemon's own tool lists it. */
  readonly line: string;
  readonly origin?: Origin;
};

/**
 * This node's part of an Ethernet that daemons span over the network between the nodes. It takes the frames that come in by `port`, knows
 * by learning which peer their MAC is behind, and sends each over a connection; a peer between two others hands frames on. The frame
 * inside is never changed.
 */
export type OverlaySwitch = {
  /** The process that fills it, and carries frames itself over `udp`. */
  readonly daemon: string;
  /** The command that lists its connections. */
  readonly command: string;
  /** The name of the fabric's overlay that it is a part of. */
  readonly overlay: string;
  /** The link by which this node's own frames come and go. */
  readonly port: string;
  /** The Open vSwitch datapath that `port` is a port of; undefined where the daemon itself captures and injects frames there. */
  readonly datapath?: string;
  /** The VNI of frames from one peer to another. */
  readonly vni: (from: string, to: string) => number;
  /** The connection by which frames to a peer leave: to itself, or to one that is nearer to it. undefined: there is no way. */
  readonly via: (peer: string) => OverlayConnection | undefined;
  /** May be a getter. */
  readonly connections: readonly OverlayConnection[];
  readonly origin?: Origin;
};
