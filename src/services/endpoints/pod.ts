import type { ContainerPort, Node, Pod } from '../../model/cluster.ts';
import type { Endpoint, EndpointPort, Service, ServicePortSpec } from '../../model/service.ts';
import { type Family, familyOf, type Ip } from '../../net/ip.ts';

const LABEL_ZONE = 'topology.kubernetes.io/zone';

/** The zone of a node; undefined where it is not known. */
export const zoneOf = (node: Node): string | undefined => node.zone ?? node.labels[LABEL_ZONE];

/** Finished pods are left out, whatever their restartPolicy; pods that end stay in (endpointslice/util ShouldPodBeInEndpoints). */
export const isEndpoint = (pod: Pick<Pod, 'phase'>, ips: readonly Ip[]): boolean =>
  pod.phase !== 'Succeeded' && pod.phase !== 'Failed' && ips.length > 0;

/** The addresses of a pod; one in the network of its node has those of the node. */
export const addressesOf = (pod: Pod, node: Node | undefined): readonly Ip[] =>
  pod.hostNetwork && pod.ips.length === 0 ? (node?.ips ?? []) : pod.ips;

/** A pod has a host name in DNS where its subdomain is the Service (endpointslice/util ShouldSetHostname). */
export const hasHostname = (
  pod: Pick<Pod, 'namespace' | 'hostname' | 'subdomain'>,
  service: Pick<Service, 'namespace' | 'name'>,
): boolean => Boolean(pod.hostname) && pod.subdomain === service.name && pod.namespace === service.namespace;

/** Where a pod is reached: a number as it is, declared or not; a name at its containers, then its sidecars; undefined where none has it (endpointslice FindPort). */
export const findTargetPort = (
  { targetPort, protocol }: Pick<ServicePortSpec, 'targetPort' | 'protocol'>,
  { ports, sidecarPorts }: Pick<Pod, 'ports' | 'sidecarPorts'>,
): number | undefined => {
  if (typeof targetPort === 'number') return targetPort;
  const meant = (port: ContainerPort) => port.name === targetPort && port.protocol === protocol;
  return (ports.find(meant) ?? sidecarPorts?.find(meant))?.port;
};

/** The ports of a Service at one pod; one that the pod has no port for is left out. */
export const portsAt = (service: Pick<Service, 'ports'>, pod: Pod): readonly EndpointPort[] =>
  service.ports.flatMap((spec) => {
    const port = findTargetPort(spec, pod);
    return port === undefined ? [] : [{ name: spec.name, protocol: spec.protocol, port }];
  });

/**
 * A pod as an endpoint of a Service (endpointslice podToEndpoint), without hints; undefined where it has no address of the family.
 * `publishNotReadyAddresses` makes it ready whatever it says; `serving` is what it says.
 */
export const endpointOf = (
  service: Pick<Service, 'namespace' | 'name' | 'publishNotReadyAddresses'>,
  pod: Pod,
  node: Node | undefined,
  family: Family,
): Endpoint | undefined => {
  const addresses = addressesOf(pod, node).filter((ip) => familyOf(ip) === family);
  if (addresses.length === 0) return undefined;
  const terminating = pod.terminating ?? false;
  const zone = node && zoneOf(node);
  return {
    addresses,
    ready: service.publishNotReadyAddresses || (pod.ready && !terminating),
    serving: pod.ready,
    terminating,
    ...(pod.node !== undefined && { nodeName: pod.node }),
    ...(zone && { zone }),
    ...(pod.hostname !== undefined && hasHostname(pod, service) && { hostname: pod.hostname }),
    targetRef: { kind: 'Pod', namespace: pod.namespace, name: pod.name },
  };
};
