import type { Cluster, Node } from '../model/cluster.ts';
import type { Assumption } from '../model/place.ts';
import { addToIp, type Ip } from '../net/ip.ts';
import { macFromIp } from '../net/mac.ts';
import { nearRanges } from '../net/near.ts';
import { contains, familyOfPrefix, firstHostOf, formatPrefix, lastOf, type Prefix, prefixOf } from '../net/prefix.ts';
import { stableMac } from './naming.ts';
import { type Nic, primaryDev, primaryOf } from './nics.ts';

/** A stretch of network that nodes share: one range per family, and its router's addresses. */
export type NodeSegment = {
  readonly name: string;
  readonly prefixes: readonly Prefix[];
  readonly gateways: readonly Ip[];
  readonly mtu: number;
};

export type Segments = {
  readonly list: readonly NodeSegment[];
  readonly nics: (node: Node) => readonly Nic[];
  readonly assumptions: readonly Assumption[];
};

const ETHERNET = 1500;

// The ranges of nodes: as given, and more for nodes that lie in none of them.
const rangesOf = (cluster: Cluster): { readonly ranges: readonly Prefix[]; readonly assumed: readonly Prefix[] } => {
  const given = [...cluster.subnets.nodes];
  const interfaces = cluster.nodes.flatMap((node) => node.interfaces ?? []);
  for (const { ip, len } of interfaces.flatMap((nic) => nic.ips)) {
    if (!given.some((prefix) => contains(prefix, ip))) given.push(prefixOf(ip, len));
  }
  const stray = cluster.nodes.flatMap((node) => node.ips.filter((ip) => !given.some((prefix) => contains(prefix, ip))));
  const assumed = nearRanges(stray);
  return { ranges: [...given, ...assumed], assumed };
};

// Ranges in which one node has its own addresses are one segment: an IPv4 and an IPv6 range on the same wire.
const groupsOf = (ranges: readonly Prefix[], nodes: readonly Node[]): readonly (readonly Prefix[])[] => {
  const parent = ranges.map((_, i) => i);
  const root = (i: number): number => (parent[i] === i || parent[i] === undefined ? i : root(parent[i]));
  for (const node of nodes) {
    const [first, ...rest] = node.ips.map((ip) => ranges.findIndex((range) => contains(range, ip)));
    for (const other of rest) if (first !== undefined && first >= 0 && other >= 0) parent[root(other)] = root(first);
  }
  const groups = new Map<number, Prefix[]>();
  for (const [i, range] of ranges.entries()) {
    const group = groups.get(root(i));
    if (group) group.push(range);
    else groups.set(root(i), [range]);
  }
  return [...groups.values()];
};

const gatewayOf = (prefix: Prefix, { fabric, nodes }: Cluster): Ip => {
  const stated = fabric?.gateway?.find((ip) => contains(prefix, ip));
  if (stated !== undefined) return stated;
  const first = firstHostOf(prefix);
  return nodes.some((node) => node.ips.includes(first)) ? addToIp(lastOf(prefix), -1) : first;
};

/**
 * Works out which segments the nodes are on, and each node's NICs on them. One pass over the nodes.
 * @param whole a cloud network: one segment, whatever its subnets
 */
export const planSegments = (cluster: Cluster, whole = false): Segments => {
  const { ranges, assumed } = rangesOf(cluster);
  const mtu =
    cluster.fabric?.mtu ?? Math.max(ETHERNET, ...cluster.nodes.map((node) => primaryOf(node)?.mtu ?? node.mtu ?? 0));
  const groups = whole && ranges.length > 0 ? [ranges] : groupsOf(ranges, cluster.nodes);
  const list = groups.map(
    (prefixes, i): NodeSegment => ({
      name: groups.length === 1 ? 'fabric' : `fabric-${i + 1}`,
      prefixes,
      gateways: prefixes.map((prefix) => gatewayOf(prefix, cluster)),
      mtu,
    }),
  );
  const all = list.flatMap((segment) =>
    segment.prefixes.map((prefix, i) => ({ segment, prefix, gateway: segment.gateways[i] })),
  );
  const holding = (ip: Ip) => all.find(({ prefix }) => contains(prefix, ip));

  const nic = (node: Node): Nic => {
    const described = primaryOf(node);
    const [first] = node.ips;
    const ips: { ip: Ip; len: number }[] = [];
    const gateways: Ip[] = [];
    let segment: NodeSegment | undefined;
    for (const ip of node.ips) {
      const place = holding(ip);
      const len = described?.ips.find((own) => own.ip === ip)?.len ?? place?.prefix.len;
      if (len !== undefined) ips.push({ ip, len });
      if (place?.gateway !== undefined) gateways.push(place.gateway);
      segment ??= place?.segment;
    }
    for (const own of described?.ips ?? []) if (!node.ips.includes(own.ip)) ips.push(own);
    const made = typeof first === 'number' ? macFromIp('52:54', first) : stableMac(`nic ${node.name}`);
    return {
      dev: primaryDev(node),
      segment: (segment ?? list[0])?.name ?? 'fabric',
      mac: node.mac ?? described?.mac ?? made,
      mtu: node.mtu ?? described?.mtu ?? Math.min(mtu, cluster.fabric?.mtu ?? ETHERNET),
      ips,
      gateways,
    };
  };
  const further = (node: Node): readonly Nic[] =>
    (node.interfaces ?? [])
      .filter(({ name }) => name !== primaryDev(node) && name !== 'lo')
      .map(({ name, ips, mtu: own, mac }) => ({
        dev: name,
        segment: ips.flatMap(({ ip }) => holding(ip)?.segment.name ?? [])[0] ?? 'nowhere',
        mac: mac ?? stableMac(`nic ${node.name} ${name}`),
        mtu: own ?? ETHERNET,
        ips,
        gateways: [],
      }));
  const nics = new Map<Node, readonly Nic[]>();
  return {
    list,
    nics: (node) => {
      const known = nics.get(node) ?? (node.interfaces ? [nic(node), ...further(node)] : [nic(node)]);
      nics.set(node, known);
      return known;
    },
    assumptions: assumed.map((prefix) => ({
      code: 'NODE_SUBNET',
      text: `nodes share one ${familyOfPrefix(prefix) === 4 ? 'IPv4' : 'IPv6'} segment, ${formatPrefix(prefix)}`,
      change: 'subnets.nodes',
    })),
  };
};
