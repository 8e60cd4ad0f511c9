import type { Node } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { type Family, familyOf } from '../../net/ip.ts';
import { covers, formatPrefix } from '../../net/prefix.ts';
import type { FlannelConfig } from './config.ts';

export const nodeProblem = (
  node: Node,
  severity: Problem['severity'],
  code: string,
  text: string,
  hint?: string,
): Problem => ({
  severity,
  code,
  message: `node ${node.name}: ${text}`,
  place: node.place,
  ...(hint !== undefined && { hint }),
});

/** Why flanneld has no usable subnet on a node: with the kube manager it exits (pkg/subnet/kube/kube.go). */
export const subnetFault = (node: Node, config: FlannelConfig, family: Family): Problem | undefined => {
  const network = family === 4 ? config.network : config.network6;
  if (!network) return undefined;
  const kube = config.manager === 'kube';
  const subnet = node.podCIDRs.find((cidr) => familyOf(cidr.addr) === family);
  if (subnet && covers(network, subnet)) return undefined;
  if (!subnet && kube) {
    const text = `pod cidr not assigned (IPv${family}); flanneld exits`;
    const hint = 'kube-controller-manager needs --allocate-node-cidrs, or state podCIDR';
    return nodeProblem(node, 'error', 'FLANNEL_NO_PODCIDR', text, hint);
  }
  if (!subnet) {
    const text = 'no lease is its own; no other node reaches its pods';
    return family === 4 ? nodeProblem(node, 'warning', 'FLANNEL_NODE_WITHOUT_LEASE', text) : undefined;
  }
  const text = kube
    ? `subnet ${formatPrefix(network)} specified in the flannel net config doesn't contain its podCIDR ${formatPrefix(subnet)}; flanneld exits`
    : `its lease ${formatPrefix(subnet)} lies outside of flannel's network ${formatPrefix(network)}`;
  return nodeProblem(node, kube ? 'error' : 'warning', 'FLANNEL_NETWORK_MISMATCH', text);
};
