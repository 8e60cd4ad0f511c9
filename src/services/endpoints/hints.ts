import type { Labels, Node } from '../../model/cluster.ts';
import type { Endpoint, Service } from '../../model/service.ts';
import { allocateHints } from './allocate.ts';

type Hints = NonNullable<Endpoint['hints']>;
type WithEndpoints = { readonly endpoints: readonly Endpoint[] };

/** Whether an annotation asks for zone hints in proportion to CPUs; the older name wins (endpointslice hintsEnabled). */
export const wantsTopologyHints = (annotations: Labels): boolean => {
  const value =
    annotations['service.kubernetes.io/topology-aware-hints'] ?? annotations['service.kubernetes.io/topology-mode'];
  return value === 'Auto' || value === 'auto';
};

/**
 * The hints that `trafficDistribution` gives a ready endpoint (endpointslice/trafficdist): its own zone, and with PreferSameNode its own node.
 * Undefined: none, as for a value that is not known.
 */
export const distributionHints = (
  distribution: string | undefined,
  { zone, nodeName }: Pick<Endpoint, 'zone' | 'nodeName'>,
): Hints | undefined => {
  const sameNode = distribution === 'PreferSameNode';
  if (!sameNode && distribution !== 'PreferSameZone' && distribution !== 'PreferClose') return undefined;
  const hints = { ...(zone && { forZones: [zone] }), ...(sameNode && nodeName && { forNodes: [nodeName] }) };
  return Object.keys(hints).length > 0 ? hints : undefined;
};

/** Gives the ready endpoints of a Service in one family their hints; the annotation goes before trafficDistribution. */
export const withHints = <G extends WithEndpoints>(
  service: Pick<Service, 'annotations' | 'trafficDistribution'>,
  groups: readonly G[],
  nodes: ReadonlyMap<string, Node>,
): readonly G[] => {
  const byAnnotation = wantsTopologyHints(service.annotations);
  if (!byAnnotation && service.trafficDistribution === undefined) return groups;
  const ready = groups.flatMap(({ endpoints }) => endpoints.filter((endpoint) => endpoint.ready));
  const allocated = byAnnotation ? allocateHints(ready, [...nodes.values()]) : undefined;
  const hintsOf = (endpoint: Endpoint): Hints | undefined => {
    if (!byAnnotation) return distributionHints(service.trafficDistribution, endpoint);
    const zone = allocated?.get(endpoint);
    return zone === undefined ? undefined : { forZones: [zone] };
  };
  const hinted = (endpoint: Endpoint): Endpoint => {
    const hints = endpoint.ready ? hintsOf(endpoint) : undefined;
    return hints ? { ...endpoint, hints } : endpoint;
  };
  return groups.map((group) => ({ ...group, endpoints: group.endpoints.map(hinted) }));
};
