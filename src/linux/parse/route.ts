import { type Family, parseIp } from '../../net/ip.ts';
import { defaultPrefix, hostPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts';
import { type NextHop, type Route, type RouteScope, type RouteType, RT_TABLE } from '../route.ts';
import { number } from './words.ts';

const TYPES: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
];
const isType = (text: string): text is RouteType => (TYPES as readonly string[]).includes(text);
const isScope = (text: string): text is RouteScope => text === 'global' || text === 'link' || text === 'host';

// Words of `ip route` that stand alone.
const FLAGS = [
  'onlink',
  'linkdown',
  'dead',
  'pervasive',
  'offload',
  'trap',
  'notify',
  'unresolved',
  'rt_offload',
  'rt_trap',
];

type Words = { readonly values: ReadonlyMap<string, string>; readonly onlink: boolean };

// `via inet6 fe80::1`, `mtu lock 1400`: a word more than usual.
const EXTRA = ['inet', 'inet6', 'lock'];

const pairs = (words: readonly string[]): Words => {
  const values = new Map<string, string>();
  let onlink = false;
  for (let i = 0; i < words.length; i++) {
    const key = words[i] ?? '';
    if (key === 'onlink') onlink = true;
    if (FLAGS.includes(key)) continue;
    if (EXTRA.includes(words[i + 1] ?? '')) i++;
    values.set(key, words[++i] ?? '');
  }
  return { values, onlink };
};

const hop = ({ values, onlink }: Words): NextHop | undefined => {
  const dev = values.get('dev');
  if (dev === undefined) return undefined;
  const gateway = parseIp(values.get('via') ?? '');
  const weight = number(values.get('weight'));
  return {
    ...(gateway !== undefined && { gateway }),
    dev,
    ...(weight !== undefined && { weight }),
    ...(onlink && { onlink }),
  };
};

/** `default`, an address or a range. */
const parseDestination = (text: string, family: Family): Prefix | undefined => {
  if (text === 'default') return defaultPrefix(family);
  const ip = parseIp(text);
  return ip === undefined ? parsePrefix(text) : hostPrefix(ip);
};

const tableOf = (text: string | undefined, otherwise: number): number => {
  if (text === undefined) return otherwise;
  const known = Object.entries(RT_TABLE).find(([name]) => name === text);
  return known ? known[1] : (number(text) ?? otherwise);
};

/** Reads one route of `ip route`, next hops on the same line or after line breaks; undefined where it is none. */
export const parseRoute = (text: string, family: Family, table: number = RT_TABLE.main): Route | undefined => {
  const [head = '', ...hops] = text.trim().split(/\s*\bnexthop\s+/);
  const [first = '', ...more] = head.split(/\s+/);
  const type = isType(first) ? first : 'unicast';
  const [destination = '', ...words] = isType(first) ? more : [first, ...more];
  const dst = parseDestination(destination, family);
  if (!dst) return undefined;
  const own = pairs(words);
  const { values } = own;
  const rejects = type === 'blackhole' || type === 'unreachable' || type === 'prohibit' || type === 'throw';
  const nexthops = (
    hops.length > 0 ? hops.map((one) => hop(pairs(one.trim().split(/\s+/)))) : [rejects ? undefined : hop(own)]
  ).filter((one) => one !== undefined);
  const scope = values.get('scope') ?? 'global';
  const [prefsrc, metric, mtu, protocol] = [
    parseIp(values.get('src') ?? ''),
    number(values.get('metric')),
    number(values.get('mtu')),
    values.get('proto'),
  ];
  return {
    type,
    dst,
    nexthops,
    table: tableOf(values.get('table'), table),
    scope: isScope(scope) ? scope : 'global',
    ...(protocol !== undefined && { protocol }),
    ...(prefsrc !== undefined && { prefsrc }),
    ...(metric !== undefined && { metric }),
    ...(mtu !== undefined && { mtu }),
  };
};

/** Reads what `ip [-6] route show table …` printed; lines that are no route are left out. */
export const parseRoutes = (text: string, family: Family, table: number = RT_TABLE.main): readonly Route[] =>
  text
    .split(/\n(?=\S)/)
    .map((block) => parseRoute(block, family, table))
    .filter((route) => route !== undefined);
