import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';

/** A NIC of a node: where it plugs in, and what it holds. */
export type Nic = {
  readonly dev: string;
  readonly segment: string;
  readonly mac: Mac;
  readonly mtu: number;
  readonly ips: readonly { readonly ip: Ip; readonly len: number }[];
  /** The next hops of the default routes; empty on NICs that have none. */
  readonly gateways: readonly Ip[];
};
