import { type Given, givenSentence, rangeExhausted } from '../../model/assign-words.ts';
import { type Cluster, type Node, type Pod, podKey } from '../../model/cluster.ts';
import { hasFamily } from '../../model/free.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import { addToIp, familyOf, type Ip } from '../../net/ip.ts';
import { contains, lastOf, type Prefix, prefixOf } from '../../net/prefix.ts';
import type { AzureConfig } from './config.ts';
import type { Container } from './containers.ts';

/** Addresses that pods of a node are given, lowest first; `range` is what there is no more of when they are used up. */
type Source = { readonly range: Prefix; readonly next: () => Ip | undefined };

/** Addresses from the first to the last, both included, that nobody has. */
const between = (range: Prefix, from: Ip, to: Ip, taken: Set<Ip>): Source => {
  let at = from;
  return {
    range,
    next: () => {
      while (at <= to) {
        const ip = at;
        at = addToIp(at, 1);
        if (!taken.has(ip)) return ip;
      }
      return undefined;
    },
  };
};

const sourcesOf = (
  { subnets }: Cluster,
  { mode }: AzureConfig,
  node: Node,
  container: Container | undefined,
  taken: Set<Ip>,
): readonly Source[] => {
  switch (mode) {
    case 'node-subnet':
    case 'bridge':
      return subnets.nodes.flatMap((range) => {
        const own = node.ips.find((ip) => contains(range, ip));
        // The last address is Azure's.
        return own === undefined ? [] : [between(range, addToIp(own, 1), addToIp(lastOf(range), -1), taken)];
      });
    case 'pod-subnet':
      return [...(container?.ips ?? [])].map((ip) => between(prefixOf(ip, 32), ip, ip, taken));
    case 'pod-subnet-static':
      // One address of a node's blocks is kept.
      return (container?.blocks ?? []).map((block, i) =>
        between(block, addToIp(block.addr, i === 0 ? 1 : 0), lastOf(block), taken),
      );
    case 'overlay':
      return node.podCIDRs.map((range) => between(range, addToIp(range.addr, 2), lastOf(range), taken));
  }
};

const BEHIND = "free addresses of the nodes' subnet behind their node's, as its NIC is usually given them";
const WORDS = {
  'node-subnet': BEHIND,
  bridge: BEHIND,
  'pod-subnet': 'free addresses of those lent to their node; CNS takes any',
  'pod-subnet-static': "free addresses of their node's blocks; CNS takes any",
  overlay: "free addresses of their node's range; CNS takes any",
} as const;

export type Podded = {
  readonly pods: readonly Pod[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

const runs = ({ phase }: Pod): boolean => phase === 'Running' || phase === 'Unknown';

/** Gives pods the addresses that the input left out. @param containerOf what a node of a pod subnet was lent */
export const assignPods = (
  cluster: Cluster,
  config: AzureConfig,
  containerOf: (node: string) => Container | undefined,
  taken: Set<Ip>,
): Podded => {
  if (!cluster.pods.some((pod) => pod.ips.length === 0 && runs(pod)))
    return { pods: cluster.pods, assumptions: [], problems: [] };
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  const sources = new Map<string, readonly Source[]>();
  const given: Given[] = [];
  const without: Pod[] = [];
  const pods = cluster.pods.map((pod) => {
    const node = nodes.get(pod.node ?? '');
    if (pod.ips.length > 0 || !runs(pod) || !node) return pod;
    if (pod.hostNetwork) return { ...pod, ips: node.ips };
    const own = sources.get(node.name) ?? sourcesOf(cluster, config, node, containerOf(node.name), taken);
    sources.set(node.name, own);
    const ips: Ip[] = [];
    for (const { range, next } of own) {
      const ip = hasFamily(ips, familyOf(range.addr)) ? undefined : next();
      if (ip === undefined) continue;
      taken.add(ip);
      ips.push(ip);
    }
    if (ips.length === 0) without.push(pod);
    else given.push({ name: pod.name, values: ips });
    return ips.length > 0 ? { ...pod, ips } : pod;
  });
  const text = `${givenSentence(given)}: ${WORDS[config.mode]}`;
  const homeless = new Map<string, Pod[]>();
  for (const pod of without) homeless.set(pod.node ?? '', [...(homeless.get(pod.node ?? '') ?? []), pod]);
  return {
    pods,
    assumptions: given.length > 0 ? [{ code: 'ASSUMED_POD_IP', text, change: 'pods[].ip' }] : [],
    problems: [...homeless].map(([node, all]) => exhausted(node, all, sources.get(node) ?? [])),
  };
};

const exhausted = (node: string, pods: readonly Pod[], sources: readonly Source[]): Problem => {
  const [source] = sources;
  const [first] = pods;
  if (source) return rangeExhausted(source.range, pods, 'pod', 'address');
  return {
    severity: 'error',
    code: 'AZURE_NO_POD_RANGE',
    message: `node ${node} has no addresses to give pod ${first ? podKey(first) : ''}`,
    ...(first && { place: first.place }),
    hint: 'state subnets.pods: the pod CIDR of Overlay, or the delegated subnet of the pods',
  };
};
