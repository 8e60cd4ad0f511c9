import { type AssignPolicy, CONTROLLER_POLICY } from '../../model/assign.ts';
import type { Cluster, Node } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { familyOf, formatIp, type Ip } from '../../net/ip.ts';
import { contains, familyOfPrefix, formatPrefix, type Prefix, prefixEquals } from '../../net/prefix.ts';
import type { FlannelConfig } from './config.ts';
import type { FlannelStore, Lease } from './leases.ts';
import { subnetRange } from './ranges.ts';

const pick = (cidrs: readonly Prefix[], family: 4 | 6) => cidrs.find((cidr) => familyOfPrefix(cidr) === family);

/** How flannel hands out subnets to nodes that state none: its etcd manager leases its own, the kube one takes the controller's. */
export const assignPolicy = (config: FlannelConfig): AssignPolicy => {
  if (config.manager === 'kube') return CONTROLLER_POLICY;
  const asked = { len: 0, min: undefined, max: undefined };
  const range = (network: Prefix | undefined) => network && subnetRange(network, asked, () => {});
  const [v4, v6] = [range(config.network), range(config.network6)];
  return {
    podCIDR: 'flannel-etcd',
    nodeMask: { 4: v4?.len ?? CONTROLLER_POLICY.nodeMask[4], 6: v6?.len ?? CONTROLLER_POLICY.nodeMask[6] },
    subnetMin: [v4?.min, v6?.min].filter((ip) => ip !== undefined),
  };
};

export type Matched = {
  readonly nodes: readonly Node[];
  /** Which node a lease belongs to. */
  readonly owners: ReadonlyMap<Lease, string>;
  readonly problems: readonly Problem[];
};

/** Joins the leases of a real etcd to the nodes by their public addresses; the leases say which range a node has. */
export const matchLeases = (cluster: Cluster, config: FlannelConfig, store: FlannelStore): Matched => {
  const problems: Problem[] = [];
  const byIp = new Map<Ip, Node>();
  for (const node of cluster.nodes) {
    const further = (node.interfaces ?? []).flatMap(({ ips }) => ips.map(({ ip }) => ip));
    const stated = config.publicIp(node.name);
    for (const ip of [...node.ips, ...further, ...(stated === undefined ? [] : [stated])])
      if (!byIp.has(ip)) byIp.set(ip, node);
  }
  const owners = new Map<Lease, string>();
  const first = new Map<string, Lease>();
  for (const lease of store.leases) {
    const ip = lease.publicIp ?? lease.publicIp6;
    const node = ip === undefined ? undefined : byIp.get(ip);
    if (!node) {
      const of = ip === undefined ? '' : ` ${formatIp(ip)}`;
      const message = `${lease.key}: no node here has its public address${of}`;
      problems.push({ severity: 'warning', code: 'FLANNEL_LEASE_UNKNOWN_NODE', message });
      continue;
    }
    owners.set(lease, node.name);
    if (!first.has(node.name)) first.set(node.name, lease);
  }
  const nodes = cluster.nodes.map((node): Node => {
    const lease = first.get(node.name);
    const podCIDRs = [lease?.subnet, lease?.subnet6].filter((subnet) => subnet !== undefined);
    const stated = pick(node.podCIDRs, 4);
    if (stated && lease?.subnet && !prefixEquals(stated, lease.subnet))
      problems.push({
        severity: 'warning',
        code: 'FLANNEL_LEASE_NOT_PODCIDR',
        message: `node ${node.name}: its podCIDR is ${formatPrefix(stated)}, its lease ${formatPrefix(lease.subnet)}; flanneld goes by the lease`,
        place: node.place,
      });
    return { ...node, podCIDRs };
  });
  return { nodes, owners, problems };
};

/** host-gw needs every peer on the link: the ranges that the nodes are spread over. */
export const spread = (
  nodes: readonly Node[],
  ranges: readonly Prefix[],
  holds: (range: Prefix, ip: Ip) => boolean,
) => {
  const used = new Set<Prefix>();
  for (const node of nodes) {
    const ip = node.ips.find((one) => familyOf(one) === 4) ?? node.ips[0];
    const range = ip === undefined ? undefined : ranges.find((one) => holds(one, ip));
    if (range) used.add(range);
  }
  return [...used];
};

/** Pods that still have an address of a range which their node no longer leases. */
export const strayPods = ({ nodes, pods }: Cluster): readonly Problem[] => {
  const ranges = new Map(nodes.map((node) => [node.name, node.podCIDRs]));
  return pods.flatMap((pod): Problem[] => {
    const own = pod.hostNetwork || pod.node === undefined ? undefined : ranges.get(pod.node);
    const stray = own && pod.ips.find((ip) => !own.some((cidr) => contains(cidr, ip)));
    if (stray === undefined || own === undefined) return [];
    const of = own.length > 0 ? own.map(formatPrefix).join(', ') : 'no lease';
    const message = `pod ${pod.name}: ${formatIp(stray)} is not of its node ${pod.node}, which has ${of}`;
    return [{ severity: 'warning', code: 'FLANNEL_POD_OUTSIDE_LEASE', message, place: pod.place }];
  });
};
