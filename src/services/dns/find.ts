import type { Assumption } from '../../model/place.ts';
import type { Service } from '../../model/service.ts';
import { formatIp, type Ip, parseIp } from '../../net/ip.ts';
import type { DnsRequest } from './parse.ts';
import type { NamedBackend } from './record.ts';
import type { Zone } from './zone.ts';

type Asked = Exclude<DnsRequest, { readonly kind: 'apex' }>;

/** One address behind a name. `owner` is the name that an SRV record points to; a port of `undefined` has no such record. */
export type Hit = NamedBackend & { readonly owner: string };

/** What stands behind a name, whatever the type that is asked for. */
export type Found =
  | { readonly kind: 'none' | 'empty'; readonly because: string; readonly service?: Service }
  | { readonly kind: 'alias'; readonly service: Service; readonly target: string }
  | { readonly kind: 'service' | 'endpoints'; readonly service: Service; readonly hits: readonly Hit[] }
  | { readonly kind: 'pod' | 'address'; readonly hits: readonly Hit[]; readonly assumption?: Assumption };

const same = (asked: string | undefined, name: string): boolean => asked === undefined || asked === name.toLowerCase();

/** `10-1-2-3`, `fd00--2`: the label of an endpoint without a host name (coredns/coredns plugin/kubernetes endpointHostname). */
export const dashed = (ip: Ip): string => formatIp(ip).replaceAll(/[.:]/g, '-');

const labelOf = (hostname: string | undefined, ip: Ip): string => hostname || dashed(ip);

type NamedEndpoint = NamedBackend & { readonly label: string };

/** The ready endpoints of a Service with their labels, once for each port; once without one where the slice has none. */
const endpointsOf = ({ table }: Zone, service: Service, { port, protocol }: Pick<Asked, 'port' | 'protocol'>) =>
  table.slices(service).flatMap(({ addressType, endpoints, ports }): readonly NamedEndpoint[] => {
    if (addressType === 'FQDN') return [];
    const known = ports.length > 0 ? ports : [{ name: '', protocol: '', port: undefined }];
    const wanted = known.filter((one) => same(port, one.name) && same(protocol, one.protocol));
    return endpoints
      .filter(({ ready }) => ready)
      .flatMap(({ addresses, hostname, targetRef }) =>
        addresses.flatMap((ip) =>
          wanted.map((one) => ({
            ip,
            label: labelOf(hostname, ip).toLowerCase(),
            ...(one.port !== undefined && { port: one.port }),
            ...(targetRef?.kind === 'Pod' && { pod: { namespace: targetRef.namespace, name: targetRef.name } }),
          })),
        ),
      );
  });

/** `web.shop.svc.cluster.local`. */
export const nameOf = ({ domain }: Pick<Zone, 'domain'>, { namespace, name }: Pick<Service, 'namespace' | 'name'>) =>
  `${name}.${namespace}.svc.${domain}`;

/** The names under which a ready endpoint with this address is known, of all Services (coredns/coredns plugin/kubernetes/reverse.go). */
export const endpointNames = (zone: Zone, ip: Ip): readonly string[] =>
  zone.cluster.services.flatMap((service) =>
    endpointsOf(zone, service, {})
      .filter((endpoint) => endpoint.ip === ip)
      .map(({ label }) => `${label}.${nameOf(zone, service)}`),
  );

const findEndpoints = (zone: Zone, service: Service, asked: Asked): Found => {
  const all = endpointsOf(zone, service, asked);
  const hits = all.filter(({ label }) => same(asked.endpoint, label));
  if (hits.length > 0) {
    const owner = nameOf(zone, service);
    return { kind: 'endpoints', service, hits: hits.map((hit) => ({ ...hit, owner: `${hit.label}.${owner}` })) };
  }
  const what = asked.port === undefined ? 'no ready endpoint' : `no ready endpoint with a port ${asked.port}`;
  const because = `Service ${service.name} has ${all.length === 0 ? what : `no ready endpoint ${asked.endpoint}`}`;
  return { kind: 'none', because, service };
};

const findAlias = (service: Service, { endpoint }: Asked): Found => {
  const target = (service.externalName ?? '').toLowerCase().replace(/\.$/, '');
  const none = (because: string): Found => ({ kind: 'none', because, service });
  if (endpoint !== undefined) return none(`Service ${service.name} is an ExternalName: it has no endpoints`);
  if (target === '') return none(`Service ${service.name} is an ExternalName without a name`);
  // CoreDNS makes a CNAME or nothing: an address is no name.
  if (parseIp(target) !== undefined) return none(`externalName of Service ${service.name} is an address`);
  return { kind: 'alias', service, target };
};

const findClusterIPs = (zone: Zone, service: Service, asked: Asked): Found => {
  const none = (because: string): Found => ({ kind: 'none', because, service });
  if (zone.ignoreEmpty && endpointsOf(zone, service, {}).length === 0)
    return none(`Service ${service.name} has no ready endpoint, and CoreDNS ignores such`);
  const ports = service.ports.filter((one) => same(asked.port, one.name) && same(asked.protocol, one.protocol));
  if (ports.length === 0 && asked.port !== undefined)
    return none(`Service ${service.name} has no port ${asked.port} of protocol ${asked.protocol}`);
  if (service.clusterIPs.length === 0)
    return { kind: 'empty', because: `the input gives Service ${service.name} no ClusterIP`, service };
  const owner = nameOf(zone, service);
  const hits = ports.flatMap(({ port }) => service.clusterIPs.map((ip) => ({ ip, port, owner })));
  return { kind: 'service', service, hits };
};

const findService = (zone: Zone, asked: Asked, name: string): Found => {
  const service = zone.table.service(asked.namespace, name);
  if (!service) {
    const implied = zone.implied.get(`${asked.namespace}/${name}`);
    const owner = nameOf(zone, { namespace: asked.namespace, name });
    if (implied && asked.endpoint === undefined && asked.port === undefined)
      return { kind: 'address', hits: [{ ip: implied.ip, owner }], assumption: implied.assumption };
    return { kind: 'none', because: `namespace ${asked.namespace} has no Service ${name}` };
  }
  if (service.type === 'ExternalName') return findAlias(service, asked);
  return service.headless || asked.endpoint !== undefined
    ? findEndpoints(zone, service, asked)
    : findClusterIPs(zone, service, asked);
};

// Three dashes that do not touch are an IPv4 address, all else is IPv6.
const undash = (label: string): Ip | undefined =>
  parseIp(/^[^-]*(-[^-]+){3}$/.test(label) ? label.replaceAll('-', '.') : label.replaceAll('-', ':'));

const findPod = ({ pods, cluster, domain }: Zone, { namespace }: Asked, label: string): Found => {
  const none = (because: string): Found => ({ kind: 'none', because });
  if (pods === 'disabled') return none('CoreDNS gives pods no names here');
  const ip = undash(label);
  if (ip === undefined) return none(`${label} is no address with dashes`);
  if (pods === 'verified' && !cluster.pods.some((pod) => pod.namespace === namespace && pod.ips.includes(ip)))
    return none(`namespace ${namespace} has no pod with that address`);
  return { kind: 'pod', hits: [{ ip, owner: `${label}.${namespace}.pod.${domain}` }] };
};

/** Looks a name up as the plugin `kubernetes` of CoreDNS does (coredns/coredns plugin/kubernetes/kubernetes.go Records, findServices, findPods). */
export const find = (zone: Zone, asked: Asked): Found => {
  const { kind, namespace, service } = asked;
  if (!zone.namespaces().has(namespace)) return { kind: 'none', because: `there is no namespace ${namespace}` };
  if (service === undefined) return { kind: 'empty', because: `${namespace} is a namespace, not a Service` };
  return kind === 'pod' ? findPod(zone, asked, service) : findService(zone, asked, service);
};
