import type { Path } from '../model/place.ts';
import { atBelow, type Gathered, lazyPlace } from './gathered.ts';
import { isMapping, listOf, type Mapping, mappingOf, type Reading, report, stringMap, textOf } from './read.ts';
import { readEndpoints } from './short-endpoints.ts';
import type { SourceDocument } from './source.ts';
import type { StatedService } from './stated-service.ts';

/** Keys that mean the same in a Service's spec. */
const SAME_KEYS = [
  'type',
  'externalName',
  'externalTrafficPolicy',
  'internalTrafficPolicy',
  'healthCheckNodePort',
  'publishNotReadyAddresses',
  'trafficDistribution',
  'ipFamilyPolicy',
  'ipFamilies',
  'loadBalancerIP',
  'allocateLoadBalancerNodePorts',
] as const;

/** Reads one Service of the short form, and the endpoints under it. What has the wrong type is left out: the shape check names it. */
export const readService = (
  document: SourceDocument,
  reading: Reading,
  into: Gathered,
  value: Mapping,
  path: Path,
): void => {
  if (value['loadBalancerSourceRanges'] !== undefined && value['sourceRanges'] !== undefined)
    report(
      reading,
      'DUPLICATE_KEY',
      [...path, 'sourceRanges'],
      'sourceRanges is the same as loadBalancerSourceRanges',
      undefined,
      'key',
    );
  const stated: StatedService = {
    // Without a name it is still read, for the mistakes in the rest of it.
    name: textOf(value['name']) ?? path.join(' '),
    namespace: textOf(value['namespace']) ?? 'default',
    labels: stringMap(value['labels']),
    annotations: stringMap(value['annotations']),
    spec: specOf(value),
    ingress: value['ingress'] === undefined ? undefined : oneOrMany(value['ingress']).map(ingressOf),
    written: true,
    short: true,
    place: lazyPlace(document, path),
    at: atBelow(document.at, path),
    ports: { document, path: [...path, 'ports'] },
  };
  into.shortServices.push(stated);
  if (value['endpoints'] !== undefined)
    into.shortSlices.push(...readEndpoints(reading, stated, listOf(value['endpoints']), [...path, 'endpoints']));
};

/** The keys of the short form as a Service's spec has them. */
const specOf = (value: Mapping): Mapping => {
  const { clusterIP, ports, selector, externalIPs, sessionAffinity } = value;
  const ranges = value['loadBalancerSourceRanges'] ?? value['sourceRanges'];
  const stated: Mapping = {
    ...Object.fromEntries(SAME_KEYS.map((key) => [key, value[key]])),
    // Both, so that neither of an object beside it remains.
    clusterIP: listed(clusterIP)?.[0],
    clusterIPs: listed(clusterIP),
    ports: ports === undefined ? undefined : listOf(ports).map(portOf),
    selector: isMapping(selector) ? stringMap(selector) : undefined,
    externalIPs: listed(externalIPs),
    loadBalancerSourceRanges: listed(ranges),
    ...affinityOf(sessionAffinity),
  };
  // What is left out must not hide what a Kubernetes object beside it states.
  return Object.fromEntries(Object.entries(stated).filter(([, one]) => one !== undefined));
};

const portOf = (value: unknown): unknown => {
  if (typeof value === 'number') return { port: value };
  const { protocol, ...rest } = mappingOf(value);
  return { ...rest, protocol: typeof protocol === 'string' ? protocol.toUpperCase() : protocol };
};

const ingressOf = (value: unknown): unknown => (typeof value === 'string' ? { ip: value } : value);

const affinityOf = (value: unknown): Mapping => {
  if (!isMapping(value)) return { sessionAffinity: value };
  return { sessionAffinity: 'ClientIP', sessionAffinityConfig: value };
};

const oneOrMany = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const listed = (value: unknown): readonly unknown[] | undefined => (value === undefined ? undefined : oneOrMany(value));
