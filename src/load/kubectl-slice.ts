import type { Labels } from '../model/cluster.ts';
import type { Place } from '../model/place.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../model/service.ts';
import type { Ip } from '../net/ip.ts';
import { protocolOf } from './decode-service-ports.ts';
import { listOf, type Mapping, mappingOf, numberOf, parseOldIp, stringMap, textOf } from './read.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const SERVICE_NAME = 'kubernetes.io/service-name';
const NO_LABELS: Labels = Object.freeze({});

/** A slice, and the texts in it that should be addresses and are none, with their paths in the object. */
export type DecodedSlice = {
  readonly slice: EndpointSlice;
  readonly unreadable: readonly { readonly text: string; readonly endpoint: number }[];
};

/** Reads an EndpointSlice of discovery.k8s.io; undefined where it has no name. This runs for every endpoint of a real cluster: keep it lean. */
export const decodeSlice = (value: Mapping, place: Place): DecodedSlice | undefined => {
  const metadata = mappingOf(value['metadata']);
  const name = textOf(metadata['name']) ?? textOf(metadata['generateName']);
  if (name === undefined) return undefined;
  const { addressType } = value;
  const isFqdn = addressType === 'FQDN';
  const labels = metadata['labels'] === undefined ? NO_LABELS : stringMap(metadata['labels']);
  const unreadable: { text: string; endpoint: number }[] = [];
  const endpoints: Endpoint[] = [];
  const listed = listOf(value['endpoints']);
  for (let i = 0; i < listed.length; i++) {
    const item = mappingOf(listed[i]);
    const addresses: Ip[] = [];
    for (const text of isFqdn ? [] : listOf(item['addresses'])) {
      const ip = typeof text === 'string' ? parseOldIp(text) : undefined;
      if (ip !== undefined) addresses.push(ip);
      else unreadable.push({ text: String(text), endpoint: i });
    }
    // One whose address is blanked out leads nowhere.
    if (addresses.length > 0 || isFqdn) endpoints.push(decodeEndpoint(item, addresses));
  }
  const slice: EndpointSlice = {
    name,
    namespace: textOf(metadata['namespace']) ?? 'default',
    service: textOf(labels[SERVICE_NAME]),
    addressType: isFqdn || addressType === 'IPv6' ? addressType : 'IPv4',
    endpoints,
    ports: decodeEndpointPorts(value['ports']),
    labels,
    place,
  };
  return { slice, unreadable };
};

/** discovery.k8s.io/v1beta1 named the node and the zone in a map. */
const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

const decodeEndpoint = (item: Mapping, addresses: readonly Ip[]): Endpoint => {
  const { ready, serving, terminating } = mappingOf(item['conditions']);
  const topology = mappingOf(item['topology']);
  // Absent means ready and serving, and not terminating (kubernetes pkg/proxy/endpointslicecache.go).
  const endpoint: Mutable<Endpoint> = {
    addresses,
    ready: ready !== false,
    serving: serving !== false,
    terminating: terminating === true,
  };
  const nodeName = textOf(item['nodeName']) ?? textOf(topology[HOSTNAME]);
  const zone = textOf(item['zone']) ?? textOf(topology[ZONE]);
  const hostname = textOf(item['hostname']);
  const hints = hintsOf(item['hints']);
  const targetRef = targetOf(item['targetRef']);
  if (nodeName !== undefined) endpoint.nodeName = nodeName;
  if (zone !== undefined) endpoint.zone = zone;
  if (hostname !== undefined) endpoint.hostname = hostname;
  if (hints) endpoint.hints = hints;
  if (targetRef) endpoint.targetRef = targetRef;
  return endpoint;
};

const hintsOf = (value: unknown): Endpoint['hints'] => {
  if (value === undefined || value === null) return undefined;
  const { forZones, forNodes } = mappingOf(value);
  const names = (list: unknown) => listOf(list).flatMap((entry) => textOf(mappingOf(entry)['name']) ?? []);
  return {
    ...(forZones === undefined ? {} : { forZones: names(forZones) }),
    ...(forNodes === undefined ? {} : { forNodes: names(forNodes) }),
  };
};

/** The pod behind an address, of an EndpointSlice or of Endpoints. */
export const targetOf = (value: unknown): Endpoint['targetRef'] => {
  const { kind, namespace, name } = mappingOf(value);
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  return { kind, namespace: textOf(namespace) ?? '', name };
};

/** The ports of an EndpointSlice or of a subset of Endpoints. */
export const decodeEndpointPorts = (value: unknown): readonly EndpointPort[] =>
  listOf(value).map((item) => {
    const { name, protocol, port } = mappingOf(item);
    return { name: typeof name === 'string' ? name : '', protocol: protocolOf(protocol), port: numberOf(port) };
  });
