import { parseIp } from '../../net/ip.ts';
import { parseCidr } from '../../net/prefix.ts';
import { PROTOCOL_NUMBER } from '../../net/protocol.ts';
import type { IpSet } from '../netfilter.ts';

const TYPES = {
  'hash:ip': 'ADDR',
  'hash:net': 'ADDR',
  'hash:ip,port': 'ADDR . inet_proto . inet_service',
  'hash:ip,port,ip': 'ADDR . inet_proto . inet_service . ADDR',
  'hash:ip,port,net': 'ADDR . inet_proto . inet_service . ADDR',
  'bitmap:port': 'inet_service',
} as const;

// `10.96.0.1,tcp:443` has three fields for nft.
const fields = (entry: string): readonly string[] => entry.replace(/,(tcp|udp|sctp):/, ',$1,').split(',');

const bytesOf = (field: string): readonly number[] => {
  const ip = parseIp(field) ?? parseCidr(field)?.ip;
  if (typeof ip === 'number') return [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255);
  if (typeof ip === 'bigint') return Array.from({ length: 16 }, (_, i) => Number((ip >> BigInt(8 * (15 - i))) & 255n));
  // Ports are two bytes and protocols one, each field padded to four.
  const protocol = Object.entries(PROTOCOL_NUMBER).find(([name]) => name === field);
  return protocol ? [protocol[1], 0, 0, 0] : [Number(field) >>> 8, Number(field) & 255, 0, 0];
};

// nft sorts by value; several fields it takes as one number whose last byte counts most (src/mergesort.c, on a little-endian machine).
const keyOf = (entry: string): readonly number[] => {
  const parts = fields(entry);
  const bytes = parts.flatMap(bytesOf);
  return parts.length > 1 ? bytes.toReversed() : bytes;
};
const byKey = (a: string, b: string): number => {
  const [x, y] = [keyOf(a), keyOf(b)];
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return at < 0 ? 0 : (x[at] ?? 0) - (y[at] ?? 0);
};

// How many elements nft puts on a line (src/expression.c calculate_delim).
const perLine = (set: IpSet): number => {
  if (set.type === 'bitmap:port') return 5;
  return set.family === 4 && !set.type.includes(',') ? 2 : 1;
};

const elements = (set: IpSet): readonly string[] => {
  const sorted = set.entries.toSorted(byKey).map((entry) => fields(entry).join(' . '));
  const size = perLine(set);
  const lines = Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) =>
    sorted.slice(i * size, (i + 1) * size).join(', '),
  );
  return lines.map(
    (line, i) => `${i === 0 ? '\t\telements = { ' : '\t\t\t     '}${line}${i === lines.length - 1 ? ' }' : ','}`,
  );
};

/** The block of a set inside its table. */
export const printNftSet = (set: IpSet): readonly string[] => {
  const interval = set.type === 'hash:net' || set.type === 'hash:ip,port,net';
  const type = TYPES[set.type].replaceAll('ADDR', set.family === 4 ? 'ipv4_addr' : 'ipv6_addr');
  return [
    `\tset ${set.name} {`,
    `\t\ttype ${type}`,
    ...(interval ? ['\t\tflags interval'] : []),
    ...elements(set),
    '\t}',
  ];
};
