import { parseIp } from '../../net/ip.ts';
import { parseCidr } from '../../net/prefix.ts';
import { PROTOCOL_NUMBER } from '../../net/protocol.ts';

const SEPARATOR = ' . ';

const bytesOf = (field: string): readonly number[] => {
  const ip = parseIp(field) ?? parseCidr(field)?.ip;
  if (typeof ip === 'number') return [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255);
  if (typeof ip === 'bigint') return Array.from({ length: 16 }, (_, i) => Number((ip >> BigInt(8 * (15 - i))) & 255n));
  // Ports are two bytes and protocols one, each field padded to four.
  const protocol = Object.entries(PROTOCOL_NUMBER).find(([name]) => name === field);
  return protocol ? [protocol[1], 0, 0, 0] : [Number(field) >>> 8, Number(field) & 255, 0, 0];
};

// nft sorts by value; several fields it takes as one number whose last byte counts most (src/mergesort.c, on a little-endian machine).
const keyOf = (key: string): readonly number[] => {
  const parts = key.split(SEPARATOR);
  const bytes = parts.flatMap(bytesOf);
  return parts.length > 1 ? bytes.toReversed() : bytes;
};

const compare = (x: readonly number[], y: readonly number[]): number => {
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return at < 0 ? 0 : (x[at] ?? 0) - (y[at] ?? 0);
};

/** Elements of a set or map in the order of `nft list`; keys as the model spells them: `10.96.0.1 . tcp . 443`, `10.0.0.0/8`. */
export const inNftOrder = <T>(elements: readonly T[], keyText: (element: T) => string): readonly T[] =>
  elements
    .map((element) => ({ element, key: keyOf(keyText(element)) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ element }) => element);

/** The lines of `elements = { … }` in the block of a set or map, `perLine` to a line; none where it is empty. */
export const elementLines = (texts: readonly string[], perLine: number): readonly string[] => {
  const lines = Array.from({ length: Math.ceil(texts.length / perLine) }, (_, i) =>
    texts.slice(i * perLine, (i + 1) * perLine).join(', '),
  );
  return lines.map(
    (line, i) => `${i === 0 ? '\t\telements = { ' : '\t\t\t     '}${line}${i === lines.length - 1 ? ' }' : ','}`,
  );
};
