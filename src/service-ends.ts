import { OUTSIDE } from './dataplane/index.ts';
import type { Aim, End, Found, Via } from './end.ts';
import type { Problem } from './model/place.ts';
import type { Service } from './model/service.ts';
import { nearest } from './model/suggest.ts';
import type { Ip } from './net/ip.ts';
import type { ServiceTable } from './services/types.ts';

const problem = (code: string, message: string, hint?: string): Found => ({
  problem: { severity: 'error', code, message, ...(hint !== undefined && { hint }) },
});

export const serviceLabel = ({ namespace, name }: Pick<Service, 'namespace' | 'name'>, asker: string): string =>
  namespace === asker ? `svc/${name}` : `${namespace}/svc/${name}`;

/** No such Service: in another namespace perhaps, or under a similar name. */
export const unknownService = (services: readonly Service[], namespace: string, name: string): Problem => {
  const elsewhere = services.find((service) => service.name === name);
  const here = services.filter((service) => service.namespace === namespace).map((service) => service.name);
  const guess = nearest(name, here);
  const hint = elsewhere
    ? `namespace ${elsewhere.namespace} has one: ${name}.${elsewhere.namespace}`
    : guess !== undefined
      ? `did you mean svc/${guess}?`
      : here.length > 0
        ? `there ${here.length === 1 ? 'is' : 'are'} ${here.slice(0, 5).join(', ')}${here.length > 5 ? `, and ${here.length - 5} more` : ''}`
        : 'the input holds no Services of that namespace';
  const message = `there is no Service ${name} in namespace ${namespace}`;
  return { severity: 'error', code: 'UNKNOWN_SERVICE', message, hint };
};

const headlessIps = (table: ServiceTable, service: Service): readonly Ip[] => [
  ...new Set(
    table
      .slices(service)
      .flatMap(({ endpoints }) => endpoints.filter(({ ready }) => ready).flatMap(({ addresses }) => addresses)),
  ),
];

/** What a client inside the cluster talks to when it names a Service: its ClusterIPs, or the addresses that its name stands for. */
export const serviceEnd = (table: ServiceTable, service: Service, asker: string): Found => {
  const { name, namespace } = service;
  const text = serviceLabel(service, asker);
  const doc = { text, kind: 'service', namespace, name } as const;
  const end = (via: Via, ips: readonly Ip[]): Found => ({ end: { doc, ips, netns: OUTSIDE, aim: { service, via } } });
  if (service.type === 'ExternalName') return end('externalName', []);
  if (service.headless) return end('headless', headlessIps(table, service));
  return service.clusterIPs.length > 0
    ? end('clusterIP', service.clusterIPs)
    : problem('SERVICE_WITHOUT_ADDRESS', `Service ${name} has no ClusterIP`, 'state clusterIP:, or subnets.services');
};

/** What a client outside the cluster talks to: the load balancer, an external IP, or the node port of the first node. */
export const outsideServiceEnd = (
  service: Service,
  asker: string,
  firstNode: { readonly name: string; readonly ips: readonly Ip[] } | undefined,
): Found => {
  const { name, namespace, ingress, externalIPs } = service;
  const text = serviceLabel(service, asker);
  const doc = { text, kind: 'service', namespace, name } as const;
  const end = (via: Via, ips: readonly Ip[], more: Partial<End> = {}): Found => ({
    end: { doc, ips, netns: OUTSIDE, aim: { service, via }, ...more },
  });
  const vips = ingress.flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
  if (vips.length > 0) return end('loadBalancer', vips);
  if (externalIPs.length > 0) return end('externalIP', externalIPs);
  const port = service.ports.find(({ nodePort }) => nodePort !== undefined);
  if (port && firstNode) return end('nodePort', firstNode.ips, { netns: firstNode.name });
  const pending =
    service.type === 'LoadBalancer' ? 'its load balancer has no address yet' : `its type is ${service.type}`;
  return problem(
    'SERVICE_NOT_EXPOSED',
    `${text} has no address outside the cluster: ${pending}`,
    'type NodePort or LoadBalancer, or externalIPs, give it one; from inside, name a pod as FROM',
  );
};

/** The Service that has an address, and as what. */
export const serviceAt = (table: ServiceTable, ip: Ip): Aim | undefined => {
  const [port] = table.at(ip);
  if (!port) return undefined;
  const via = port.clusterIP === ip ? 'clusterIP' : port.vips.includes(ip) ? 'loadBalancer' : 'externalIP';
  return { service: port.service, via };
};
