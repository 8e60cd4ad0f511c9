import type { Cluster, Node, Pod } from '../../model/cluster.ts';
import type { Endpoint, EndpointPort, EndpointSlice, Service } from '../../model/service.ts';
import { type Family, familyOf } from '../../net/ip.ts';
import { familyOfPrefix } from '../../net/prefix.ts';
import { memo, once } from '../memo.ts';
import { LABEL_HEADLESS } from './backends.ts';
import { withHints } from './hints.ts';
import { addressesOf, endpointOf, isEndpoint, portsAt } from './pod.ts';
import { createPodIndex, hasSelector } from './select.ts';

type Subnets = Pick<Cluster['subnets'], 'services' | 'pods'>;

/** The families that a Service gets slices of: those of its ClusterIPs; a headless one has those it states, else the cluster's by its policy. */
const familiesOf = (service: Service, { services, pods }: Subnets): readonly Family[] => {
  const own = service.clusterIPs.length > 0 ? service.clusterIPs.map(familyOf) : service.ipFamilies;
  if (own.length > 0) return [...new Set(own)];
  const ofCluster = [...new Set((services.length > 0 ? services : pods).map(familyOfPrefix))];
  const families: readonly Family[] = ofCluster.length > 0 ? ofCluster : [4];
  return service.ipFamilyPolicy === 'SingleStack' ? families.slice(0, 1) : families;
};

/** A pod on a node that does not exist is left out, unless not-ready addresses are wanted too. */
const isPlaced = (service: Service, pod: Pod, nodes: ReadonlyMap<string, Node>): boolean =>
  pod.node === undefined || nodes.size === 0 || nodes.has(pod.node) || service.publishNotReadyAddresses;

type Group = { readonly ports: readonly EndpointPort[]; readonly endpoints: Endpoint[] };

/** Endpoints that are reached at the same ports share slices. */
const groupByPorts = (
  service: Service,
  pods: readonly Pod[],
  nodes: ReadonlyMap<string, Node>,
  family: Family,
): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    const node = pod.node === undefined ? undefined : nodes.get(pod.node);
    if (!isEndpoint(pod, addressesOf(pod, node)) || !isPlaced(service, pod, nodes)) continue;
    const endpoint = endpointOf(service, pod, node, family);
    if (!endpoint) continue;
    const ports = portsAt(service, pod);
    memo(groups, ports.map(({ name, port }) => `${name}=${port}`).join(), () => ({
      ports,
      endpoints: [],
    })).endpoints.push(endpoint);
  }
  return [...groups.values()];
};

/**
 * The EndpointSlices of a Service as the EndpointSlice controller makes them of the pods that it selects
 * (kubernetes staging/src/k8s.io/endpointslice/reconciler.go), whole instead of 100 endpoints each, and named `<service>-ipv4`,
 * `<service>-ipv4-2`, … for the controller's names are random. None where nothing is selected: the controller's empty placeholder says no more.
 * @param pods those that the selector matches
 */
const deriveSlices = (
  service: Service,
  pods: readonly Pod[],
  nodes: ReadonlyMap<string, Node>,
  subnets: Subnets,
): readonly EndpointSlice[] => {
  const { name, namespace, place } = service;
  const labels = {
    ...service.labels,
    ...(service.headless && { [LABEL_HEADLESS]: '' }),
    'kubernetes.io/service-name': name,
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  };
  return familiesOf(service, subnets).flatMap((family) => {
    const groups = withHints(service, groupByPorts(service, pods, nodes, family), nodes);
    return groups.map(
      ({ ports, endpoints }, i): EndpointSlice => ({
        name: `${name}-ipv${family}${i > 0 ? `-${i + 1}` : ''}`,
        namespace,
        service: name,
        addressType: family === 4 ? 'IPv4' : 'IPv6',
        endpoints,
        ports,
        labels,
        place,
      }),
    );
  });
};

/** Derives the slices of any Service of a cluster: none for one without a selector, whose slices are the user's, and for ExternalName. */
export const createDerivation = (
  cluster: Pick<Cluster, 'pods' | 'nodes' | 'subnets'>,
): ((service: Service) => readonly EndpointSlice[]) => {
  const select = createPodIndex(cluster.pods);
  const nodes = once(() => new Map(cluster.nodes.map((node) => [node.name, node])));
  return (service) =>
    service.type !== 'ExternalName' && hasSelector(service.selector)
      ? deriveSlices(service, select(service.namespace, service.selector), nodes(), cluster.subnets)
      : [];
};
