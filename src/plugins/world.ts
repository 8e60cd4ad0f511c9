import type { World } from '../fabric/world.ts';
import type { Netns } from '../linux/netns.ts';
import { type Cluster, type Node, type Pod, podKey } from '../model/cluster.ts';
import type { FabricPlan } from './fabric.ts';
import { primaryDev } from './nics.ts';
import type { Plan } from './plugin.ts';

/** Who is where. */
export type Roster = {
  readonly node: (name: string) => Node | undefined;
  readonly pod: (key: string) => Pod | undefined;
  /** The pods of a node that have a network namespace of their own, in the order of the input. */
  readonly podsOn: (node: string) => readonly Pod[];
};

// A finished pod has no namespace any more; one without address, or on no node, has none yet.
const hasNetns = (pod: Pod): boolean =>
  !pod.hostNetwork &&
  pod.ips.length > 0 &&
  pod.node !== undefined &&
  pod.phase !== 'Succeeded' &&
  pod.phase !== 'Failed';

// From this many nodes on, sorting all pods by node is the cheaper way.
const SCANS = 8;

const groupByNode = (pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> => {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (!hasNetns(pod) || pod.node === undefined) continue;
    const there = groups.get(pod.node);
    if (there) there.push(pod);
    else groups.set(pod.node, [pod]);
  }
  return groups;
};

export const createRoster = (cluster: Cluster): Roster => {
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  const known = new Map<string, Pod>();
  const onNode = new Map<string, readonly Pod[]>();
  let grouped: ReadonlyMap<string, readonly Pod[]> | undefined;
  // One node's pods are picked out of all, which costs less than sorting 150,000 by node; whoever visits many nodes gets them sorted.
  const pick = (node: string): readonly Pod[] => {
    if (onNode.size >= SCANS) grouped ??= groupByNode(cluster.pods);
    return grouped ? (grouped.get(node) ?? []) : cluster.pods.filter((pod) => pod.node === node && hasNetns(pod));
  };
  let scans = 0;
  const find = (key: string): Pod | undefined => {
    // Whoever asks for many pods gets an index of all.
    if (++scans === SCANS) for (const pod of cluster.pods) known.set(podKey(pod), pod);
    if (scans >= SCANS) return known.get(key);
    const slash = key.indexOf('/');
    const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
    return cluster.pods.find((pod) => pod.name === name && pod.namespace === namespace);
  };
  return {
    node: (name) => nodes.get(name),
    pod: (key) => {
      const pod = known.get(key) ?? find(key);
      if (pod) known.set(key, pod);
      return pod;
    },
    podsOn: (node) => {
      const there = onNode.get(node) ?? pick(node);
      if (!onNode.has(node)) for (const pod of there) known.set(podKey(pod), pod);
      onNode.set(node, there);
      return there;
    },
  };
};

/** How a plugin makes namespaces. */
export type Builders = {
  readonly node: (node: Node) => Netns;
  readonly pod: (pod: Pod, node: Node) => Netns;
};

/** A world whose namespaces are built when they are first asked for, and kept. */
export const createWorld = (roster: Roster, { fabric, router, hosts }: FabricPlan, builders: Builders): World => {
  const build = (id: string): Netns | undefined => {
    const node = roster.node(id);
    if (node) return builders.node(node);
    if (router && id === router.id) return router.build();
    const host = hosts(id);
    if (host) return host;
    const pod = roster.pod(id);
    const home = pod && hasNetns(pod) && pod.node !== undefined ? roster.node(pod.node) : undefined;
    return pod && home && builders.pod(pod, home);
  };
  const built = new Map<string, Netns | undefined>();
  return {
    fabric,
    netns: (id) => {
      if (!built.has(id)) built.set(id, build(id));
      return built.get(id);
    },
  };
};

/** Where a pod's packets start and end: its own namespace, or its node's. */
export const netnsOfPod =
  (roster: Roster): Plan['netnsOfPod'] =>
  (namespace, name) => {
    const pod = roster.pod(podKey({ namespace, name }));
    const node = pod?.node === undefined ? undefined : roster.node(pod.node);
    if (!pod || !node) return undefined;
    if (pod.hostNetwork) return { id: node.name, dev: primaryDev(node) };
    return hasNetns(pod) ? { id: podKey(pod), dev: 'eth0' } : undefined;
  };
