import type { Cluster, Node, Pod } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
import { addToIp, type Family, formatIp, type Ip } from '../net/ip.ts';
import {
  contains,
  familyOfPrefix,
  firstHostOf,
  formatPrefix,
  lastOf,
  networkOf,
  type Prefix,
  subnetAt,
} from '../net/prefix.ts';

export type Assigned = { readonly cluster: Cluster; readonly assumptions: readonly Assumption[] };

/** --node-cidr-mask-size-ipv4 and -ipv6 of kube-controller-manager. */
const NODE_MASK = { 4: 24, 6: 64 } as const;

// Goes up from an address over those that are taken.
const freeIps = (prefix: Prefix, taken: ReadonlySet<Ip>, from: Ip): (() => Ip | undefined) => {
  let at = from;
  return () => {
    while (at < lastOf(prefix)) {
      const ip = at;
      at = addToIp(at, 1);
      if (!taken.has(ip)) return ip;
    }
    return undefined;
  };
};

const nodeIps = (cluster: Cluster): readonly Node[] => {
  if (cluster.nodes.every((node) => node.ips.length > 0)) return cluster.nodes;
  const taken = new Set([...cluster.nodes.flatMap((node) => node.ips), ...(cluster.fabric?.gateway ?? [])]);
  const families = new Map<Family, () => Ip | undefined>();
  for (const prefix of cluster.subnets.nodes) {
    const family = familyOfPrefix(prefix);
    // .1 is the router's.
    if (!families.has(family)) families.set(family, freeIps(prefix, taken, addToIp(prefix.addr, 2)));
  }
  return cluster.nodes.map((node) =>
    node.ips.length > 0 ? node : { ...node, ips: [...families.values()].flatMap((next) => next() ?? []) },
  );
};

const podCidrs = (nodes: readonly Node[], ranges: readonly Prefix[]): readonly Node[] => {
  if (nodes.every((node) => node.podCIDRs.length > 0)) return nodes;
  const given = nodes.flatMap((node) => node.podCIDRs);
  const nexts = [...new Map(ranges.map((range) => [familyOfPrefix(range), range])).values()].map((range) => {
    const len = Math.max(NODE_MASK[familyOfPrefix(range)], range.len);
    const taken = new Set(given.map((cidr) => networkOf(cidr.addr, Math.min(cidr.len, len))));
    let index = 0;
    return (): Prefix | undefined => {
      for (;;) {
        const cidr = subnetAt(range, len, index++);
        if (!cidr || !taken.has(cidr.addr)) return cidr;
      }
    };
  });
  return nodes.map((node) =>
    node.podCIDRs.length > 0 ? node : { ...node, podCIDRs: nexts.flatMap((next) => next() ?? []) },
  );
};

const podIps = (pods: readonly Pod[], nodes: readonly Node[]): readonly Pod[] => {
  const needs = (pod: Pod) =>
    pod.ips.length === 0 && pod.node !== undefined && !pod.hostNetwork && pod.phase === 'Running';
  if (!pods.some(needs)) return pods;
  const taken = new Set(pods.flatMap((pod) => pod.ips));
  const byNode = new Map(
    nodes.map((node) => [node.name, node.podCIDRs.map((cidr) => freeIps(cidr, taken, addToIp(firstHostOf(cidr), 1)))]),
  );
  return pods.map((pod) =>
    needs(pod) ? { ...pod, ips: (byNode.get(pod.node ?? '') ?? []).flatMap((next) => next() ?? []) } : pod,
  );
};

const assumed = <T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  code: string,
  say: (one: T) => string,
  change: string,
): readonly Assumption[] =>
  before === after
    ? []
    : after.flatMap((one, i) =>
        one === before[i] || say(one) === '' ? [] : [{ code, text: `${one.name} ${say(one)}`, change }],
      );

/**
 * Fills in what the input leaves out as the real parts would: nodes' addresses upward from the range's second, podCIDRs in the order of
 * kube-controller-manager's allocator, pods' addresses in the order of host-local.
 * @param nodesWith gives nodes their podCIDRs where a plugin does that itself
 */
export const assignAddresses = (cluster: Cluster, nodesWith: typeof podCidrs = podCidrs): Assigned => {
  const addressed = nodeIps(cluster);
  const nodes = nodesWith(addressed, cluster.subnets.pods);
  const pods = podIps(cluster.pods, nodes);
  const changed = nodes !== cluster.nodes || pods !== cluster.pods;
  return {
    cluster: changed ? { ...cluster, nodes, pods } : cluster,
    assumptions: [
      ...assumed(
        cluster.nodes,
        addressed,
        'NODE_ADDRESS',
        (node) => (node.ips.length ? `has ${node.ips.map(formatIp).join(', ')}` : ''),
        'nodes[].ip',
      ),
      ...assumed(
        addressed,
        nodes,
        'POD_CIDR',
        (node) => (node.podCIDRs.length ? `has ${node.podCIDRs.map(formatPrefix).join(', ')}` : ''),
        'nodes[].podCIDR',
      ),
      ...assumed(
        cluster.pods,
        pods,
        'POD_ADDRESS',
        (pod) => (pod.ips.length ? `has ${pod.ips.map(formatIp).join(', ')}` : ''),
        'pods[].ip',
      ),
    ],
  };
};

/** Pods whose address lies in none of their node's ranges: no plugin gave it to them there. */
export const strayProblems = (cluster: Cluster): readonly Problem[] => {
  const ranges = new Map(cluster.nodes.map((node) => [node.name, node.podCIDRs]));
  return cluster.pods.flatMap((pod): Problem[] => {
    const own = pod.hostNetwork || pod.node === undefined ? undefined : ranges.get(pod.node);
    const stray = own && pod.ips.find((ip) => !own.some((cidr) => contains(cidr, ip)));
    if (stray === undefined || own === undefined) return [];
    const of = own.length > 0 ? own.map(formatPrefix).join(', ') : 'no range';
    const message = `pod ${pod.name}: ${formatIp(stray)} is not an address of node ${pod.node}, which has ${of}`;
    return [{ severity: 'warning', code: 'POD_OUTSIDE_PODCIDR', message, place: pod.place }];
  });
};
