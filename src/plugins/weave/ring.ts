import type { Ip } from '../../net/ip.ts';
import { comparePrefix, contains, covers, type Prefix } from '../../net/prefix.ts';

const sizeOf = ({ len }: Prefix): number => 2 ** (32 - len);

/** The two halves of a range. */
const halvesOf = (prefix: Prefix): readonly [Prefix, Prefix] => {
  const low: Prefix = { addr: prefix.addr, len: prefix.len + 1 };
  return [low, { addr: Number(prefix.addr) + sizeOf(low), len: low.len }];
};

/**
 * The first division of the range among the peers that start together: halves of halves, as even as CIDRs allow, e.g. for three a half and
 * two quarters (ipam/ring/ring.go).
 */
export const divide = (range: Prefix, peers: readonly string[]): ReadonlyMap<string, readonly Prefix[]> => {
  const [only] = peers;
  if (only === undefined) return new Map();
  if (peers.length === 1 || range.len === 32) return new Map([[only, [range]]]);
  const [low, high] = halvesOf(range);
  const middle = Math.floor(peers.length / 2);
  return new Map([...divide(low, peers.slice(0, middle)), ...divide(high, peers.slice(middle))]);
};

/** What is left of a range when a part of it is taken out. */
export const without = (prefix: Prefix, part: Prefix): readonly Prefix[] => {
  if (covers(part, prefix)) return [];
  if (!covers(prefix, part)) return [prefix];
  return halvesOf(prefix).flatMap((half) => without(half, part));
};

/** The largest CIDR of a range in which no address is taken; the lowest of several. */
const largestFree = (prefix: Prefix, taken: readonly Ip[]): Prefix | undefined => {
  const inside = taken.filter((ip) => contains(prefix, ip));
  if (inside.length === 0) return prefix;
  if (prefix.len === 32) return undefined;
  const [low, high] = halvesOf(prefix).map((half) => largestFree(half, inside));
  return low && high ? (high.len < low.len ? high : low) : (low ?? high);
};

/**
 * What a donor hands over: its largest free CIDR, at most half of what it has free, from the upper end (ipam/space/space.go). A donor whose
 * last address is free gives that.
 */
export const donation = (owned: readonly Prefix[], taken: readonly Ip[]): Prefix | undefined => {
  const free = owned.reduce((sum, prefix) => sum + sizeOf(prefix), 0) - taken.length;
  const chunks = owned.flatMap((prefix) => largestFree(prefix, taken) ?? []);
  let [chunk] = chunks.toSorted((a, b) => a.len - b.len || comparePrefix(a, b));
  while (chunk && sizeOf(chunk) > Math.max(1, Math.floor(free / 2))) [, chunk] = halvesOf(chunk);
  return chunk;
};

/** Who uses which address: the nodes' owned ranges follow from it where they do not follow the usual course. */
export type Use = { readonly node: string; readonly ip: Ip };

/**
 * The coarsest division in which every used address is its user's: a CIDR with one user is that one's, another is halved. A half that
 * nobody uses goes to the first of the other half.
 */
export const divideByUse = (
  range: Prefix,
  uses: readonly Use[],
  heir?: string,
): ReadonlyMap<string, readonly Prefix[]> => {
  const users = [...new Set(uses.map(({ node }) => node))];
  const [owner = heir] = users;
  if (owner === undefined) return new Map();
  if (users.length <= 1 || range.len === 32) return new Map([[owner, [range]]]);
  const halves = halvesOf(range);
  const inside = halves.map((half) => uses.filter(({ ip }) => contains(half, ip)));
  const merged = new Map<string, Prefix[]>();
  halves.forEach((half, i) => {
    const other = inside[1 - i]?.[0]?.node;
    for (const [node, owned] of divideByUse(half, inside[i] ?? [], other))
      merged.set(node, [...(merged.get(node) ?? []), ...owned]);
  });
  return merged;
};
