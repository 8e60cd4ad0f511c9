import { type Family, formatIp } from '../../net/ip.ts';
import { familyOfPrefix, formatPrefix, type Prefix } from '../../net/prefix.ts';
import type { L4Name, PortRange } from '../../net/protocol.ts';
import { RT_TABLE } from '../route.ts';

/** Joins the words that are there, as tools print options only when they are set. */
export const words = (...parts: readonly (string | undefined | false)[]): string =>
  parts.filter((part) => part !== undefined && part !== false && part !== '').join(' ');

/** `10.1.0.0/16`, and one address without its length: how iproute2 and nft write a range. */
export const shortPrefix = (prefix: Prefix): string =>
  prefix.len === (familyOfPrefix(prefix) === 4 ? 32 : 128) ? formatIp(prefix.addr) : formatPrefix(prefix);

/** `default`, or the range: how iproute2 writes a destination. */
export const routePrefix = (prefix: Prefix): string => (prefix.len === 0 ? 'default' : shortPrefix(prefix));

/** `main`, `local`, `default`, or the number, as with the stock /etc/iproute2/rt_tables. */
export const tableName = (table: number): string => {
  const known = Object.entries(RT_TABLE).find(([, id]) => id === table);
  return known ? known[0] : String(table);
};

export const hex = (value: number): string => `0x${value.toString(16)}`;
/** Eight digits: how nft writes a mark. */
export const hex32 = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
export const FULL_MASK = 0xffffffff;

/** The name that /etc/protocols gives to the number: 4 is ipencap there (ipip is 94), 58 is ipv6-icmp. */
export const protocolName = (protocol: L4Name): string =>
  protocol === 'ipip' ? 'ipencap' : protocol === 'icmpv6' ? 'ipv6-icmp' : protocol;

export const range = ([from, to]: PortRange, separator: string): string =>
  from === to ? String(from) : `${from}${separator}${to}`;

/** `comment "…"`: nft has no way to write a quote inside one, and takes 128 characters. */
export const nftComment = (text: string): string => `comment "${text.replaceAll('"', "'").slice(0, 128)}"`;

/** Text in double quotes, as iptables-save quotes a comment. */
export const quoted = (text: string): string => `"${text.replace(/["'\\]/g, '\\$&')}"`;

export const ipWord = (family: Family): 'ip' | 'ip6' => (family === 4 ? 'ip' : 'ip6');
