import type { Cluster, Node } from '../model/cluster.ts';
import type { Assumption } from '../model/place.ts';
import { addToIp, type Family, familyOf, type Ip } from '../net/ip.ts';
import { macFromIp } from '../net/mac.ts';
import { contains, familyOfPrefix, firstHostOf, formatPrefix, lastOf, type Prefix, prefixOf } from '../net/prefix.ts';
import { stableMac } from './naming.ts';
import type { Nic } from './nics.ts';

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

// The smallest range, up to /24 or /64, that holds all the addresses: what a segment nobody described is taken to be.
const coverOf = (ips: readonly Ip[]): Prefix | undefined => {
  const [first, ...rest] = ips;
  if (first === undefined) return undefined;
  let prefix = prefixOf(first, typeof first === 'number' ? 24 : 64);
  for (const ip of rest) while (prefix.len > 0 && !contains(prefix, ip)) prefix = prefixOf(first, prefix.len - 1);
  return prefix;
};

// The ranges of nodes: as given, and one more per family for nodes that lie in none of them.
const rangesOf = (cluster: Cluster): { readonly ranges: readonly Prefix[]; readonly assumed: readonly Prefix[] } => {
  const given = [...cluster.subnets.nodes];
  const interfaces = cluster.nodes.flatMap((node) => node.interfaces ?? []);
  for (const { ip, len } of interfaces.flatMap((nic) => nic.ips)) {
    if (!given.some((prefix) => contains(prefix, ip))) given.push(prefixOf(ip, len));
  }
  const stray = cluster.nodes.flatMap((node) => node.ips.filter((ip) => !given.some((prefix) => contains(prefix, ip))));
  const families: readonly Family[] = [4, 6];
  const assumed = families.flatMap((family) => coverOf(stray.filter((ip) => familyOf(ip) === family)) ?? []);
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

/** Works out which segments the nodes are on, and each node's NICs on them. One pass over the nodes. */
export const planSegments = (cluster: Cluster): Segments => {
  const { ranges, assumed } = rangesOf(cluster);
  const mtu = cluster.fabric?.mtu ?? Math.max(ETHERNET, ...cluster.nodes.map((node) => node.mtu ?? 0));
  const groups = groupsOf(ranges, cluster.nodes);
  const list = groups.map(
    (prefixes, i): NodeSegment => ({
      name: groups.length === 1 ? 'fabric' : `fabric-${i + 1}`,
      prefixes,
      gateways: prefixes.map((prefix) => gatewayOf(prefix, cluster)),
      mtu,
    }),
  );
  const all = list.flatMap((segment) => segment.prefixes.map((prefix) => ({ segment, prefix })));
  const holding = (ip: Ip) => all.find(({ prefix }) => contains(prefix, ip));

  const nic = (node: Node): Nic => {
    const held = node.ips.flatMap((ip) => {
      const place = holding(ip);
      return place ? [{ ip, ...place }] : [];
    });
    const segment = held[0]?.segment ?? list[0];
    const families = new Set(node.ips.map(familyOf));
    const [first] = node.ips;
    return {
      dev: node.interface ?? 'eth0',
      segment: segment?.name ?? 'fabric',
      mac: node.mac ?? (typeof first === 'number' ? macFromIp('52:54', first) : stableMac(`nic ${node.name}`)),
      mtu: node.mtu ?? Math.min(mtu, cluster.fabric?.mtu ?? ETHERNET),
      ips: held.map(({ ip, prefix }) => ({ ip, len: prefix.len })),
      gateways: segment?.gateways.filter((ip) => families.has(familyOf(ip))) ?? [],
    };
  };
  const further = (node: Node): readonly Nic[] =>
    (node.interfaces ?? [])
      .filter(({ name }) => name !== (node.interface ?? 'eth0') && name !== 'lo')
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
      const known = nics.get(node) ?? [nic(node), ...further(node)];
      nics.set(node, known);
      return known;
    },
    assumptions: assumed.map((prefix) => ({
      code: 'NODE_SUBNET',
      text: `the nodes share one ${familyOfPrefix(prefix) === 4 ? 'IPv4' : 'IPv6'} segment, ${formatPrefix(prefix)}`,
      change: 'subnets.nodes',
    })),
  };
};
