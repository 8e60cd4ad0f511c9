import type { Cluster } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { placeInService } from '../model/service-place.ts';
import { familyOf, formatIp, type Ip } from '../net/ip.ts';
import { contains, familyOfPrefix, formatPrefix, lastOf, type Prefix } from '../net/prefix.ts';
import type { DecodedService } from './assemble-services.ts';
import type { Gathered } from './gathered.ts';
import { type Fault, nameOf, problemOf } from './service-judge.ts';
import type { StatedService } from './stated-service.ts';
import { isSpan, lineOf } from './validate-judge.ts';
import { faultsOf } from './validate-service.ts';
import { type NodePortRange, portFaultsOf } from './validate-service-ports.ts';

/** What the API server would refuse among Services: each by itself, and those that clash. Linear in Services and ports. */
export const invalidServices = (
  services: readonly DecodedService[],
  cluster: Cluster,
  gathered: Gathered,
  nodePorts: NodePortRange,
): readonly Problem[] => {
  const problems: Problem[] = [...duplicateServices(gathered)];
  const say = (decoded: DecodedService, faults: readonly Fault[]): void => {
    for (const fault of faults) problems.push(problemOf(decoded, fault));
  };
  const ips = new Map<Ip, DecodedService>();
  const ports = new Map<number, DecodedService>();
  for (const decoded of services) {
    say(decoded, faultsOf(decoded));
    say(decoded, portFaultsOf(decoded, nodePorts));
    say(decoded, misplaced(decoded, cluster.subnets.services, gathered.subnets.services));
    say(decoded, sameAddress(decoded, ips));
    say(decoded, sameNodePort(decoded, ports));
  }
  return problems;
};

/** Two Services of one name. Dumps may hold one twice; what people write, they write once. */
const duplicateServices = ({ services, shortServices }: Gathered): readonly Problem[] =>
  [services.filter(({ written }) => written), shortServices].flatMap((list) => {
    const first = new Map<string, StatedService>();
    return list.flatMap((service): readonly Problem[] => {
      const key = `${service.namespace}/${service.name}`;
      const before = first.get(key);
      if (!before) {
        first.set(key, service);
        return [];
      }
      const place = placeInService(service, ['metadata', 'name']);
      return [
        {
          severity: 'error',
          code: 'DUPLICATE_NAME',
          message: `a second ${nameOf(service).replace(' ', ' is called ')}`,
          place,
          ...(isSpan(place) ? { length: place.length } : {}),
          hint: `the first is in ${lineOf(placeInService(before, ['metadata', 'name']))}`,
        },
      ];
    });
  });

/** ClusterIPs outside of the range of Services; the ends of a stated range are nobody's. */
const misplaced = (
  { service }: DecodedService,
  ranges: readonly Prefix[],
  stated: readonly Prefix[],
): readonly Fault[] => {
  if (ranges.length === 0) return [];
  return service.clusterIPs.flatMap((ip, i): readonly Fault[] => {
    const path = ['spec', 'clusterIPs', i];
    const who = `clusterIP ${formatIp(ip)} of ${nameOf(service)}`;
    const own = ranges.filter((range) => familyOfPrefix(range) === familyOf(ip));
    if (own.length === 0) {
      const message = `${who} is IPv${familyOf(ip)}, and subnets.services has no IPv${familyOf(ip)} range`;
      return [{ code: 'FAMILY_WITHOUT_RANGE', path, message, hint: 'dual stack is a list of two ranges' }];
    }
    const home = own.find((range) => contains(range, ip));
    if (!home) {
      const message = `${who} lies outside ${own.map(formatPrefix).join(', ')}, subnets.services`;
      return [{ code: 'ADDRESS_OUT_OF_RANGE', path, message, hint: 'leave it out, and one is assigned' }];
    }
    const isEnd = ip === home.addr || (familyOf(ip) === 4 && ip === lastOf(home));
    if (!isEnd || !stated.includes(home)) return [];
    const message = `${who} is the ${ip === home.addr ? 'network' : 'broadcast'} address of ${formatPrefix(home)}`;
    return [{ code: 'ADDRESS_OUT_OF_RANGE', path, message }];
  });
};

const sameAddress = (decoded: DecodedService, owners: Map<Ip, DecodedService>): readonly Fault[] =>
  decoded.service.clusterIPs.flatMap((ip, i): readonly Fault[] => {
    const owner = owners.get(ip);
    if (!owner) owners.set(ip, decoded);
    if (!owner || owner === decoded) return [];
    const path = ['spec', 'clusterIPs', i];
    const message = `clusterIP ${formatIp(ip)} of ${nameOf(decoded.service)} is also that of ${nameOf(owner.service)}`;
    return [{ code: 'DUPLICATE_ADDRESS', path, message, hint: whereIs(owner, path) }];
  });

/** nodePorts are given out by number alone: another Service cannot have the number for another protocol (portallocator). */
const sameNodePort = (decoded: DecodedService, owners: Map<number, DecodedService>): readonly Fault[] => {
  const { ports, healthCheckNodePort } = decoded.service;
  const wanted = [
    ...ports.map(({ nodePort }, i) => ({ port: nodePort, path: ['spec', 'ports', i, 'nodePort'] })),
    { port: healthCheckNodePort, path: ['spec', 'healthCheckNodePort'] },
  ];
  return wanted.flatMap(({ port, path }): readonly Fault[] => {
    if (port === undefined) return [];
    const owner = owners.get(port);
    if (!owner) owners.set(port, decoded);
    if (!owner || owner === decoded) return [];
    const message = `nodePort ${port} of ${nameOf(decoded.service)} is also one of ${nameOf(owner.service)}`;
    return [{ code: 'DUPLICATE_NODE_PORT', path, message, hint: whereIs(owner, []) }];
  });
};

const whereIs = ({ service }: DecodedService, path: Fault['path']): string =>
  `${nameOf(service)} is in ${lineOf(placeInService(service, path))}`;
