/** An IPv4 address as an unsigned 32-bit number, e.g. 0x0a010f02 for 10.1.15.2. */
export type Ip4 = number;
/** An IPv6 address as an unsigned 128-bit integer. */
export type Ip6 = bigint;
/** An address; the JavaScript type tells the family, so an `Ip` works as a Map key and compares with `===`. */
export type Ip = Ip4 | Ip6;
export type Family = 4 | 6;

export const familyOf = (ip: Ip): Family => (typeof ip === 'number' ? 4 : 6);
export const widthOf = (family: Family): 32 | 128 => (family === 4 ? 32 : 128);

const parseIp4 = (text: string): Ip4 | undefined => {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 46) {
      if (octet < 0 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = -1;
    } else if (c >= 48 && c <= 57) {
      // A leading zero is refused as Kubernetes does: 010 is octal to some parsers and decimal to others.
      if (octet === 0) return undefined;
      octet = (octet < 0 ? 0 : octet * 10) + (c - 48);
      if (octet > 255) return undefined;
    } else return undefined;
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : undefined;
};

const parseGroups = (text: string): number[] | undefined => {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = i === parts.length - 1 ? parseIp4(part) : undefined;
      if (v4 === undefined) return undefined;
      groups.push(v4 >>> 16, v4 & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
};

const parseIp6 = (text: string): Ip6 | undefined => {
  const gap = text.indexOf('::');
  const head = parseGroups(gap < 0 ? text : text.slice(0, gap));
  const tail = gap < 0 ? [] : parseGroups(text.slice(gap + 2));
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
};

/** Reads `10.1.15.2` or `fd00::1`; undefined for anything else (zones, ports, leading zeros, CIDRs). */
export const parseIp = (text: string): Ip | undefined => (text.includes(':') ? parseIp6(text) : parseIp4(text));

const formatIp4 = (ip: Ip4): string => `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;

// RFC 5952: lower case, the longest run of two or more zero groups is shortened, the first one where two are equal.
const formatIp6 = (ip: Ip6): string => {
  const groups = Array.from({ length: 8 }, (_, i) => Number((ip >> BigInt(112 - 16 * i)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
    if (end > start) start = end;
  }
  const hex = groups.map((g) => g.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
};

/** Writes an address as iproute2 does (RFC 5952 for IPv6). */
export const formatIp = (ip: Ip): string => (typeof ip === 'number' ? formatIp4(ip) : formatIp6(ip));

/** The address `offset` places after `ip` (before it, when negative). Wraps nothing: the caller keeps it in range. */
export const addToIp = (ip: Ip, offset: number): Ip => (typeof ip === 'number' ? ip + offset : ip + BigInt(offset));

/** Orders addresses: IPv4 before IPv6, then by value. */
export const compareIp = (a: Ip, b: Ip): number => {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'number' ? -1 : 1;
};

const inRange4 = (ip: Ip4, base: Ip4, bits: number): boolean => (ip ^ base) >>> (32 - bits) === 0;

/** 127.0.0.0/8 or ::1. */
export const isLoopback = (ip: Ip): boolean => (typeof ip === 'number' ? ip >>> 24 === 127 : ip === 1n);
/** 224.0.0.0/4 or ff00::/8. */
export const isMulticast = (ip: Ip): boolean => (typeof ip === 'number' ? ip >>> 28 === 14 : ip >> 120n === 0xffn);
/** 169.254.0.0/16 or fe80::/10. */
export const isLinkLocal = (ip: Ip): boolean =>
  typeof ip === 'number' ? inRange4(ip, 0xa9fe0000, 16) : ip >> 118n === 0x3fan;
/** 0.0.0.0 or ::. */
export const isUnspecified = (ip: Ip): boolean => ip === 0 || ip === 0n;
