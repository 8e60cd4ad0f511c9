import type { AssignedServices } from './assign-services.ts';
import type { Problem } from './place.ts';
import type { Service, ServicePortSpec } from './service.ts';

/** --service-node-port-range of the API server, by default; the first 86 are given out last, so that people can ask for them. */
const FIRST = 30_000;
const LAST = 32_767;
const BAND = 86;

/** So many are written out. */
const SHOWN = 6;

/**
 * Gives the ports of NodePort and LoadBalancer Services their nodePorts, upward from 30086 around those that are stated
 * (kubernetes pkg/registry/core/service/portallocator; it draws at random there). TCP and UDP on one port share one.
 */
export const assignNodePorts = (services: readonly Service[]): Omit<AssignedServices, 'ranges'> => {
  if (!services.some(isLacking)) return { services, assumptions: [], problems: [] };
  const next = freePorts(services);
  const given: string[] = [];
  const problems: Problem[] = [];
  const assigned = services.map((service) => {
    if (!isLacking(service)) return service;
    // By port of the Service: those of one number share their nodePort, be it stated or given.
    const shared = new Map<number, number>();
    for (const { port, nodePort } of service.ports) if (nodePort !== undefined) shared.set(port, nodePort);
    const give = (what: string): number | undefined => {
      const port = next();
      if (port === undefined) problems.push(exhausted(service));
      else given.push(`${service.name} ${what}${port}`);
      return port;
    };
    const ports = wantsNodePorts(service)
      ? service.ports.map((spec): ServicePortSpec => {
          if (spec.nodePort !== undefined) return spec;
          const nodePort = shared.get(spec.port) ?? give(service.ports.length > 1 ? `${spec.port}:` : '');
          if (nodePort === undefined) return spec;
          shared.set(spec.port, nodePort);
          return { ...spec, nodePort };
        })
      : service.ports;
    const health = lacksHealthCheck(service) ? give('health check ') : service.healthCheckNodePort;
    return { ...service, ports, ...(health === undefined ? {} : { healthCheckNodePort: health }) };
  });
  const shown = given.length <= SHOWN ? given : [...given.slice(0, SHOWN - 1), `${given.length - SHOWN + 1} more`];
  const text = `${shown.join(', ')}: the lowest free nodePorts from ${FIRST + BAND}, below which people ask for them; the API server draws at random`;
  return {
    services: assigned,
    assumptions: given.length > 0 ? [{ code: 'ASSUMED_NODE_PORT', text, change: 'services[].ports[].nodePort' }] : [],
    problems,
  };
};

const wantsNodePorts = ({ type, headless, allocateLoadBalancerNodePorts }: Service): boolean =>
  !headless && (type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false));

const lacksHealthCheck = ({ type, externalTrafficPolicy, healthCheckNodePort }: Service): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local' && healthCheckNodePort === undefined;

const isLacking = (service: Service): boolean =>
  lacksHealthCheck(service) ||
  (wantsNodePorts(service) && service.ports.some(({ nodePort }) => nodePort === undefined));

/** Hands out the free ports: from above the band, and then those in it. */
const freePorts = (services: readonly Service[]): (() => number | undefined) => {
  const taken = new Set(
    services.flatMap(({ ports, healthCheckNodePort }) => [
      healthCheckNodePort,
      ...ports.map(({ nodePort }) => nodePort),
    ]),
  );
  let at = FIRST + BAND;
  let left = LAST - FIRST + 1;
  return () => {
    while (left > 0) {
      const port = at;
      at = at === LAST ? FIRST : at + 1;
      left--;
      if (!taken.has(port)) return port;
    }
    return undefined;
  };
};

const exhausted = ({ name, place }: Service): Problem => ({
  severity: 'error',
  code: 'RANGE_EXHAUSTED',
  message: `no nodePort from ${FIRST} to ${LAST} is free for service "${name}"`,
  place,
  hint: 'there are 2768 of them: allocateLoadBalancerNodePorts: false needs none',
});
