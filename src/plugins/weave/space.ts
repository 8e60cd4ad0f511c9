import { addToIp, type Ip } from '../../net/ip.ts';
import { comparePrefix, contains, lastOf, type Prefix } from '../../net/prefix.ts';
import { donation, without } from './ring.ts';

/** The ring while nodes join and take addresses. */
export type Ring = {
  readonly owned: (node: string) => readonly Prefix[];
  readonly owns: (node: string, ip: Ip) => boolean;
  /** The node's lowest free address; a node without one is first given a part of another's range. undefined: all are taken. */
  readonly take: (node: string) => Ip | undefined;
};

/**
 * Starts a ring.
 * @param owners what each node has at the start; others get their ranges when they take an address
 * @param used addresses that are in use already, by node
 */
export const createRing = (
  range: Prefix,
  owners: ReadonlyMap<string, readonly Prefix[]>,
  used: ReadonlyMap<string, readonly Ip[]>,
): Ring => {
  const owned = new Map([...owners].map(([node, own]) => [node, own.toSorted(comparePrefix)]));
  // The network and the broadcast address of the whole range are nobody's; those of parts are addresses like others.
  const all = new Set<Ip>([range.addr, lastOf(range), ...[...used.values()].flat()]);
  const taken = new Map([...used].map(([node, ips]) => [node, [...ips]]));
  const next = new Map<Prefix, Ip>();
  const sizes = new Map<string, number>();
  const sizeOf = (node: string): number => {
    const size = sizes.get(node) ?? (owned.get(node) ?? []).reduce((sum, { len }) => sum + 2 ** (32 - len), 0);
    sizes.set(node, size);
    return size;
  };
  const freeOf = (node: string): number => sizeOf(node) - (taken.get(node)?.length ?? 0);

  const lowest = (node: string): Ip | undefined => {
    for (const prefix of owned.get(node) ?? [])
      for (let ip = next.get(prefix) ?? prefix.addr; contains(prefix, ip); ip = addToIp(ip, 1)) {
        next.set(prefix, addToIp(ip, 1));
        if (!all.has(ip)) return ip;
      }
    return undefined;
  };
  // Weave draws the donor at random, weighted by free space: the likeliest.
  const ask = (node: string): boolean => {
    let donor: string | undefined;
    for (const other of owned.keys())
      if (other !== node && (donor === undefined || freeOf(other) > freeOf(donor))) donor = other;
    const theirs = donor === undefined ? undefined : owned.get(donor);
    const chunk = theirs && donor !== undefined && donation(theirs, [range.addr, ...(taken.get(donor) ?? [])]);
    if (!chunk || donor === undefined) return false;
    const kept = theirs.flatMap((prefix) => without(prefix, chunk));
    owned.set(donor, kept);
    owned.set(node, [...(owned.get(node) ?? []), chunk].toSorted(comparePrefix));
    sizes.delete(donor);
    sizes.delete(node);
    return true;
  };
  return {
    owned: (node) => owned.get(node) ?? [],
    owns: (node, ip) => (owned.get(node) ?? []).some((prefix) => contains(prefix, ip)),
    take: (node) => {
      let ip = lowest(node);
      while (ip === undefined && ask(node)) ip = lowest(node);
      if (ip === undefined) return undefined;
      all.add(ip);
      taken.set(node, [...(taken.get(node) ?? []), ip]);
      return ip;
    },
  };
};
