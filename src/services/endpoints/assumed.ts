import type { Cluster } from '../../model/cluster.ts';
import type { Assumption } from '../../model/place.ts';
import type { Service } from '../../model/service.ts';
import type { ServiceTable } from '../types.ts';
import { wantsTopologyHints } from './hints.ts';
import { hasSelector } from './select.ts';

const isOf =
  ({ namespace, name }: Service) =>
  (slice: Cluster['slices'][number]) =>
    slice.namespace === namespace && slice.service === name;

/** Slices that the controller made stand in the input: it was read from a cluster, and those of every Service should be there. */
const hasOthers = (cluster: Cluster, table: ServiceTable): boolean =>
  cluster.slices.some(({ namespace, service }) => {
    const owner = service === undefined ? undefined : table.service(namespace, service);
    return owner !== undefined && hasSelector(owner.selector);
  });

/** What the endpoints of a Service rest on where they were derived from pods; linear in the slices of the input. */
export const endpointAssumptions = (cluster: Cluster, table: ServiceTable, service: Service): readonly Assumption[] => {
  if (!hasSelector(service.selector) || service.type === 'ExternalName') return [];
  if (cluster.slices.some(isOf(service))) return [];
  const who = `${service.namespace}/${service.name}`;
  const change = 'the EndpointSlices of the Service, as kubectl get endpointslices -o yaml writes them';
  const partial: Assumption = {
    code: 'ASSUMED_ENDPOINTS',
    text: `the endpoints of ${who} are the pods that it selects: the input has EndpointSlices of other Services, and none of this one`,
    change,
  };
  const shared: Assumption = {
    code: 'ASSUMED_TOPOLOGY_HINTS',
    text: `the endpoints of ${who} are shared out among zones as if all nodes had the same CPUs`,
    change,
  };
  return [
    ...(hasOthers(cluster, table) ? [partial] : []),
    ...(wantsTopologyHints(service.annotations) ? [shared] : []),
  ];
};
