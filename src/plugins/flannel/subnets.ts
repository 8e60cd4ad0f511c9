import type { Cluster, Node } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { familyOf, formatIp, type Ip } from '../../net/ip.ts';
import { familyOfPrefix, formatPrefix, type Prefix, prefixEquals } from '../../net/prefix.ts';
import { allocateSubnets } from './allocate.ts';
import type { FlannelConfig } from './config.ts';
import type { FlannelStore, Lease } from './leases.ts';
import { subnetRange } from './ranges.ts';

const pick = (cidrs: readonly Prefix[], family: 4 | 6) => cidrs.find((cidr) => familyOfPrefix(cidr) === family);

/** Gives the nodes without a range one of the subnets that flannel's etcd manager would lease. */
export const leaseSubnets =
  (config: FlannelConfig) =>
  (nodes: readonly Node[]): readonly Node[] => {
    if (!config.network || nodes.every((node) => node.podCIDRs.length > 0)) return nodes;
    const nothing = () => {};
    const asked = { len: 0, min: undefined, max: undefined };
    const subnets = subnetRange(config.network, asked, nothing);
    const ipv6Subnets = config.network6 && subnetRange(config.network6, asked, nothing);
    const leases = nodes.flatMap((node): Lease[] => {
      const [subnet, subnet6] = [pick(node.podCIDRs, 4), pick(node.podCIDRs, 6)];
      const common = {
        backendType: '',
        backendData: null,
        backendV6Data: null,
        key: '',
        value: '',
        reservation: false,
      };
      return subnet ? [{ subnet, ...(subnet6 && { subnet6 }), ...common }] : [];
    });
    const without = nodes.filter((node) => node.podCIDRs.length === 0);
    const requests = without.map((node) => ({ node: node.name, publicIp: node.ips[0] ?? 0 }));
    const ranges = { ...(subnets && { subnets }), ...(ipv6Subnets && { ipv6Subnets }) };
    const given = new Map(allocateSubnets(ranges, leases, requests).map((one) => [one.node, one]));
    return nodes.map((node) => {
      const got = given.get(node.name);
      if (!got || got.basis === 'out-of-subnets') return node;
      return { ...node, podCIDRs: [got.subnet, ...(got.subnet6 ? [got.subnet6] : [])] };
    });
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
