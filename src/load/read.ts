import type { At, Path, Problem } from '../model/place.ts';
import { type Family, familyOf, formatIp, type Ip, parseIp, widthOf } from '../net/ip.ts';
import { type Mac, parseMac } from '../net/mac.ts';
import { formatPrefix, type Prefix, parseCidr, prefixOf } from '../net/prefix.ts';

/** Where values are read from and where problems go. */
export type Reading = { readonly at: At; readonly problems: Problem[] };

export type Mapping = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const mappingOf = (value: unknown): Mapping => (isMapping(value) ? value : {});
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
export const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
export const flagOf = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);

/** One value or a list of values, each with its path. Values of another type are left out: the shape check names them. */
export const textsOf = (value: unknown, path: Path): readonly { readonly text: string; readonly path: Path }[] => {
  if (typeof value === 'string') return [{ text: value, path }];
  return listOf(value).flatMap((item, i) => (typeof item === 'string' ? [{ text: item, path: [...path, i] }] : []));
};

export const report = (
  { at, problems }: Reading,
  code: string,
  path: Path,
  message: string,
  hint?: string,
  part?: 'key' | 'value',
): void => {
  const place = at(path, part);
  problems.push({
    severity: 'error',
    code,
    message,
    ...(place ? { place, length: place.length } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
};

export const readIp = (reading: Reading, text: string, path: Path): Ip | undefined => {
  const ip = parseIp(text);
  if (ip === undefined) report(reading, 'BAD_ADDRESS', path, `"${text}" is no IP address`, addressHint(text));
  return ip;
};

/**
 * Reads an address as old API servers took it: octets with leading zeros are decimal (netutils.ParseIPSloppy). kube-proxy rewrites such
 * addresses (kubernetes pkg/proxy/util/utils.go).
 */
export const parseOldIp = (text: string): Ip | undefined => parseIp(text) ?? parseIp(withoutZeros(text));

/** Reads a range as old API servers took it: leading zeros, blanks around it and host bits count for nothing. */
export const parseOldPrefix = (text: string): Prefix | undefined => {
  const cidr = parseCidr(text) ?? parseCidr(withoutZeros(text.trim()));
  return cidr && prefixOf(cidr.ip, cidr.len);
};

const withoutZeros = (text: string): string => text.replaceAll(/(?<=^|[./])0+(?=\d)/g, '');

const addressHint = (text: string): string | undefined => {
  if (parseCidr(text)) return 'write the address without its prefix length';
  if (/(^|\.)0\d/.test(text)) return 'write the numbers without leading zeros';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return 'each number is at most 255';
  return text.includes('%') ? 'write the address without its zone' : undefined;
};

export const readPrefix = (reading: Reading, text: string, path: Path): Prefix | undefined => {
  const cidr = parseCidr(text);
  if (!cidr) {
    report(reading, 'BAD_CIDR', path, `"${text}" is no address range in CIDR form`, rangeHint(text));
    return undefined;
  }
  const prefix = prefixOf(cidr.ip, cidr.len);
  if (prefix.addr !== cidr.ip) {
    report(reading, 'HOST_BITS_SET', path, `"${text}" has host bits set`, `write ${formatPrefix(prefix)}`);
  }
  return prefix;
};

const rangeHint = (text: string): string => {
  const [before = '', bits] = text.split('/');
  const ip = parseIp(before);
  if (ip === undefined) return addressHint(before) ?? 'e.g. 10.1.0.0/16';
  const family = familyOf(ip);
  if (bits === undefined) return `add a prefix length, e.g. ${formatIp(ip)}/${family === 4 ? 24 : 64}`;
  return `the prefix length of an IPv${family} range is a number up to ${widthOf(family)}`;
};

export const readMac = (reading: Reading, value: unknown, path: Path): Mac | undefined => {
  const text = textOf(value);
  const mac = text === undefined ? undefined : parseMac(text);
  if (text !== undefined && mac === undefined) {
    report(reading, 'BAD_MAC', path, `"${text}" is no Ethernet address`, 'e.g. 02:42:c0:a8:01:0b');
  }
  return mac;
};

/** Addresses of a value that is one or a list; at most one per family is what Kubernetes allows. */
export const readIps = (reading: Reading, value: unknown, path: Path): readonly Ip[] =>
  onePerFamily(
    reading,
    textsOf(value, path).map(({ text, path: p }) => ({ path: p, value: readIp(reading, text, p) })),
    familyOf,
    'address',
  );

export const readPrefixes = (
  reading: Reading,
  value: unknown,
  path: Path,
  severalPerFamily = false,
): readonly Prefix[] => {
  const found = textsOf(value, path).map(({ text, path: p }) => ({ path: p, value: readPrefix(reading, text, p) }));
  if (severalPerFamily) return found.flatMap(({ value: prefix }) => (prefix ? [prefix] : []));
  return onePerFamily(reading, found, (prefix) => familyOf(prefix.addr), 'range');
};

const onePerFamily = <T>(
  reading: Reading,
  found: readonly { readonly path: Path; readonly value: T | undefined }[],
  family: (value: T) => Family,
  noun: string,
): readonly T[] => {
  const seen = new Set<Family>();
  return found.flatMap(({ path, value }) => {
    if (value === undefined) return [];
    const its = family(value);
    if (seen.has(its)) {
      report(reading, 'TOO_MANY_ADDRESSES', path, `a second IPv${its} ${noun}`, 'at most one IPv4 and one IPv6');
      return [];
    }
    seen.add(its);
    return [value];
  });
};

const isStringMap = (mapping: Mapping): mapping is Readonly<Record<string, string>> => {
  for (const key in mapping) if (typeof mapping[key] !== 'string') return false;
  return true;
};

/** Labels, annotations: values that YAML took for numbers or booleans become text again. */
export const stringMap = (value: unknown): Readonly<Record<string, string>> => {
  const mapping = mappingOf(value);
  // Not copied where it need not be: a big cluster has two such maps per pod.
  if (isStringMap(mapping)) return mapping;
  return Object.fromEntries(
    Object.entries(mapping)
      .filter(([, v]) => typeof v !== 'object' || v === null)
      .map(([k, v]) => [k, v === null ? '' : String(v)]),
  );
};
