import { type Family, familyOf, type Ip } from './ip.ts';
import { contains, formatPrefix, type Prefix, prefixOf } from './prefix.ts';

/** How long a range of machines usually is, and the shortest that one network still has. */
const USUAL: Readonly<Record<Family, { readonly len: number; readonly shortest: number }>> = {
  4: { len: 24, shortest: 16 },
  6: { len: 64, shortest: 48 },
};

/**
 * The ranges that machines with these addresses are likely in, where nobody says: per family the smallest that holds all, up to /24 or /64.
 * Addresses further apart than a /16 or /48 are on no one wire: then a /24 or /64 around each.
 */
export const nearRanges = (ips: readonly Ip[]): readonly Prefix[] =>
  ([4, 6] as const).flatMap((family) => {
    const own = ips.filter((ip) => familyOf(ip) === family);
    const [first] = own;
    if (first === undefined) return [];
    const { len, shortest } = USUAL[family];
    let range = prefixOf(first, len);
    for (const ip of own) while (range.len >= shortest && !contains(range, ip)) range = prefixOf(first, range.len - 1);
    if (range.len >= shortest) return [range];
    const around = own.map((ip) => prefixOf(ip, len));
    return [...new Map(around.map((prefix) => [formatPrefix(prefix), prefix])).values()];
  });
