import { addToIp, compareIp, type Family, familyOf, formatIp, type Ip, parseIp, widthOf } from './ip.ts';

/** A range of addresses with its host bits clear, e.g. 10.1.0.0/16. */
export type Prefix = { readonly addr: Ip; readonly len: number };

/** The lowest address of the range of `len` bits that holds `ip`. */
export const networkOf = (ip: Ip, len: number): Ip => {
  if (typeof ip === 'number') return len === 0 ? 0 : (ip & (0xffffffff << (32 - len))) >>> 0;
  const shift = BigInt(128 - len);
  return (ip >> shift) << shift;
};

export const prefixOf = (ip: Ip, len: number): Prefix => ({ addr: networkOf(ip, len), len });
/** The range that holds one address only: /32 or /128. */
export const hostPrefix = (ip: Ip): Prefix => ({ addr: ip, len: widthOf(familyOf(ip)) });
export const defaultPrefix = (family: Family): Prefix => ({ addr: family === 4 ? 0 : 0n, len: 0 });
export const familyOfPrefix = (prefix: Prefix): Family => familyOf(prefix.addr);

/** Splits `10.1.15.2/24` into address and length without clearing host bits; undefined if it is no such text. */
export const parseCidr = (text: string): { readonly ip: Ip; readonly len: number } | undefined => {
  const slash = text.indexOf('/');
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash));
  const bits = text.slice(slash + 1);
  if (slash < 0 || ip === undefined || !/^(0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  const len = Number(bits);
  return len <= widthOf(familyOf(ip)) ? { ip, len } : undefined;
};

/** Reads a range; undefined where the text is no CIDR or has host bits set (`parseCidr` tells which). */
export const parsePrefix = (text: string): Prefix | undefined => {
  const cidr = parseCidr(text);
  return cidr && networkOf(cidr.ip, cidr.len) === cidr.ip ? { addr: cidr.ip, len: cidr.len } : undefined;
};

export const formatPrefix = (prefix: Prefix): string => `${formatIp(prefix.addr)}/${prefix.len}`;
export const prefixEquals = (a: Prefix, b: Prefix): boolean => a.len === b.len && a.addr === b.addr;

/** Whether `ip` lies in `prefix`; false across families. */
export const contains = (prefix: Prefix, ip: Ip): boolean =>
  typeof ip === typeof prefix.addr && networkOf(ip, prefix.len) === prefix.addr;

/** Whether all of `inner` lies in `outer`. */
export const covers = (outer: Prefix, inner: Prefix): boolean => inner.len >= outer.len && contains(outer, inner.addr);
export const overlaps = (a: Prefix, b: Prefix): boolean => covers(a, b) || covers(b, a);

/** The highest address of the range: the broadcast address of an IPv4 subnet. */
export const lastOf = (prefix: Prefix): Ip =>
  typeof prefix.addr === 'number'
    ? prefix.addr + 2 ** (32 - prefix.len) - 1
    : prefix.addr + (1n << BigInt(128 - prefix.len)) - 1n;

/** The first usable address, which bridges take as their own: 10.1.15.1 of 10.1.15.0/24. */
export const firstHostOf = (prefix: Prefix): Ip => addToIp(prefix.addr, 1);

/** The `index`-th range of `len` bits inside `prefix`, or undefined past its end. */
export const subnetAt = (prefix: Prefix, len: number, index: number): Prefix | undefined => {
  const step = widthOf(familyOfPrefix(prefix)) - len;
  const addr =
    typeof prefix.addr === 'number' ? prefix.addr + index * 2 ** step : prefix.addr + (BigInt(index) << BigInt(step));
  const last = lastOf(prefix);
  return addr <= last ? { addr, len } : undefined;
};

/** Orders ranges by family, address, then length: the order of `ip route`. */
export const comparePrefix = (a: Prefix, b: Prefix): number => compareIp(a.addr, b.addr) || a.len - b.len;
