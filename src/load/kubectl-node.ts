import type { Node } from '../model/cluster.ts';
import type { Place } from '../model/place.ts';
import { type Family, familyOf, type Ip, parseIp } from '../net/ip.ts';
import { type Prefix, parseCidr, prefixOf } from '../net/prefix.ts';
import { present } from './gathered.ts';
import { listOf, type Mapping, mappingOf, stringMap, textOf } from './read.ts';

/** Reads a Kubernetes Node: the few fields that matter, trusting nothing. Addresses that are no addresses (redacted) are left out. */
export const decodeNode = (value: Mapping, place: Place): Node | undefined => {
  const metadata = mappingOf(value['metadata']);
  const spec = mappingOf(value['spec']);
  const status = mappingOf(value['status']);
  const name = textOf(metadata['name']);
  if (name === undefined) return undefined;
  const labels = stringMap(metadata['labels']);
  const internal = listOf(status['addresses'])
    .map(mappingOf)
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => address);
  const ranges = listOf(spec['podCIDRs']);
  return {
    name,
    ips: ipsOf(internal),
    podCIDRs: prefixesOf(ranges.length > 0 ? ranges : [spec['podCIDR']]),
    labels,
    annotations: stringMap(metadata['annotations']),
    sysctls: {},
    ...present<Node>({
      providerID: textOf(spec['providerID']),
      zone: labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'],
      networkUnavailable: networkUnavailable(status['conditions']),
    }),
    place,
  };
};

const networkUnavailable = (conditions: unknown): boolean | undefined => {
  const found = listOf(conditions)
    .map(mappingOf)
    .find(({ type }) => type === 'NetworkUnavailable');
  return found && found['status'] === 'True';
};

/** The addresses among the values, the first of each family. */
export const ipsOf = (values: readonly unknown[]): readonly Ip[] => {
  const seen = new Set<Family>();
  return values.flatMap((value) => {
    const ip = typeof value === 'string' ? parseIp(value) : undefined;
    if (ip === undefined || seen.has(familyOf(ip))) return [];
    seen.add(familyOf(ip));
    return [ip];
  });
};

const prefixesOf = (values: readonly unknown[]): readonly Prefix[] => {
  const seen = new Set<Family>();
  return values.flatMap((value) => {
    const cidr = typeof value === 'string' ? parseCidr(value) : undefined;
    if (!cidr || seen.has(familyOf(cidr.ip))) return [];
    seen.add(familyOf(cidr.ip));
    // Real dumps have host bits in podCIDR (GKE: 10.0.0.1/24); Kubernetes masks them.
    return [prefixOf(cidr.ip, cidr.len)];
  });
};
