import type { FabricRoute, FabricSpec } from '../model/cluster.ts';
import type { Path } from '../model/place.ts';
import type { Prefix } from '../net/prefix.ts';
import { lazyPlace, present } from './gathered.ts';
import {
  flagOf,
  listOf,
  type Mapping,
  mappingOf,
  numberOf,
  type Reading,
  readIp,
  readIps,
  readPrefix,
  textOf,
} from './read.ts';
import { readNetwork } from './short-network.ts';
import type { SourceDocument } from './source.ts';

const KINDS = ['l2', 'routed', 'azure', 'aws', 'gcp', 'nsx'] as const;
type Filters = NonNullable<FabricSpec['filters']>;

/** Reads a list of routes. */
export const readRoutes = (
  document: SourceDocument,
  reading: Reading,
  value: unknown,
  path: Path,
): readonly FabricRoute[] =>
  listOf(value).flatMap((item, i): FabricRoute[] => {
    const at = [...path, i];
    const { dst, via } = mappingOf(item);
    const prefix = typeof dst === 'string' ? readPrefix(reading, dst, [...at, 'dst']) : undefined;
    const next = readVia(reading, via, [...at, 'via']);
    return prefix && next !== undefined ? [{ dst: prefix, via: next, place: lazyPlace(document, at) }] : [];
  });

/** Reads `fabric:` of the short form. */
export const readFabric = (document: SourceDocument, reading: Reading, value: Mapping, path: Path): FabricSpec => {
  const routes = readRoutes(document, reading, value['routes'], [...path, 'routes']);
  const filters = listOf(value['filters']).flatMap((item, i): Filters => {
    const at = [...path, 'filters', i];
    const { protocol, port, src, dst, action } = mappingOf(item);
    const range = (text: unknown, key: string): Prefix | undefined =>
      typeof text === 'string' ? readPrefix(reading, text, [...at, key]) : undefined;
    if (action !== 'allow' && action !== 'deny') return [];
    return [
      {
        action,
        place: lazyPlace(document, at),
        ...present<Filters[number]>({
          protocol: textOf(protocol)?.toLowerCase(),
          port: numberOf(port),
          src: range(src, 'src'),
          dst: range(dst, 'dst'),
        }),
      },
    ];
  });
  const gateway = readIps(reading, value['gateway'], [...path, 'gateway']);
  return {
    place: lazyPlace(document, path),
    ...present<FabricSpec>({
      kind: KINDS.find((kind) => kind === value['kind']),
      mtu: numberOf(value['mtu']),
      gateway: gateway.length > 0 ? gateway : undefined,
      routes: value['routes'] === undefined ? undefined : routes,
      routeLimit: numberOf(value['routeLimit']),
      filters: value['filters'] === undefined ? undefined : filters,
      ttlDecrement: flagOf(value['ttlDecrement']),
      ...readNetwork(document, reading, value, path),
    }),
  };
};

const readVia = (reading: Reading, via: unknown, path: Path): FabricRoute['via'] | undefined => {
  if (via === 'none' || via === 'internet' || via === 'vnet' || via === 'gateway') return via;
  return typeof via === 'string' ? readIp(reading, via, path) : undefined;
};
