import type { Cluster } from '../model/cluster.ts';
import type { EndpointSlice, Service } from '../model/service.ts';
import type { Family, Ip } from '../net/ip.ts';
import { createBackends } from './endpoints/backends.ts';
import { createDerivation } from './endpoints/derive.ts';
import { groupBy, memo, once } from './memo.ts';
import { servicePorts } from './ports.ts';
import { LARGE, type ServicePort, type ServiceTable } from './types.ts';

const keyOf = ({ namespace, name }: Pick<Service, 'namespace' | 'name'>): string => `${namespace}/${name}`;

const NO_PORTS: readonly ServicePort[] = [];

/** The first of each name, as a second object of that name would only replace what is already there. */
const byKey = (services: readonly Service[]): ReadonlyMap<string, Service> => {
  const map = new Map<string, Service>();
  for (const service of services) if (!map.has(keyOf(service))) map.set(keyOf(service), service);
  return map;
};

/** Every address that some port of the Service may be reached at; more than kube-proxy serves. */
const addressesOf = ({ clusterIPs, externalIPs, ingress }: Service): readonly Ip[] =>
  externalIPs.length === 0 && ingress.length === 0
    ? clusterIPs
    : [...new Set([...clusterIPs, ...externalIPs, ...ingress.flatMap(({ ip }) => (ip === undefined ? [] : [ip]))])];

const nodePortsOf = ({ ports }: Service): readonly number[] => [
  ...new Set(ports.flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort]))),
];

const isExposed = ({ type, externalIPs, ingress }: Service): boolean =>
  type !== 'ClusterIP' || externalIPs.length > 0 || ingress.length > 0;

const hasAddress = ({ clusterIP, externalIPs, vips }: ServicePort, ip: Ip): boolean =>
  clusterIP === ip || externalIPs.includes(ip) || vips.includes(ip);

/**
 * The Services of a cluster as kube-proxy sees them. Nothing is worked out before it is asked for: finding a port derives no endpoints,
 * and the endpoints of one Service are derived without a look at the others. Slices of the input win; a Service with a selector that
 * has none there gets those that the EndpointSlice controller would make of the pods.
 */
export const createServiceTable = (cluster: Cluster): ServiceTable => {
  const services = once(() => byKey(cluster.services));
  const made = new Map<Service, readonly ServicePort[]>();
  const portsOf = (service: Service) => memo(made, service, () => servicePorts(service));
  const all = once(() => [...services().values()].flatMap(portsOf));
  const ofFamily = new Map<Family, readonly ServicePort[]>();
  // Services are indexed by what they say, and only what is found is made into ports.
  const byIp = once(() => groupBy([...services().values()], addressesOf));
  const byNodePort = once(() => groupBy([...services().values()], nodePortsOf));

  const stated = once(() =>
    groupBy(cluster.slices, ({ namespace, service }) =>
      service === undefined ? [] : [keyOf({ namespace, name: service })],
    ),
  );
  const derive = createDerivation(cluster);
  const known = new Map<Service, readonly EndpointSlice[]>();
  const slices = (service: Service) => memo(known, service, () => stated().get(keyOf(service)) ?? derive(service));

  const exposed = new Map<Family, readonly ServicePort[]>();
  const list = once(() => [...services().values()]);

  return {
    isLarge: cluster.services.reduce((sum, { ports }) => sum + ports.length, 0) > LARGE,
    *each(family) {
      for (const service of list()) for (const port of portsOf(service)) if (port.family === family) yield port;
    },
    exposed: (family) =>
      memo(exposed, family, () =>
        list()
          .filter(isExposed)
          .flatMap(portsOf)
          .filter((port) => port.family === family),
      ),
    ports: (family) => memo(ofFamily, family, () => all().filter((port) => port.family === family)),
    at: (ip) => (byIp().get(ip) ?? []).flatMap(portsOf).filter((port) => hasAddress(port, ip)),
    onNodePort: (nodePort) =>
      (byNodePort().get(nodePort) ?? []).flatMap(portsOf).filter((port) => port.nodePort === nodePort),
    of: (service) => {
      const found = services().get(keyOf(service));
      return found ? portsOf(found) : NO_PORTS;
    },
    service: (namespace, name) => services().get(keyOf({ namespace, name })),
    slices,
    backends: createBackends(({ service }) => slices(service)),
  };
};
