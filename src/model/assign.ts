import { addToIp, type Family, familyOf, type Ip } from '../net/ip.ts';
import { familyOfPrefix, lastOf, type Prefix } from '../net/prefix.ts';
import { assignNodeIps } from './assign-nodes.ts';
import { assignPodIps } from './assign-pods.ts';
import { assignServices } from './assign-services.ts';
import { type Given, givenSentence, missingSubnet, rangeExhausted } from './assign-words.ts';
import type { Cluster, Node } from './cluster.ts';
import { firstPerFamily, freeSubnets } from './free.ts';
import type { Assumption, Problem } from './place.ts';

/** How the plugin's parts give nodes their pod ranges. */
export type AssignPolicy = {
  /**
   * kube-controller-manager gives every node a range, from the first; flannel's etcd manager leases from its SubnetMin; `none`: the plugin
   * has no use for them.
   */
  readonly podCIDR: 'controller' | 'flannel-etcd' | 'none';
  /** Prefix length of a node's range, per family. */
  readonly nodeMask: Readonly<Record<Family, number>>;
  /** flannel's SubnetMin and IPv6SubnetMin; default: the second subnet of the range. */
  readonly subnetMin?: readonly Ip[];
  /** The plugin's own IPAM in place of host-local. */
  readonly podIps?: typeof assignPodIps;
};

export type Assigned = {
  readonly cluster: Cluster;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

/** The defaults of kube-controller-manager (--node-cidr-mask-size-ipv4, -ipv6). */
export const CONTROLLER_POLICY: AssignPolicy = { podCIDR: 'controller', nodeMask: { 4: 24, 6: 64 } };

/**
 * Gives every node, pod and Service the addresses that the input left out, as the real IPAM would: what is stated is never changed, what is
 * given is listed as assumed, and what no range has room for is a problem. Linear in nodes, pods and Services.
 */
export const assignAddresses = (cluster: Cluster, policy: AssignPolicy = CONTROLLER_POLICY): Assigned => {
  const addressed = assignNodeIps(cluster);
  const ranged =
    policy.podCIDR === 'none'
      ? { nodes: addressed.nodes, assumptions: [], problems: [] }
      : assignPodCidrs({ ...cluster, nodes: addressed.nodes }, policy);
  const podded = (policy.podIps ?? assignPodIps)(cluster.pods, ranged.nodes);
  const served = assignServices({ ...cluster, nodes: ranged.nodes });
  const changed =
    ranged.nodes !== cluster.nodes ||
    podded.pods !== cluster.pods ||
    served.services !== cluster.services ||
    served.ranges !== cluster.subnets.services;
  const assigned = {
    ...cluster,
    nodes: ranged.nodes,
    pods: podded.pods,
    services: served.services,
    subnets: { ...cluster.subnets, services: served.ranges },
  };
  const all = [addressed, ranged, podded, served];
  return {
    cluster: changed ? assigned : cluster,
    assumptions: all.flatMap(({ assumptions }) => assumptions),
    problems: all.flatMap(({ problems }) => problems),
  };
};

/** Gives each node a range of each family that `subnets.pods` has. */
const assignPodCidrs = (
  cluster: Cluster,
  policy: AssignPolicy,
): { readonly nodes: readonly Node[]; readonly assumptions: readonly Assumption[]; readonly problems: Problem[] } => {
  const ranges = firstPerFamily(cluster.subnets.pods);
  const problems: Problem[] = [];
  if (ranges.length === 0) problems.push(...withoutRange(cluster));

  const given: Given[] = [];
  const failed = new Map<Prefix, Node[]>();
  const stated = cluster.nodes.flatMap((node) => node.podCIDRs);
  const sources = ranges.map((range) => ({ range, next: subnetsOf(range, stated, policy) }));
  let nodes = cluster.nodes;
  const lacks = (node: Node, range: Prefix) =>
    !node.podCIDRs.some((cidr) => familyOfPrefix(cidr) === familyOfPrefix(range));
  if (nodes.some((node) => ranges.some((range) => lacks(node, range)))) {
    nodes = nodes.map((node) => {
      const added: Prefix[] = [];
      for (const { range, next } of sources) {
        const subnet = lacks(node, range) ? next() : undefined;
        if (subnet) added.push(subnet);
        else if (lacks(node, range)) failed.set(range, [...(failed.get(range) ?? []), node]);
      }
      if (added.length > 0) given.push({ name: node.name, values: added });
      return added.length > 0 ? { ...node, podCIDRs: [...node.podCIDRs, ...added] } : node;
    });
  }
  for (const [range, without] of failed) problems.push(rangeExhausted(range, without, 'node', 'range'));
  return { nodes, assumptions: given.length > 0 ? [assumedRanges(given, policy)] : [], problems };
};

/** Nodes that would have to give a pod its address and have no range: said once, at the first. */
const withoutRange = ({ nodes, pods }: Cluster): readonly Problem[] => {
  const homes = new Set(
    pods.flatMap((pod) => (pod.ips.length === 0 && !pod.hostNetwork && pod.node ? [pod.node] : [])),
  );
  const needy = nodes.find((node) => node.podCIDRs.length === 0 && homes.has(node.name));
  return needy ? [missingSubnet('pods', needy, 'podCIDR')] : [];
};

const subnetsOf = (range: Prefix, stated: readonly Prefix[], policy: AssignPolicy): (() => Prefix | undefined) => {
  const len = Math.max(policy.nodeMask[familyOfPrefix(range)], range.len);
  if (policy.podCIDR === 'controller') return freeSubnets(range, len, range.addr, stated);
  const family = familyOfPrefix(range);
  const min = policy.subnetMin?.find((ip) => familyOf(ip) === family);
  return freeSubnets(range, len, min ?? addToIp(lastOf({ addr: range.addr, len }), 1), stated);
};

const assumedRanges = (given: readonly Given[], { podCIDR }: AssignPolicy): Assumption => ({
  code: 'ASSUMED_POD_CIDR',
  text:
    podCIDR === 'controller'
      ? `${givenSentence(given)}: podCIDRs in the order of the nodes, as kube-controller-manager gives them`
      : `${givenSentence(given)}: the lowest free subnets from SubnetMin; flannel draws one of the first 100 free at random`,
  change: 'nodes[].podCIDR',
});
