import type { Node, NodeInterface } from '../model/cluster.ts';
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

/** What the input says of the NIC with the node's own addresses: the one that it names, else the one that has one of them. */
export const primaryOf = ({ interface: named, interfaces, ips }: Node): NodeInterface | undefined => {
  if (!interfaces) return undefined;
  if (named !== undefined) return interfaces.find(({ name }) => name === named);
  const holder = interfaces.find((nic) => nic.ips.some(({ ip }) => ips.includes(ip)));
  return holder ?? interfaces.find(({ name }) => name === 'eth0');
};

/** The name of that NIC. */
export const primaryDev = (node: Node): string => node.interface ?? primaryOf(node)?.name ?? 'eth0';
