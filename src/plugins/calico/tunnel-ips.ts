import type { Node } from '../../model/cluster.ts';
import { addToIp, type Ip, parseIp } from '../../net/ip.ts';
import { lastOf } from '../../net/prefix.ts';
import type { Block } from './blocks.ts';

/** The addresses of a node's tunnel devices. */
export type Tunnels = { readonly ipip?: Ip; readonly vxlan?: Ip; readonly vxlan6?: Ip };

/** Annotations in which calico-node keeps them (libcalico-go/lib/backend/k8s/resources/node.go). */
const KINDS = [
  ['ipip', 4, 'ipip', 'projectcalico.org/IPv4IPIPTunnelAddr'],
  ['vxlan', 4, 'vxlan', 'projectcalico.org/IPv4VXLANTunnelAddr'],
  ['vxlan6', 6, 'vxlan', 'projectcalico.org/IPv6VXLANTunnelAddr'],
] as const;

/**
 * Each device has an address of the node's own blocks in pools of its kind, taken when the node starts: the first, unless a pod has it
 * (node/pkg/allocateip). Adds them to `used`.
 */
export const tunnelsOf = (node: Node, blocks: readonly Block[], used: Set<Ip>): Tunnels => {
  const free = ({ cidr }: Block): Ip | undefined => {
    for (let ip = cidr.addr; ip <= lastOf(cidr); ip = addToIp(ip, 1)) if (!used.has(ip)) return ip;
    return undefined;
  };
  const found: { -readonly [K in keyof Tunnels]: Tunnels[K] } = {};
  for (const [kind, family, encapsulation, annotation] of KINDS) {
    const stated = parseIp(node.annotations[annotation] ?? '');
    const of = blocks.filter(({ pool }) => pool.family === family && pool.encapsulation.startsWith(encapsulation));
    const ip = stated ?? of.map(free).find((one) => one !== undefined);
    if (ip === undefined) continue;
    used.add(ip);
    found[kind] = ip;
  }
  return found;
};
