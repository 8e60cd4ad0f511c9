import type { NftField, NftMapElement, NftSet, Table } from '../linux/netfilter.ts';
import { formatIp } from '../net/ip.ts';
import { contains, parsePrefix } from '../net/prefix.ts';
import type { Packet } from './packet.ts';

const partOf = (packet: Packet, field: NftField): string | undefined => {
  switch (field) {
    case 'saddr':
      return formatIp(packet.src);
    case 'daddr':
      return formatIp(packet.dst);
    case 'l4proto':
      return packet.l4.proto;
    case 'sport':
    case 'dport':
      return 'sport' in packet.l4 ? String(packet.l4[field]) : undefined;
  }
};

/** What a concatenation takes from a packet, spelled as elements are; undefined where the packet has no such part. */
export const keyOf = (packet: Packet, fields: readonly NftField[]): string | undefined => {
  const parts = fields.map((field) => partOf(packet, field));
  return parts.includes(undefined) ? undefined : parts.join(' . ');
};

/** How a named set is asked. Sets that rules fill (`update`) are empty before a client's first packet. */
export const askSet = (set: NftSet): ((key: string, packet: Packet) => boolean) => {
  const { has } = set;
  if (has) return has;
  const exact = new Set(set.elements);
  if (!set.flags?.includes('interval')) return (key) => exact.has(key);
  const prefixes = set.elements.flatMap((element) => parsePrefix(element) ?? []);
  const side = set.fields[0] === 'saddr' ? 'src' : 'dst';
  return (key, packet) => exact.has(key) || prefixes.some((prefix) => contains(prefix, packet[side]));
};

/** How a named verdict map of a table is asked. */
export const askMap = (table: Table, name: string): ((key: string) => NftMapElement | undefined) => {
  const map = table.maps?.find((one) => one.name === name);
  if (map?.find) return map.find;
  const elements = new Map(map?.elements.map((element) => [element.key, element]));
  return (key) => elements.get(key);
};
