import type { World } from '../fabric/world.ts';
import type { Netns } from '../linux/netns.ts';
import { type Cluster, type Node, type Pod, podKey } from '../model/cluster.ts';
import type { FabricPlan } from './fabric.ts';
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

/** How many times all pods are looked through before an index is worth its while: a trace asks for two, a matrix for all. */
const SCANS = 16;

const createPodFinder = (pods: readonly Pod[]): ((key: string) => Pod | undefined) => {
  let scans = 0;
  let index: Map<string, Pod> | undefined;
  return (key) => {
    if (!index && ++scans > SCANS) index = new Map(pods.map((pod) => [podKey(pod), pod]));
    if (index) return index.get(key);
    const slash = key.indexOf('/');
    const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
    return pods.find((pod) => pod.name === name && pod.namespace === namespace);
  };
};

/** Indexes nodes and pods when they are first asked for. */
export const createRoster = (cluster: Cluster): Roster => {
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  return { node: (name) => nodes.get(name), pod: createPodFinder(cluster.pods), podsOn: createHomes(cluster.pods) };
};

const createHomes = (pods: readonly Pod[]): ((node: string) => readonly Pod[]) => {
  let index: Map<string, Pod[]> | undefined;
  const all = (): Map<string, Pod[]> => {
    const map = new Map<string, Pod[]>();
    for (const pod of pods) {
      if (!hasNetns(pod) || pod.node === undefined) continue;
      const there = map.get(pod.node);
      if (there) there.push(pod);
      else map.set(pod.node, [pod]);
    }
    return map;
  };
  return (node) => {
    index ??= all();
    return index.get(node) ?? [];
  };
};

/** How a plugin makes namespaces. */
export type Builders = {
  readonly node: (node: Node) => Netns;
  readonly pod: (pod: Pod, node: Node) => Netns;
};

/** A world whose namespaces are built when they are first asked for, and kept. */
export const createWorld = (roster: Roster, { fabric, router }: FabricPlan, builders: Builders): World => {
  const build = (id: string): Netns | undefined => {
    const node = roster.node(id);
    if (node) return builders.node(node);
    if (router && id === router.id) return router.build();
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
    if (pod.hostNetwork) return { id: node.name, dev: node.interface ?? 'eth0' };
    return hasNetns(pod) ? { id: podKey(pod), dev: 'eth0' } : undefined;
  };
