import { originAt } from '../linux/origin.ts';
import type { Service, ServicePortSpec, ServiceProtocol } from '../model/service.ts';
import { type Family, familyOf, type Ip } from '../net/ip.ts';
import { familyOfPrefix, type Prefix } from '../net/prefix.ts';
import type { ServicePort } from './types.ts';

/** The label that hands a Service to another proxy, whatever its value (k8s.io/api/core/v1 LabelServiceProxyName). */
export const LABEL_PROXY_NAME = 'service.kubernetes.io/service-proxy-name';

const PROTOCOLS: Readonly<Record<ServiceProtocol, ServicePort['protocol']>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

/** Whether kube-proxy serves it: a ClusterIP, no ExternalName, not left to another proxy (kubernetes pkg/proxy/util ShouldSkipService). */
const isProxied = (service: Service): boolean =>
  service.type !== 'ExternalName' &&
  !service.headless &&
  service.clusterIPs.length > 0 &&
  !Object.hasOwn(service.labels, LABEL_PROXY_NAME);

/** externalTrafficPolicy counts for these alone (kubernetes pkg/api/v1/service ExternallyAccessible). */
const honoursExternalPolicy = ({ type, externalIPs }: Service): boolean =>
  type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && externalIPs.length > 0);

const vipsOf = (service: Service, family: Family): readonly Ip[] =>
  service.ingress.flatMap(({ ip, ipMode }) =>
    ip !== undefined && ipMode !== 'Proxy' && familyOf(ip) === family ? [ip] : [],
  );

/** A range of all addresses is no filter. */
const sourceRangesOf = (service: Service, family: Family): readonly Prefix[] => {
  const ranges = service.loadBalancerSourceRanges.filter((range) => familyOfPrefix(range) === family);
  return ranges.some(({ len }) => len === 0) ? [] : ranges;
};

/** What the ports of a Service have in common in one family; undefined where it has no ClusterIP of it. */
const commonOf = (service: Service, family: Family) => {
  const clusterIP = service.clusterIPs.find((ip) => familyOf(ip) === family);
  if (clusterIP === undefined) return undefined;
  const { namespace, name, place, healthCheckNodePort, affinitySeconds } = service;
  const externalLocal = service.externalTrafficPolicy === 'Local' && honoursExternalPolicy(service);
  const needsCheck = externalLocal && service.type === 'LoadBalancer' && healthCheckNodePort !== undefined;
  return {
    service,
    family,
    clusterIP,
    externalIPs: service.externalIPs.filter((ip) => familyOf(ip) === family),
    vips: vipsOf(service, family),
    sourceRanges: sourceRangesOf(service, family),
    internalLocal: service.internalTrafficPolicy === 'Local',
    externalLocal,
    ...(needsCheck && { healthCheckNodePort }),
    ...(affinitySeconds !== undefined && { affinity: affinitySeconds }),
    origin: originAt({ plugin: 'kube-proxy', kind: 'Service', namespace, name }, place),
  };
};

const portOf = (common: NonNullable<ReturnType<typeof commonOf>>, spec: ServicePortSpec): ServicePort => {
  const { namespace, name } = common.service;
  return {
    ...common,
    spec,
    name: spec.name === '' ? `${namespace}/${name}` : `${namespace}/${name}:${spec.name}`,
    protocol: PROTOCOLS[spec.protocol],
    port: spec.port,
    ...(spec.nodePort !== undefined && { nodePort: spec.nodePort }),
    externallyAccessible: spec.nodePort !== undefined || common.vips.length > 0 || common.externalIPs.length > 0,
  };
};

/**
 * What kube-proxy works with for a Service: each port in each family that it has a ClusterIP of, IPv4 first; nothing where kube-proxy
 * leaves it alone (kubernetes pkg/proxy/serviceport.go newBaseServiceInfo, servicechangetracker.go).
 */
export const servicePorts = (service: Service): readonly ServicePort[] => {
  if (!isProxied(service)) return [];
  return ([4, 6] as const).flatMap((family) => {
    const common = commonOf(service, family);
    return common ? service.ports.map((spec) => portOf(common, spec)) : [];
  });
};
