import { formatIp, type Ip, parseIp } from '../../net/ip.ts';
import { endpointNames, nameOf } from './find.ts';
import { type Answer, empty, type RecordType } from './record.ts';
import type { Zone } from './zone.ts';

/** The address of `10.0.96.10.in-addr.arpa`, or of 32 nibbles below ip6.arpa. */
const addressOfReverse = (name: string): Ip | undefined => {
  const [, four] = /^((?:\d+\.){4})in-addr\.arpa$/.exec(name) ?? [];
  if (four !== undefined) return parseIp(four.split('.').slice(0, 4).reverse().join('.'));
  const [, six] = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name) ?? [];
  const nibbles = six?.split('.').slice(0, 32).reverse().join('');
  return nibbles === undefined ? undefined : BigInt(`0x${nibbles}`);
};

/**
 * Whose address it is: a Service's, else all names of a ready endpoint (coredns/coredns plugin/kubernetes/reverse.go).
 * What belongs to neither is passed on, as kubeadm's Corefile says.
 */
export const reverse = (zone: Zone, name: string, type: RecordType): Answer => {
  const ip = type === 'PTR' ? addressOfReverse(name) : undefined;
  const service = ip === undefined ? undefined : zone.cluster.services.find((one) => one.clusterIPs.includes(ip));
  const targets = service ? [nameOf(zone, service)] : ip === undefined ? [] : [...new Set(endpointNames(zone, ip))];
  if (targets.length === 0) {
    const why = ip === undefined ? '' : `, as ${formatIp(ip)} belongs to no Service`;
    return empty('FORWARDED', `CoreDNS passes this on${why} (fallthrough in-addr.arpa ip6.arpa)`);
  }
  const records = targets.map((target) => ({ name, ttl: zone.ttl, type: 'PTR', target }) as const);
  return { rcode: 'NOERROR', records, ...(service && { place: service.place }) };
};
