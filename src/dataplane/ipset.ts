import type { IpSet } from '../linux/netfilter.ts';
import { familyOf, formatIp, type Ip, parseIp, widthOf } from '../net/ip.ts';
import { formatPrefix, prefixOf } from '../net/prefix.ts';
import { memo } from './memo.ts';
import type { Packet } from './packet.ts';

type Dirs = readonly ('src' | 'dst')[];
/** Whether a packet is in a set, by the ends that the rule names. */
export type SetTest = (packet: Packet, dirs: Dirs) => boolean;

// The packet's part for one dimension; undefined where it has none, e.g. ICMP no port.
const addressOf = (packet: Packet, dir: Dirs[number]): Ip => (dir === 'src' ? packet.src : packet.dst);
const portOf = ({ l4 }: Packet, dir: Dirs[number], bitmap: boolean): string | undefined => {
  if (l4.proto !== 'tcp' && l4.proto !== 'udp' && l4.proto !== 'sctp') return undefined;
  const port = dir === 'src' ? l4.sport : l4.dport;
  if (!bitmap) return `${l4.proto}:${port}`;
  // ip_set_get_ip_port() of a bitmap knows TCP and UDP, and does not tell them apart.
  return l4.proto === 'sctp' ? undefined : `${port}`;
};

/** Entries without ranges: one text, one look. */
const exact = (set: IpSet, dims: readonly string[]): SetTest => {
  const texts = set.has ? undefined : new Set(set.entries.map((entry) => entry.split(' ')[0]));
  const has = set.has ?? ((text: string) => texts?.has(text) ?? false);
  const bitmap = set.type === 'bitmap:port';
  return (packet, dirs) => {
    const parts = dims.map((dim, i) => {
      const dir = dirs[i] ?? 'dst';
      return dim === 'port' ? portOf(packet, dir, bitmap) : formatIp(addressOf(packet, dir));
    });
    return parts.every((part) => part !== undefined) && has(parts.join(','));
  };
};

/** Entries that end in a range: the longest that holds the address decides, and it may be an exception (`nomatch`). */
const ranged = (set: IpSet, dims: readonly string[]): SetTest => {
  const lengths = new Map<number, Map<string, boolean>>();
  for (const entry of set.entries) {
    const [text = '', ...options] = entry.split(' ');
    const parts = text.split(',');
    const [address = '', len = widthOf(set.family)] = (parts.pop() ?? '').split('/');
    const ip = parseIp(address);
    if (ip === undefined) continue;
    const key = [...parts, formatPrefix(prefixOf(ip, Number(len)))].join(',');
    memo(lengths, Number(len), () => new Map<string, boolean>()).set(key, !options.includes('nomatch'));
  }
  const longest = [...lengths].sort(([a], [b]) => b - a);
  const fixed = dims.slice(0, -1);
  return (packet, dirs) => {
    const parts = fixed.map((dim, i) => {
      const dir = dirs[i] ?? 'dst';
      return dim === 'port' ? portOf(packet, dir, false) : formatIp(addressOf(packet, dir));
    });
    if (parts.some((part) => part === undefined)) return false;
    const ip = addressOf(packet, dirs[fixed.length] ?? 'dst');
    for (const [len, entries] of longest) {
      const found = entries.get([...parts, formatPrefix(prefixOf(ip, len))].join(','));
      if (found !== undefined) return found;
    }
    return false;
  };
};

/** Indexes a set for many packets; the entries are listed only where the set cannot tell by itself. */
export const askIpSet = (set: IpSet): SetTest => {
  const dims = set.type.slice(set.type.indexOf(':') + 1).split(',');
  const test = dims.at(-1) === 'net' || set.type === 'hash:ip' ? ranged : exact;
  const ask = set.type === 'hash:ip' && set.has ? exact(set, dims) : test(set, dims);
  return (packet, dirs) => (set.type === 'bitmap:port' || familyOf(packet.dst) === set.family) && ask(packet, dirs);
};
