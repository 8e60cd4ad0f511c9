import type { IpSet, NftField, NftMap, NftSet, Table } from '../netfilter.ts';
import { mapElement } from './nft-element.ts';
import { elementLines, inNftOrder } from './nft-order.ts';
import { nftComment, protocolName } from './words.ts';

type Family = Table['family'];

const IPSET_TYPES = {
  'hash:ip': 'ADDR',
  'hash:net': 'ADDR',
  'hash:ip,port': 'ADDR . inet_proto . inet_service',
  'hash:ip,port,ip': 'ADDR . inet_proto . inet_service . ADDR',
  'hash:ip,port,net': 'ADDR . inet_proto . inet_service . ADDR',
  'bitmap:port': 'inet_service',
} as const;

const FIELD_TYPES: Readonly<Record<NftField, string>> = {
  saddr: 'ADDR',
  daddr: 'ADDR',
  l4proto: 'inet_proto',
  sport: 'inet_service',
  dport: 'inet_service',
};

const address = (family: 4 | 6): string => (family === 4 ? 'ipv4_addr' : 'ipv6_addr');
const familyOf = (family: Family): 4 | 6 => (family === 'ip6' ? 6 : 4);

/** What a set or map is asked with, as nft names it: ipv4_addr, inet_proto, inet_service. */
export const nftTypes = (fields: readonly NftField[], family: Family): readonly string[] =>
  fields.map((field) => FIELD_TYPES[field].replace('ADDR', address(familyOf(family))));

// How many elements nft puts on a line (src/expression.c calculate_delim).
const perLine = (type: string): number => {
  if (type.includes(' . ')) return 1;
  return type === 'ipv4_addr' ? 2 : type === 'ipv6_addr' ? 1 : 5;
};

/** `1m30s`, `3h`: a time in seconds as nft writes it. */
const nftTime = (seconds: number): string => {
  const parts = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
    [1, 's'],
  ] as const;
  let rest = seconds;
  const words = parts.map(([length, unit]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count > 0 ? `${count}${unit}` : '';
  });
  return words.join('') || '0s';
};

const block = (
  kind: 'set' | 'map',
  name: string,
  lines: readonly (string | false | undefined)[],
  elements: readonly string[],
) => [
  `\t${kind} ${name} {`,
  ...lines.filter((line) => line !== false && line !== undefined).map((line) => `\t\t${line}`),
  ...elements,
  '\t}',
];

const comment = (text: string | undefined): string | undefined => (text === undefined ? undefined : nftComment(text));

// The model spells protocols by their own names, nft by those of /etc/protocols.
const keyText = (key: string, fields: readonly NftField[]): string =>
  key
    .split(' . ')
    .map((part, i) => (fields[i] === 'l4proto' && (part === 'ipip' || part === 'icmpv6') ? protocolName(part) : part))
    .join(' . ');

/** The block of an IP set that rules of an nft table ask. */
export const printNftIpSet = (set: IpSet): readonly string[] => {
  const type = IPSET_TYPES[set.type].replaceAll('ADDR', address(set.family));
  // `10.96.0.1,tcp:443` has three fields for nft.
  const keys = set.entries.map((entry) => entry.replace(/,(tcp|udp|sctp):/, ',$1,').replaceAll(',', ' . '));
  const interval = set.type === 'hash:net' || set.type === 'hash:ip,port,net';
  const elements = inNftOrder(keys, (key) => key);
  return block('set', set.name, [`type ${type}`, interval && 'flags interval'], elementLines(elements, perLine(type)));
};

/** The block of a named set inside its table. Rules may fill a dynamic one up to 65535 elements, unless it says otherwise. */
export const printNftSet = (set: NftSet, family: Family): readonly string[] => {
  const type = nftTypes(set.fields, family).join(' . ');
  const elements = inNftOrder(set.elements, (key) => key).map((key) => keyText(key, set.fields));
  const lines = [
    `type ${type}`,
    set.flags?.includes('dynamic') && 'size 65535',
    set.flags && set.flags.length > 0 && `flags ${set.flags.join(',')}`,
    set.timeout !== undefined && `timeout ${nftTime(set.timeout)}`,
    comment(set.comment),
  ];
  return block('set', set.name, lines, elementLines(elements, perLine(type)));
};

/** The block of a named verdict map inside its table. */
export const printNftMap = (map: NftMap, family: Family): readonly string[] => {
  const type = nftTypes(map.fields, family).join(' . ');
  const elements = inNftOrder(map.elements, ({ key }) => key).map((element) =>
    mapElement({ ...element, key: keyText(element.key, map.fields) }, family),
  );
  return block(
    'map',
    map.name,
    [`type ${type} : verdict`, comment(map.comment)],
    elementLines(elements, perLine(type)),
  );
};
