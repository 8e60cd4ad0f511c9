import { placeInService } from '../../model/service-place.ts';
import { familyOf, formatIp, type Ip } from '../../net/ip.ts';
import { contains, familyOfPrefix, formatPrefix, overlaps, type Prefix, prefixOf } from '../../net/prefix.ts';
import type { ServicePort } from '../types.ts';
import { type Cause, type Check, type Facts, isExternal } from './question.ts';

type Range = { readonly what: string; readonly range: Prefix };

const called = (what: string, ranges: readonly Prefix[]): readonly Range[] => ranges.map((range) => ({ what, range }));

/** Services must lie apart from all that is routed; pods from the nodes. A node's further interface may well be the pods' bridge. */
const pairsOf = ({ cluster: { subnets, nodes } }: Facts): readonly (readonly [Range, Range])[] => {
  const services = called('the range of Services', subnets.services);
  const pods = called('the range of pods', subnets.pods);
  const others = called('the range of nodes', subnets.nodes);
  const nics = nodes.flatMap(({ name, interfaces = [] }) =>
    interfaces.flatMap((nic) =>
      called(
        `the network of ${nic.name} on ${name}`,
        nic.ips.map(({ ip, len }) => prefixOf(ip, len)),
      ),
    ),
  );
  return [
    ...services.flatMap((one) => [...pods, ...others, ...nics].map((other) => [one, other] as const)),
    ...pods.flatMap((one) => others.map((other) => [one, other] as const)),
  ];
};

/** Ranges that overlap, by which routing may take a packet elsewhere. */
export const overlapCauses: Check = (facts) => {
  if (isExternal(facts)) return [];
  const overlapping = pairsOf(facts).filter(([one, other]) => overlaps(one.range, other.range));
  return overlapping.map(([one, other]) => ({
    code: 'SERVICE_RANGES_OVERLAP',
    text: `${one.what} ${formatPrefix(one.range)} overlaps ${other.what} ${formatPrefix(other.range)}`,
    hint: 'an address in both is sent to one of the two: give each its own range',
    certain: false,
  }));
};

const outside = ({ cluster, service, who }: Facts): readonly Cause[] =>
  service.clusterIPs.flatMap((ip) => {
    const ranges = cluster.subnets.services.filter((range) => familyOfPrefix(range) === familyOf(ip));
    if (ranges.length === 0 || ranges.some((range) => contains(range, ip))) return [];
    return [
      {
        code: 'SERVICE_CLUSTER_IP_OUTSIDE',
        text: `the ClusterIP ${formatIp(ip)} of ${who} is outside of the range of Services ${ranges.map(formatPrefix).join(', ')}`,
        hint: 'the API server refuses such a Service: correct the address, or subnets.services',
        place: placeInService(service, ['spec', 'clusterIP']),
        certain: false,
      },
    ];
  });

const clash = (
  { service, who }: Facts,
  port: ServicePort,
  what: string,
  others: readonly ServicePort[],
): readonly Cause[] =>
  others
    .filter((other) => other.service !== service && other.family === port.family && other.protocol === port.protocol)
    .map((other) => ({
      code: 'SERVICE_ADDRESS_CLASH',
      text: `${what} belongs to ${other.name} as well as to ${who}`,
      hint: 'the API server gives an address or nodePort to one Service only: change one of the two',
      place: other.service.place,
      certain: false,
    }));

const clashes = (facts: Facts): readonly Cause[] =>
  facts.ports.flatMap((port) => {
    const { clusterIP, nodePort, port: number, protocol } = port;
    const samePort = (ip: Ip) => facts.table.at(ip).filter((other) => other.port === number && other.clusterIP === ip);
    return [
      ...clash(
        facts,
        port,
        `the ClusterIP ${formatIp(clusterIP)} with ${protocol} port ${number}`,
        samePort(clusterIP),
      ),
      ...(nodePort === undefined
        ? []
        : clash(facts, port, `${protocol} nodePort ${nodePort}`, facts.table.onNodePort(nodePort))),
    ];
  });

/** Addresses and nodePorts that the API server would refuse. */
export const allocationCauses: Check = (facts) => [...(isExternal(facts) ? [] : outside(facts)), ...clashes(facts)];
