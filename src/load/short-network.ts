import type { FabricHost, FabricSpec, FabricSubnet, SecurityRule } from '../model/cluster.ts';
import type { Path } from '../model/place.ts';
import { type Prefix, parseCidr } from '../net/prefix.ts';
import { lazyPlace, present } from './gathered.ts';
import {
  flagOf,
  listOf,
  type Mapping,
  mappingOf,
  numberOf,
  type Reading,
  readIps,
  readPrefix,
  readPrefixes,
  textOf,
} from './read.ts';
import { readRoutes } from './short-fabric.ts';
import type { SourceDocument } from './source.ts';

type From = { readonly document: SourceDocument; readonly reading: Reading; readonly path: Path };

const OUTBOUND = ['loadBalancer', 'natGateway', 'userDefinedRouting', 'none'] as const;

/** Items of a list, each read at its own path. */
const each = <T>(
  { document, reading, path }: From,
  value: unknown,
  key: string,
  read: (item: Mapping, from: From, name: string) => T,
): readonly T[] | undefined =>
  value === undefined
    ? undefined
    : listOf(value).map((item, i) => {
        const at = [...path, key, i];
        const mapping = mappingOf(item);
        return read(mapping, { document, reading, path: at }, textOf(mapping['name']) ?? `${key}[${i}]`);
      });

// A service tag, or what is meant to be a range.
const readEnd = ({ reading, path }: From, value: unknown, key: string): Prefix | string | undefined => {
  const text = textOf(value);
  if (text === undefined || text === '*' || /^any$/i.test(text)) return undefined;
  return parseCidr(text) || /[./:]/.test(text) ? readPrefix(reading, text, [...path, key]) : text;
};

const readRule = (item: Mapping, from: From, name: string): readonly SecurityRule[] => {
  const { direction, action } = item;
  const priority = numberOf(item['priority']);
  if ((direction !== 'inbound' && direction !== 'outbound') || (action !== 'allow' && action !== 'deny')) return [];
  if (priority === undefined) return [];
  return [
    {
      name,
      direction,
      priority,
      action,
      place: lazyPlace(from.document, from.path),
      ...present<SecurityRule>({
        protocol: textOf(item['protocol']),
        src: readEnd(from, item['src'], 'src'),
        dst: readEnd(from, item['dst'], 'dst'),
        port: numberOf(item['port']),
      }),
    },
  ];
};

const readSubnet = (item: Mapping, from: From, name: string): FabricSubnet => {
  const { document, reading, path } = from;
  const nsg = each(from, item['nsg'], 'nsg', readRule);
  return {
    name,
    prefixes: readPrefixes(reading, item['prefix'], [...path, 'prefix'], true),
    place: lazyPlace(document, path),
    ...present<FabricSubnet>({
      routes:
        item['routes'] === undefined ? undefined : readRoutes(document, reading, item['routes'], [...path, 'routes']),
      nsg: nsg?.flat(),
    }),
  };
};

const readHost = (item: Mapping, { document, reading, path }: From, name: string): FabricHost => ({
  name,
  ips: readIps(reading, item['ip'], [...path, 'ip']),
  place: lazyPlace(document, path),
  ...present<FabricHost>({ ipForwarding: flagOf(item['ipForwarding']), masquerade: flagOf(item['masquerade']) }),
});

const readOutbound = ({ document, reading, path }: From, value: unknown): FabricSpec['outbound'] => {
  const stated = typeof value === 'string' ? { type: value } : mappingOf(value);
  const type = OUTBOUND.find((one) => one === stated['type']);
  const at = [...path, 'outbound'];
  return (
    type && { type, ips: readIps(reading, mappingOf(stated)['ip'], [...at, 'ip']), place: lazyPlace(document, at) }
  );
};

/** Reads what `fabric:` says of a cloud network: its ranges, subnets, neighbours, machines and the way out. */
export const readNetwork = (
  document: SourceDocument,
  reading: Reading,
  value: Mapping,
  path: Path,
): { readonly [K in keyof FabricSpec]?: FabricSpec[K] | undefined } => {
  const from: From = { document, reading, path };
  const ranges = (key: string) =>
    value[key] === undefined ? undefined : readPrefixes(reading, value[key], [...path, key], true);
  return {
    vnet: ranges('vnet'),
    onPremises: ranges('onPremises'),
    subnets: each(from, value['subnets'], 'subnets', readSubnet),
    peerings: each(from, value['peerings'], 'peerings', (item, at, name) => ({
      name,
      prefixes: readPrefixes(reading, item['prefixes'], [...at.path, 'prefixes'], true),
      place: lazyPlace(document, at.path),
    })),
    hosts: each(from, value['hosts'], 'hosts', readHost),
    outbound: readOutbound(from, value['outbound']),
  };
};
