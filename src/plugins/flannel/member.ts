import type { Origin } from '../../linux/origin.ts';
import type { Ip } from '../../net/ip.ts';
import type { Mac } from '../../net/mac.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { NodeDraft } from '../node.ts';
import type { FlannelConfig } from './config.ts';

/** One family's side of a lease: what other nodes know of it. */
export type Side = {
  readonly subnet: Prefix;
  /** The lease's public address: where peers send. */
  readonly published: Ip;
  readonly vtepMac: Mac;
};

/** A lease as other nodes see it. */
export type Lessee = {
  readonly name: string;
  readonly v4?: Side;
  readonly v6?: Side;
  readonly publicKey?: string;
  readonly listenPort?: number;
  /** What a lookup of the lease shows; put together only when someone looks. */
  readonly line: () => string;
  readonly origin: Origin;
};

/** One family's addresses of the node that flanneld runs on. */
export type OwnSide = Side & {
  /** Address of the chosen interface: what sockets bind to. */
  readonly iface: Ip;
  /** ExtAddr: --public-ip if given; the `local` of vxlan devices. */
  readonly ext: Ip;
};

/** A node on which flanneld runs, with its lease and the interface that it chose. */
export type Member = {
  readonly name: string;
  readonly dev: string;
  readonly mtu: number;
  readonly v4?: OwnSide;
  readonly v6?: OwnSide;
};

/** One node being built by a backend. `peers` are the leases of the others, in the order in which it learned them. */
export type Site = {
  readonly draft: NodeDraft;
  readonly self: Member;
  readonly peers: readonly Lessee[];
  readonly config: FlannelConfig;
};

/** The sides that there are, with their range: a loop over families. */
export const sidesOf = (
  member: Member,
  config: Pick<FlannelConfig, 'network' | 'network6'>,
): readonly { readonly family: 4 | 6; readonly side: OwnSide; readonly network: Prefix }[] => [
  ...(member.v4 && config.network ? [{ family: 4 as const, side: member.v4, network: config.network }] : []),
  ...(member.v6 && config.network6 ? [{ family: 6 as const, side: member.v6, network: config.network6 }] : []),
];

export const sideOf = (lessee: Lessee, family: 4 | 6): Side | undefined => (family === 4 ? lessee.v4 : lessee.v6);
