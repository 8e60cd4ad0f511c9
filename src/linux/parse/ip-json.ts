import { type Family, parseIp } from '../../net/ip.ts';
import type { Address, AddressScope } from '../link.ts';
import { type Route, RT_TABLE } from '../route.ts';
import { parseRoute } from './route.ts';

/** The facts of a link that `ip -j addr` tells; what else a kind needs is in `info`, from `ip -d`. */
export type LinkFacts = {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly address?: string;
  readonly master?: string;
  readonly kind?: string;
  readonly info?: Readonly<Record<string, unknown>>;
};

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const has = (value: unknown, word: string): boolean => Array.isArray(value) && value.includes(word);

const scopeOf = (value: unknown): AddressScope => (value === 'host' || value === 'link' ? value : 'global');

const address = (fields: Fields, dev: string): Address | undefined => {
  const local = parseIp(text(fields['local']) ?? '');
  const prefixlen = count(fields['prefixlen']);
  if (local === undefined || prefixlen === undefined) return undefined;
  const broadcast = parseIp(text(fields['broadcast']) ?? '');
  return {
    dev,
    local,
    prefixlen,
    ...(broadcast !== undefined && { broadcast }),
    scope: scopeOf(fields['scope']),
    ...(fields['noprefixroute'] === true && { noprefixroute: true }),
  };
};

const link = (fields: Fields): LinkFacts | undefined => {
  const [ifindex, ifname, mtu] = [count(fields['ifindex']), text(fields['ifname']), count(fields['mtu'])];
  if (ifindex === undefined || ifname === undefined || mtu === undefined) return undefined;
  const info = isFields(fields['linkinfo']) ? fields['linkinfo'] : {};
  const [mac, master, kind] = [text(fields['address']), text(fields['master']), text(info['info_kind'])];
  return {
    ifindex,
    ifname,
    mtu,
    up: has(fields['flags'], 'UP'),
    ...(mac !== undefined && { address: mac }),
    ...(master !== undefined && { master }),
    ...(kind !== undefined && { kind }),
    ...(isFields(info['info_data']) && { info: info['info_data'] }),
  };
};

/** Reads the parsed JSON of `ip [-d] -j addr`. */
export const parseIpAddr = (
  json: unknown,
): { readonly links: readonly LinkFacts[]; readonly addresses: readonly Address[] } => ({
  links: list(json)
    .map(link)
    .filter((one) => one !== undefined),
  addresses: list(json).flatMap((fields) =>
    list(fields['addr_info']).flatMap((info) => address(info, text(fields['ifname']) ?? '') ?? []),
  ),
});

// The JSON has the words of the text under names of its own, so the text is made again and read.
const hopWords = (fields: Fields): string => {
  const via = isFields(fields['via']) ? text(fields['via']['host']) : text(fields['gateway']);
  const parts = [
    via === undefined ? '' : `via ${via}`,
    text(fields['dev']) === undefined ? '' : `dev ${fields['dev']}`,
    count(fields['weight']) === undefined ? '' : `weight ${fields['weight']}`,
    has(fields['flags'], 'onlink') ? 'onlink' : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
};

const NAMES = { protocol: 'proto', scope: 'scope', prefsrc: 'src', metric: 'metric', table: 'table' } as const;

const routeText = (fields: Fields): string => {
  const named = Object.entries(NAMES).flatMap(([key, word]) =>
    fields[key] === undefined ? [] : [`${word} ${fields[key]}`],
  );
  const mtu = list(fields['metrics']).flatMap((metrics) =>
    count(metrics['mtu']) === undefined ? [] : [`mtu ${metrics['mtu']}`],
  );
  const hops = list(fields['nexthops']).map((hop) => `nexthop ${hopWords(hop)}`);
  return [text(fields['type']) ?? '', text(fields['dst']) ?? '', hopWords(fields), ...named, ...mtu, ...hops].join(' ');
};

/** Reads the parsed JSON of `ip [-6] -j route show table …`. */
export const parseIpRoute = (json: unknown, family: Family, table: number = RT_TABLE.main): readonly Route[] =>
  list(json)
    .map((fields) => parseRoute(routeText(fields), family, table))
    .filter((route) => route !== undefined);
