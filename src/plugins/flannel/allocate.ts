import { addToIp, type Ip } from '../../net/ip.ts';
import { lastOf, networkOf, overlaps, type Prefix, prefixEquals } from '../../net/prefix.ts';
import type { Lease } from './leases.ts';
import type { NetConf } from './netconf.ts';
import type { SubnetRange } from './ranges.ts';

/** A node whose flanneld starts. `previous` is FLANNEL_SUBNET and FLANNEL_IPV6_SUBNET of the subnet.env that it finds. */
export type LeaseRequest = {
  readonly node: string;
  readonly publicIp: Ip;
  readonly previous?: { readonly subnet: Prefix; readonly subnet6?: Prefix };
};

export type Allocation =
  | {
      readonly node: string;
      readonly subnet: Prefix;
      readonly subnet6?: Prefix;
      /** `lease`: it had this one; `previous`: from its subnet.env; `assumed`: the first free, where flanneld draws one of the first 100. */
      readonly basis: 'lease' | 'previous' | 'assumed';
    }
  | { readonly node: string; readonly basis: 'out-of-subnets' };

type Pair = { readonly subnet: Prefix; readonly subnet6?: Prefix };

/**
 * Gives each node its subnet in the order of the etcd manager (flannel-io/flannel:pkg/subnet/etcd/local_manager.go): the lease with its public
 * address if it still fits the config (else that lease is deleted), then the previous subnet if it is free and fits, then a free one.
 */
export const allocateSubnets = (
  config: Pick<NetConf, 'subnets' | 'ipv6Subnets'>,
  leases: readonly Lease[],
  nodes: readonly LeaseRequest[],
): readonly Allocation[] => {
  const { subnets, ipv6Subnets } = config;
  if (!subnets) return nodes.map(({ node }) => ({ node, basis: 'out-of-subnets' }));
  const fits = ({ subnet, subnet6 }: Pair): boolean =>
    inRange(subnet, subnets) && (ipv6Subnets ? subnet6 !== undefined && inRange(subnet6, ipv6Subnets) : !subnet6);

  // First match in key order, as flanneld's findLeaseByIP: two nodes with one public address get the same subnet, there and here.
  const byPublicIp = new Map<Ip, Lease>();
  for (const lease of leases) {
    if (lease.publicIp !== undefined && !byPublicIp.has(lease.publicIp)) byPublicIp.set(lease.publicIp, lease);
  }
  const kept = new Map<string, Pair>();
  const deleted = new Set<Lease>();
  for (const { node, publicIp } of nodes) {
    const lease = byPublicIp.get(publicIp);
    if (!lease?.subnet) continue;
    const pair = pairOf(lease.subnet, lease.subnet6);
    if (fits(pair)) kept.set(node, pair);
    else deleted.add(lease);
  }

  const taken: Pair[] = leases.flatMap((l) => (l.subnet && !deleted.has(l) ? [pairOf(l.subnet, l.subnet6)] : []));
  const free4 = firstFree(
    subnets,
    taken.map((t) => t.subnet),
  );
  const free6 =
    ipv6Subnets &&
    firstFree(
      ipv6Subnets,
      taken.flatMap((t) => t.subnet6 ?? []),
    );
  const previous = new Set<string>();
  // Nodes with a subnet.env come first: they keep what they had, and a new node must not be assumed to have drawn it.
  for (const request of nodes) {
    const pair = request.previous;
    if (!pair || kept.has(request.node) || !fits(pair)) continue;
    if (taken.some((t) => prefixEquals(t.subnet, pair.subnet))) continue;
    kept.set(request.node, pair);
    previous.add(request.node);
    taken.push(pair);
    free4.take(pair.subnet);
    if (pair.subnet6) free6?.take(pair.subnet6);
  }
  return nodes.map(({ node }): Allocation => {
    const pair = kept.get(node);
    if (pair) return { node, ...pair, basis: previous.has(node) ? 'previous' : 'lease' };
    const subnet = free4.next();
    const subnet6 = free6?.next();
    if (!subnet || (free6 && !subnet6)) return { node, basis: 'out-of-subnets' };
    return { node, ...pairOf(subnet, subnet6), basis: 'assumed' };
  });
};

const pairOf = (subnet: Prefix, subnet6: Prefix | undefined): Pair => (subnet6 ? { subnet, subnet6 } : { subnet });

const inRange = (subnet: Prefix, range: SubnetRange): boolean =>
  subnet.len === range.len && subnet.addr >= range.min && subnet.addr <= range.max;

/** Walks the range upward once, over whatever overlaps a taken subnet. */
const firstFree = (range: SubnetRange, taken: readonly Prefix[]) => {
  // Equal or longer prefixes are found by the subnet they lie in; shorter ones are few.
  const inside = new Set<Ip>();
  const around: Prefix[] = [];
  const take = (p: Prefix) => {
    if (p.len >= range.len) inside.add(networkOf(p.addr, range.len));
    else around.push(p);
  };
  taken.forEach(take);
  let at = range.min;
  const next = (): Prefix | undefined => {
    while (at <= range.max) {
      const subnet = { addr: at, len: range.len };
      at = addToIp(lastOf(subnet), 1);
      if (!inside.has(subnet.addr) && !around.some((p) => overlaps(p, subnet))) return subnet;
    }
    return undefined;
  };
  return { next, take };
};
