import type { Path, Problem } from '../model/place.ts';
import type { Ingress, Service } from '../model/service.ts';
import { placeInService } from '../model/service-place.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import { decodePorts } from './decode-service-ports.ts';
import { present } from './gathered.ts';
import { flagOf, isMapping, listOf, type Mapping, mappingOf, numberOf, stringMap, textOf } from './read.ts';
import { oldAddresses, type ServiceReader, strictAddresses } from './service-addresses.ts';
import type { StatedService } from './stated-service.ts';

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;
const POLICIES = ['SingleStack', 'PreferDualStack', 'RequireDualStack'] as const;
const MODES = ['VIP', 'Proxy'] as const;

/** kubernetes pkg/apis/core/v1/defaults.go: three hours. */
const AFFINITY_SECONDS = 10_800;

/**
 * Fills in the API's defaults (kubernetes pkg/apis/core/v1/defaults.go). Addresses that are none are problems in what people write, and
 * go to `unreadable` in what an API server gave.
 */
export const decodeService = (
  stated: StatedService,
  problems: Problem[],
  unreadable: (text: string) => void,
): Service => {
  const { name, namespace, labels, annotations, spec, written, short, place, at } = stated;
  const read = written ? strictAddresses((path) => placeInService(stated, path), problems) : oldAddresses(unreadable);
  const type = TYPES.find((one) => one === spec['type']) ?? 'ClusterIP';
  const headless = isHeadless(spec);
  const clusterIPs = headless || type === 'ExternalName' ? [] : readClusterIPs(read, spec);
  const families = familiesOf(spec, clusterIPs);
  const selector = isMapping(spec['selector']) ? stringMap(spec['selector']) : undefined;
  const isBare = headless && (selector === undefined || Object.keys(selector).length === 0);
  return {
    name,
    namespace,
    type,
    headless,
    clusterIPs,
    ports: decodePorts(stated),
    externalIPs: textList(spec['externalIPs'], ['spec', 'externalIPs']).flatMap(([text, path]) => read.ip(text, path)),
    ingress: readIngress(read, stated),
    loadBalancerSourceRanges: textList(spec['loadBalancerSourceRanges'], ['spec', 'loadBalancerSourceRanges']).flatMap(
      ([text, path]): readonly Prefix[] => read.range(text.trim(), path),
    ),
    externalTrafficPolicy: spec['externalTrafficPolicy'] === 'Local' ? 'Local' : 'Cluster',
    internalTrafficPolicy: spec['internalTrafficPolicy'] === 'Local' ? 'Local' : 'Cluster',
    publishNotReadyAddresses: flagOf(spec['publishNotReadyAddresses']) ?? false,
    ipFamilyPolicy:
      POLICIES.find((one) => one === spec['ipFamilyPolicy']) ??
      (families.length > 1 ? 'PreferDualStack' : isBare ? 'RequireDualStack' : 'SingleStack'),
    ipFamilies: families,
    labels,
    annotations,
    ...present<Service>({
      selector,
      externalName: textOf(spec['externalName']),
      healthCheckNodePort: positive(spec['healthCheckNodePort']),
      affinitySeconds: affinityOf(spec),
      trafficDistribution: textOf(spec['trafficDistribution']),
      allocateLoadBalancerNodePorts: flagOf(spec['allocateLoadBalancerNodePorts']),
    }),
    place,
    at,
    short,
  };
};

const isHeadless = (spec: Mapping): boolean => spec['clusterIP'] === 'None' || listOf(spec['clusterIPs'])[0] === 'None';

const readClusterIPs = (read: ServiceReader, spec: Mapping): readonly Ip[] => {
  const several = listOf(spec['clusterIPs']);
  const values = several.length > 0 ? several : [spec['clusterIP']];
  return read.onePerFamily(textList(values, ['spec', 'clusterIPs']));
};

/** ipFamilies, the ipFamily of the first dual-stack releases, or what the addresses are. */
const familiesOf = (spec: Mapping, clusterIPs: readonly Ip[]): readonly (4 | 6)[] => {
  const stated = listOf(spec['ipFamilies'] ?? (spec['ipFamily'] === undefined ? [] : [spec['ipFamily']]));
  const named = stated.flatMap((text) => (text === 'IPv4' ? [4 as const] : text === 'IPv6' ? [6 as const] : []));
  return named.length > 0 ? named : clusterIPs.map(familyOf);
};

const affinityOf = (spec: Mapping): number | undefined => {
  if (spec['sessionAffinity'] !== 'ClientIP') return undefined;
  const { timeoutSeconds } = mappingOf(mappingOf(spec['sessionAffinityConfig'])['clientIP']);
  return numberOf(timeoutSeconds) ?? AFFINITY_SECONDS;
};

const INGRESS: Path = ['status', 'loadBalancer', 'ingress'];

const readIngress = (read: ServiceReader, { ingress }: StatedService): readonly Ingress[] =>
  (ingress ?? []).flatMap((item, i): readonly Ingress[] => {
    const { ip: text, hostname, ipMode } = mappingOf(item);
    const ip = typeof text === 'string' && text !== '' ? read.ip(text, [...INGRESS, i, 'ip'])[0] : undefined;
    const mode = MODES.find((one) => one === ipMode);
    const one = present<Ingress>({ ip, hostname: textOf(hostname), ipMode: mode });
    return one.ip === undefined && one.hostname === undefined ? [] : [one];
  });

const positive = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined);

/** The texts of a list with their paths; empty ones say nothing. */
const textList = (value: unknown, path: Path): readonly (readonly [text: string, path: Path])[] =>
  listOf(value).flatMap((item, i) => (typeof item === 'string' && item !== '' ? [[item, [...path, i]] as const] : []));
