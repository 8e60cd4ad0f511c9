import { type Assigned, assignAddresses } from '../../model/assign.ts';
import { type Given, givenSentence } from '../../model/assign-words.ts';
import type { Cluster, Node } from '../../model/cluster.ts';
import { firstPerFamily, hasFamily } from '../../model/free.ts';
import type { Assumption } from '../../model/place.ts';
import { addToIp, type Ip } from '../../net/ip.ts';
import { familyOfPrefix, lastOf, type Prefix } from '../../net/prefix.ts';
import { assignPods } from './assign-pods.ts';
import { type AzureConfig, inNodeSubnet } from './config.ts';
import { type Containers, planContainers } from './containers.ts';
import { MAX_PODS, OVERLAY_MASK, RESERVED_FIRST } from './defaults.ts';

const takenIn = ({ nodes, pods, fabric }: Cluster): Set<Ip> =>
  new Set([
    ...nodes.flatMap((node) => [...node.ips, ...(node.interfaces ?? []).flatMap((nic) => nic.ips.map(({ ip }) => ip))]),
    ...pods.flatMap((pod) => pod.ips),
    ...(fabric?.gateway ?? []),
    ...(fabric?.hosts ?? []).flatMap(({ ips }) => ips),
  ]);

/** Nodes one after the other; `room` addresses behind each stay free for its pods. */
const nodeAddresses = (range: Prefix, room: number, taken: ReadonlySet<Ip>): (() => Ip | undefined) => {
  let at = addToIp(range.addr, RESERVED_FIRST);
  return () => {
    while (taken.has(at)) at = addToIp(at, 1);
    const ip = at;
    at = addToIp(at, 1 + room);
    // The last address of a subnet is Azure's.
    return ip < lastOf(range) ? ip : undefined;
  };
};

const assignNodes = (
  cluster: Cluster,
  config: AzureConfig,
  taken: Set<Ip>,
): { readonly nodes: readonly Node[]; readonly assumptions: readonly Assumption[] } => {
  const given: Given[] = [];
  const room = inNodeSubnet(config) ? (config.maxPods ?? MAX_PODS) : 0;
  const sources = firstPerFamily(cluster.subnets.nodes).map((range) => ({
    family: familyOfPrefix(range),
    next: nodeAddresses(range, room, taken),
  }));
  const nodes = cluster.nodes.map((node) => {
    const added = sources.flatMap(({ family, next }) => (hasFamily(node.ips, family) ? [] : (next() ?? [])));
    if (added.length === 0) return node;
    for (const ip of added) taken.add(ip);
    given.push({ name: node.name, values: added });
    return { ...node, ips: [...node.ips, ...added] };
  });
  const text = `${givenSentence(given)}: the first free addresses after the four that Azure keeps`;
  return { nodes, assumptions: given.length > 0 ? [{ code: 'ASSUMED_NODE_IP', text, change: 'nodes[].ip' }] : [] };
};

/** Nodes of an overlay whose range the service names and Kubernetes does not. */
const withRanges = (cluster: Cluster, { mode, containers }: AzureConfig): Cluster => {
  if (mode !== 'overlay' || containers.size === 0) return cluster;
  const nodes = cluster.nodes.map((node) => {
    const blocks = node.podCIDRs.length === 0 ? containers.get(node.name)?.blocks : undefined;
    return blocks && blocks.length > 0 ? { ...node, podCIDRs: blocks } : node;
  });
  return { ...cluster, nodes };
};

/** Gives each node, pod and Service the addresses that the input left out, where Azure's own IPAM would take them from. */
export const assignAzure = (
  cluster: Cluster,
  config: AzureConfig,
): Assigned & { readonly containerOf: Containers['of'] } => {
  const taken = takenIn(cluster);
  const addressed = assignNodes(withRanges(cluster, config), config, taken);
  // Only in Overlay has a node a range of its own; Azure's IPAM has no part in Services.
  const ranges = config.mode === 'overlay' ? cluster.subnets.pods : [];
  const rest = assignAddresses(
    { ...cluster, nodes: addressed.nodes, pods: [], subnets: { ...cluster.subnets, pods: ranges } },
    { podCIDR: 'controller', nodeMask: OVERLAY_MASK },
  );
  const { nodes, services, subnets } = rest.cluster;
  const containers = planContainers(cluster, config);
  const podded = assignPods({ ...cluster, nodes }, config, containers.of, taken);
  const all = [addressed, containers, rest, podded];
  return {
    cluster: { ...cluster, nodes, services, pods: podded.pods, subnets: { ...subnets, pods: cluster.subnets.pods } },
    assumptions: all.flatMap(({ assumptions }) => assumptions),
    problems: [...rest.problems, ...podded.problems],
    containerOf: containers.of,
  };
};
