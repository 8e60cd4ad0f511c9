import { addToIp, compareIp, formatIp, type Ip, widthOf } from '../../net/ip.ts';
import { familyOfPrefix, formatPrefix, lastOf, type Prefix, prefixOf } from '../../net/prefix.ts';

type Interval = { readonly from: Ip; readonly to: Ip };

const isHost = (prefix: Prefix): boolean => prefix.len === widthOf(familyOfPrefix(prefix));

// Whether the second begins inside the first or right behind it.
const touches = (a: Interval, b: Interval): boolean => compareIp(b.from, a.to) <= 0 || b.from === addToIp(a.to, 1);

const merged = (sorted: readonly Interval[]): readonly Interval[] => {
  const out: Interval[] = [];
  for (const next of sorted) {
    const last = out.at(-1);
    if (last && touches(last, next)) {
      out[out.length - 1] = { from: last.from, to: compareIp(next.to, last.to) > 0 ? next.to : last.to };
    } else out.push(next);
  }
  return out;
};

const text = ({ from, to }: Interval): string => {
  if (from === to) return formatIp(from);
  const width = widthOf(typeof from === 'number' ? 4 : 6);
  for (let len = 0; len < width; len++) {
    const prefix = prefixOf(from, len);
    if (prefix.addr === from && lastOf(prefix) === to) return formatPrefix(prefix);
  }
  return `${formatIp(from)}-${formatIp(to)}`;
};

/**
 * The right side of `ip saddr { 10.0.0.0/8, 192.0.2.1 }` as nft lists it. Where one of several is a range, those that overlap or
 * touch become one (nftables src/intervals.c); one alone stands without braces.
 */
export const anonymousSet = (prefixes: readonly Prefix[]): string => {
  const unique = new Map(prefixes.map((prefix) => [formatPrefix(prefix), { from: prefix.addr, to: lastOf(prefix) }]));
  const sorted = [...unique.values()].sort((a, b) => compareIp(a.from, b.from) || compareIp(b.to, a.to));
  const intervals = prefixes.every(isHost) ? sorted : merged(sorted);
  const [first] = intervals;
  return intervals.length === 1 && first ? text(first) : `{ ${intervals.map(text).join(', ')} }`;
};
