import type { Path } from '../model/place.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../model/service.ts';
import {
  familyOf,
  formatIp,
  type Ip,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  parseIp,
} from '../net/ip.ts';
import { protocolOf } from './decode-service-ports.ts';
import { flagOf, listOf, type Mapping, mappingOf, numberOf, type Reading, readIp, report, textOf } from './read.ts';
import type { StatedService } from './stated-service.ts';

type Listed = { readonly ip: Ip; readonly port: number | undefined; readonly more: Mapping };

/** Reads the endpoints that the short form lists under a Service: a slice per family and set of ports, as a person would write them. */
export const readEndpoints = (
  reading: Reading,
  service: StatedService,
  items: readonly unknown[],
  path: Path,
): readonly EndpointSlice[] => {
  const { name, namespace, place } = service;
  if (Object.keys(mappingOf(service.spec['selector'])).length > 0) {
    const message = `service "${name}" has a selector, so that its endpoints are the pods that it selects`;
    report(reading, 'BAD_VALUE', path, message, 'leave out selector or endpoints', 'key');
  }
  const slices = new Map<string, EndpointSlice & { readonly endpoints: Endpoint[] }>();
  items.forEach((item, i) => {
    const listed = readOne(reading, item, [...path, i]);
    if (!listed) return;
    if (isSpecial(listed.ip))
      report(
        reading,
        'BAD_VALUE',
        [...path, i],
        `${formatIp(listed.ip)} can be no endpoint`,
        'it is another on each machine',
      );
    const ports = portsOf(reading, service, listed.port, [...path, i]);
    const addressType = familyOf(listed.ip) === 4 ? 'IPv4' : 'IPv6';
    const same = JSON.stringify([addressType, ports]);
    const slice = slices.get(same) ?? {
      name: `${name}-${slices.size + 1}`,
      namespace,
      service: name,
      addressType,
      endpoints: [],
      ports,
      labels: { 'kubernetes.io/service-name': name },
      place,
    };
    slices.set(same, slice);
    slice.endpoints.push(endpointOf(listed));
  });
  return [...slices.values()];
};

/** `10.0.0.5:8080`, `[fd00::5]:8080`, an address alone, or a mapping. */
const readOne = (reading: Reading, item: unknown, path: Path): Listed | undefined => {
  if (typeof item === 'string') {
    const parts =
      parseIp(item) === undefined ? /^(?:\[(?<v6>[^\]]*)\]|(?<v4>[^:]*)):(?<port>\d{1,5})$/.exec(item) : null;
    const { v6, v4, port } = parts?.groups ?? {};
    const ip = readIp(reading, v6 ?? v4 ?? item, path);
    const number = port === undefined ? undefined : Number(port);
    if (number !== undefined && (number < 1 || number > 65_535))
      report(reading, 'BAD_VALUE', path, `port ${port} must be from 1 to 65535`);
    return ip === undefined ? undefined : { ip, port: number, more: {} };
  }
  const more = mappingOf(item);
  const text = textOf(more['ip']);
  const ip = text === undefined ? undefined : readIp(reading, text, [...path, 'ip']);
  return ip === undefined ? undefined : { ip, port: numberOf(more['port']), more };
};

/** The ports of the Service at this endpoint: the one that is stated with it, else each targetPort. */
const portsOf = (
  reading: Reading,
  { name, spec }: StatedService,
  stated: number | undefined,
  path: Path,
): readonly EndpointPort[] => {
  const ports = listOf(spec['ports']).map(mappingOf);
  if (stated !== undefined && ports.length > 1) {
    const message = `port ${stated} of an endpoint of service "${name}", which has ${ports.length} ports, is ambiguous`;
    report(reading, 'BAD_VALUE', path, message, 'leave it out: the targetPort of each port says where it leads');
  }
  return ports.map((port) => ({
    name: textOf(port['name']) ?? '',
    protocol: protocolOf(port['protocol']),
    port: stated ?? numberOf(port['targetPort']) ?? numberOf(port['port']),
  }));
};

/** What the API server takes in no slice: such addresses mean something else on every machine. */
const isSpecial = (ip: Ip): boolean => isUnspecified(ip) || isLoopback(ip) || isLinkLocal(ip) || isMulticast(ip);

const endpointOf = ({ ip, more }: Listed): Endpoint => {
  const terminating = flagOf(more['terminating']) ?? false;
  const serving = flagOf(more['ready']) ?? true;
  const nodeName = textOf(more['node']);
  const zone = textOf(more['zone']);
  const hostname = textOf(more['hostname']);
  return {
    addresses: [ip],
    // As the controller has it: what terminates is not ready, but may still serve.
    ready: serving && !terminating,
    serving,
    terminating,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(hostname === undefined ? {} : { hostname }),
  };
};
