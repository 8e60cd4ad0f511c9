import { addToIp, type Family, familyOf, type Ip, widthOf } from '../net/ip.ts';
import { contains, familyOfPrefix, formatPrefix, lastOf, type Prefix } from '../net/prefix.ts';
import type { AssignedServices } from './assign-services.ts';
import { type Given, givenSentence, rangeExhausted } from './assign-words.ts';
import { freeAddresses } from './free.ts';
import type { Problem } from './place.ts';
import type { Service } from './service.ts';
import { placeInService } from './service-place.ts';

/**
 * Gives each Service an address of each of its families, upward from above the band that the API server leaves to people
 * (kubernetes pkg/registry/core/service/ipallocator; it draws at random there). The first address is the API server's own, default/kubernetes;
 * the tenth is what kubeadm asks for as kube-system/kube-dns.
 */
export const assignClusterIps = (
  services: readonly Service[],
  ranges: readonly Prefix[],
): Omit<AssignedServices, 'ranges'> => {
  if (!services.some((service) => isLacking(service, ranges))) return { services, assumptions: [], problems: [] };
  const taken = new Set<Ip>();
  for (const { clusterIPs } of services) for (const ip of clusterIPs) taken.add(ip);
  const pools = new Map(ranges.map((range) => [familyOfPrefix(range), poolOf(range, taken)]));
  const given: Given[] = [];
  const failed = new Map<Prefix, Service[]>();
  const problems: Problem[] = [];
  const assigned = services.map((service) => {
    if (!isLacking(service, ranges)) return service;
    const families = familiesOf(service, ranges);
    const strange = strangeFamily(service, families, pools);
    if (strange) problems.push(strange);
    if (service.headless) return { ...service, ipFamilies: families };
    const added: Ip[] = [];
    const ips = families.flatMap((family): readonly Ip[] => {
      const has = service.clusterIPs.find((ip) => familyOf(ip) === family);
      if (has !== undefined) return [has];
      const pool = pools.get(family);
      const ip = pool?.next(service);
      if (ip !== undefined) added.push(ip);
      else if (pool) noteFailed(failed, pool.range, service);
      return ip === undefined ? [] : [ip];
    });
    if (added.length > 0) given.push({ name: service.name, values: added });
    return { ...service, clusterIPs: ips, ipFamilies: families };
  });
  for (const [range, without] of failed) problems.push(rangeExhausted(range, without, 'service', 'address'));
  const where = ranges.map(formatPrefix).join(' and ');
  const text = `${givenSentence(given)}: the lowest free addresses of ${where} above those that are left to people to ask for; the API server draws at random`;
  return {
    services: assigned,
    assumptions: given.length > 0 ? [{ code: 'ASSUMED_CLUSTER_IP', text, change: 'services[].clusterIP' }] : [],
    problems,
  };
};

const noteFailed = (failed: Map<Prefix, Service[]>, range: Prefix, service: Service): void => {
  const without = failed.get(range);
  if (without) without.push(service);
  else failed.set(range, [service]);
};

const isLacking = (
  { type, headless, clusterIPs, ipFamilies, ipFamilyPolicy }: Service,
  ranges: readonly Prefix[],
): boolean => {
  if (type === 'ExternalName' || ranges.length === 0) return false;
  const wanted =
    ipFamilyPolicy === 'SingleStack' ? 1 : ipFamilyPolicy === 'RequireDualStack' ? 2 : Math.min(2, ranges.length);
  return ipFamilies.length < wanted || (!headless && clusterIPs.length < Math.max(ipFamilies.length, wanted));
};

/** What is stated, else the cluster's first family; the other one where the policy wants both (pkg/registry/core/service/storage/alloc.go). */
const familiesOf = (
  { ipFamilies, ipFamilyPolicy, headless, selector }: Service,
  ranges: readonly Prefix[],
): readonly Family[] => {
  const known = ranges.map(familyOfPrefix);
  const stated = ipFamilies.length > 0 ? ipFamilies : known.slice(0, 1);
  if (stated.length > 1 || ipFamilyPolicy === 'SingleStack') return stated;
  const other: Family = stated[0] === 4 ? 6 : 4;
  // A headless Service without selector may have endpoints of a family that the cluster has no range of.
  const isBare = headless && Object.keys(selector ?? {}).length === 0;
  return isBare || known.includes(other) ? [...stated, other] : stated;
};

/** A family that is asked for, and that the cluster has no range of: the API server refuses such a Service. */
const strangeFamily = (
  service: Service,
  families: readonly Family[],
  pools: ReadonlyMap<Family, unknown>,
): Problem | undefined => {
  if (service.headless && Object.keys(service.selector ?? {}).length === 0) return undefined;
  const missing = families.find((family) => !pools.has(family));
  const isSingle = service.ipFamilyPolicy === 'RequireDualStack' && pools.size < 2;
  if (missing === undefined && !isSingle) return undefined;
  const family = missing ?? (pools.has(4) ? 6 : 4);
  return {
    severity: 'error',
    code: 'FAMILY_WITHOUT_RANGE',
    message: `service "${service.name}" wants an IPv${family} address, and subnets.services has no IPv${family} range`,
    place: placeInService(service, ['spec', missing === undefined ? 'ipFamilyPolicy' : 'ipFamilies']),
    hint: 'dual stack is a list of two ranges',
  };
};

type Pool = { readonly range: Prefix; readonly next: (service: Service) => Ip | undefined };

const poolOf = (range: Prefix, taken: Set<Ip>): Pool => {
  const first = addToIp(range.addr, 1);
  const tenth = addToIp(range.addr, 10);
  const inRange = (ip: Ip): boolean => contains(range, ip) && ip !== lastOf(range);
  const reserved = new Set([first, tenth]);
  const upper = freeAddresses(range, addToIp(first, bandOf(range)), taken);
  const lower = freeAddresses(range, first, taken);
  const skip = (next: () => Ip | undefined): Ip | undefined => {
    for (let ip = next(); ip !== undefined; ip = next()) if (!reserved.has(ip)) return ip;
    return undefined;
  };
  const take = (ip: Ip | undefined): Ip | undefined => {
    if (ip !== undefined) taken.add(ip);
    return ip;
  };
  return {
    range,
    next: ({ namespace, name }) => {
      const own = `${namespace}/${name}`;
      if (own === 'default/kubernetes' && inRange(first) && !taken.has(first)) return take(first);
      if (own === 'kube-system/kube-dns' && inRange(tenth) && !taken.has(tenth)) return take(tenth);
      return take(skip(upper) ?? skip(lower));
    },
  };
};

/** How many addresses at the start are given out last: min(max(16, size/16), 256); none where the range is no larger than 16. */
const bandOf = (range: Prefix): number => {
  const bits = widthOf(familyOfPrefix(range)) - range.len;
  if (bits <= 4) return 0;
  return bits >= 12 ? 256 : Math.max(16, 2 ** (bits - 4));
};
