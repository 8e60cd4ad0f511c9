import type { Place } from '../../model/place.ts';
import { familyOf } from '../../net/ip.ts';
import { type Found, find, type Hit, nameOf } from './find.ts';
import { isBelow, parseName } from './parse.ts';
import { type About, type Answer, type DnsRecord, empty, type RecordType } from './record.ts';
import { reverse } from './reverse.ts';
import type { Zone } from './zone.ts';

/** As many CNAMEs as CoreDNS follows (coredns/coredns plugin/backend_lookup.go). */
const MAX_ALIASES = 8;

const backendOf = ({ ip, port, pod }: Hit, withPort: boolean) => ({
  ip,
  ...(withPort && port !== undefined && { port }),
  ...(pod && { pod }),
});

type Addressed = Extract<Found, { readonly hits: readonly Hit[] }>;

const aboutOf = (found: Addressed, hits: readonly Hit[], withPort: boolean): About | undefined => {
  const [first] = hits;
  if (!first) return undefined;
  switch (found.kind) {
    case 'service':
      return {
        kind: 'service',
        service: found.service,
        ...(withPort && first.port !== undefined && { port: first.port }),
      };
    case 'endpoints':
      return { kind: 'endpoints', service: found.service, backends: hits.map((hit) => backendOf(hit, withPort)) };
    case 'pod':
    case 'address':
      return { kind: found.kind, ip: first.ip };
  }
};

const placeOf = (found: Found): Place | undefined => ('service' in found ? found.service?.place : undefined);

const positive = (found: Addressed, hits: readonly Hit[], records: readonly DnsRecord[], withPort = false): Answer => {
  const about = aboutOf(found, hits, withPort);
  const place = placeOf(found);
  const assumption = 'assumption' in found ? found.assumption : undefined;
  return {
    rcode: 'NOERROR',
    records,
    ...(about && { about }),
    ...(place && { place }),
    ...(assumption && { assumption }),
  };
};

const uniqueBy = <T>(items: readonly T[], keyOf: (item: T) => unknown): readonly T[] =>
  [...new Map(items.toReversed().map((item) => [keyOf(item), item])).values()].toReversed();

const subjectOf = (found: Addressed): string => ('service' in found ? `Service ${found.service.name}` : 'the name');

const addresses = ({ ttl }: Zone, name: string, type: 'A' | 'AAAA', found: Addressed): Answer => {
  const family = type === 'A' ? 4 : 6;
  const hits = uniqueBy(
    found.hits.filter(({ ip }) => familyOf(ip) === family),
    ({ ip }) => ip,
  );
  if (hits.length === 0) return empty('NODATA', `${subjectOf(found)} has no IPv${family} address`, placeOf(found));
  return positive(
    found,
    hits,
    hits.map(({ ip }) => ({ name, ttl, type, ip })),
  );
};

const services = ({ ttl }: Zone, name: string, found: Addressed): Answer => {
  // Every address counts for the weight, also one without a port.
  const weight = Math.max(1, Math.floor((100 / (100 * found.hits.length)) * 100));
  const hits = found.hits.filter(({ port }) => port !== undefined);
  if (hits.length === 0) return empty('NODATA', `${subjectOf(found)} has no ports`, placeOf(found));
  const records = uniqueBy(hits, ({ owner, port }) => `${owner}:${port}`).map(({ owner, port = 0 }): DnsRecord => {
    return { name, ttl, type: 'SRV', priority: 0, weight, port, target: owner };
  });
  return positive(found, hits, records, true);
};

const alias = (
  zone: Zone,
  name: string,
  type: RecordType,
  found: Extract<Found, { kind: 'alias' }>,
  before: number,
) => {
  const { target, service } = found;
  const { place } = service;
  const cname: DnsRecord = { name, ttl: zone.ttl, type: 'CNAME', target };
  const because = `Service ${service.name} is an ExternalName`;
  if (type === 'CNAME') return { rcode: 'NOERROR', records: [cname], because, place } as const;
  if (type === 'SRV' || type === 'PTR') return empty('NODATA', `${because}: it has no ${type} record`, place);
  if (!isBelow(target, zone.domain)) {
    const about = { kind: 'external', name: target } as const;
    return { rcode: 'NOERROR', records: [cname], about, because, place } as const;
  }
  // A chain inside the cluster is all in one answer, or there is none.
  const next = target === name || before + 1 >= MAX_ALIASES ? undefined : forward(zone, target, type, before + 1);
  if (!next || next.records.length === 0)
    return empty('NODATA', `${because} of ${target}, which has no address`, place);
  return { ...next, records: [cname, ...next.records], because, place };
};

const forward = (zone: Zone, name: string, type: RecordType, before = 0): Answer => {
  const { dnsService } = zone;
  if (name === `ns.dns.${zone.domain}` && dnsService) return forward(zone, nameOf(zone, dnsService), type);
  const asked = parseName(name, zone.domain);
  if (!asked) return empty('NXDOMAIN', `names below ${zone.domain} end in svc or pod, and have no more labels`);
  if (asked.kind === 'apex') return empty('NODATA', 'a part of the domain, not a name with an address');
  const found = find(zone, asked);
  switch (found.kind) {
    case 'none':
      return empty('NXDOMAIN', found.because, placeOf(found));
    case 'empty':
      return empty('NODATA', found.because, placeOf(found));
    case 'alias':
      return alias(zone, name, type, found, before);
    default:
      if (type === 'A' || type === 'AAAA') return addresses(zone, name, type, found);
      if (type === 'SRV') return services(zone, name, found);
      return empty('NODATA', `${subjectOf(found)} has no ${type} record`, placeOf(found));
  }
};

/**
 * What CoreDNS answers, with its plugins `kubernetes` and `forward` as kubeadm sets them up
 * (coredns/coredns plugin/kubernetes/handler.go, plugin/backend_lookup.go).
 * @param name absolute, with or without the last dot, in any case
 */
export const answer = (zone: Zone, name: string, type: RecordType): Answer => {
  const asked = name.toLowerCase().replace(/\.$/, '');
  if (isBelow(asked, zone.domain)) return forward(zone, asked, type);
  if (isBelow(asked, 'in-addr.arpa') || isBelow(asked, 'ip6.arpa')) return reverse(zone, asked, type);
  return empty('FORWARDED', `not below ${zone.domain}`);
};
