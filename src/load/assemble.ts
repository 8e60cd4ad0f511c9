import type { Cluster, Node, Pod } from '../model/cluster.ts';
import { podKey } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
import { count } from '../model/words.ts';
import { assembleServices, type DecodedService } from './assemble-services.ts';
import type { Gathered } from './gathered.ts';

/** What all documents gave, put together. The short form adds to Kubernetes objects of the same name, and wins. */
export type Assembled = {
  readonly cluster: Cluster;
  /** The Services of the cluster, with what was stated of each. */
  readonly services: readonly DecodedService[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

export const assemble = (gathered: Gathered, sources: readonly string[]): Assembled => {
  const { services, slices, problems, assumptions } = assembleServices(gathered);
  const nodes = joinByName(gathered.nodes, gathered.shortNodes, (node) => node.name, mergeNode, gathered);
  const pods = joinByName(gathered.pods, gathered.shortPods, podKey, mergePod, gathered);
  const fromPods = nodes.length === 0 ? nodesOfPods(gathered) : [];
  const withSysctls = (nodes.length > 0 ? nodes : fromPods).map((node) => addSysctls(node, gathered));
  return {
    cluster: {
      plugin: gathered.plugin ?? { name: '', settings: {}, stated: false },
      subnets: gathered.subnets,
      nodes: withSysctls,
      pods,
      ...(gathered.fabric ? { fabric: gathered.fabric } : {}),
      services: services.map(({ service }) => service),
      slices,
      ...(gathered.proxy ? { proxy: gathered.proxy } : {}),
      others: gathered.others,
      sources,
    },
    services,
    assumptions: [
      ...(fromPods.length > 0 ? [nodesFromPods(fromPods.length)] : []),
      ...assumedReady(gathered.statusless),
      ...assumptions,
    ],
    problems,
  };
};

const nodesFromPods = (nodes: number): Assumption => ({
  code: 'NODES_FROM_PODS',
  text: `${count(nodes, 'node')} and their addresses are known from pods only`,
  evidence: 'spec.nodeName and status.hostIP of the pods; the input holds no nodes',
  change: 'add the output of kubectl get nodes -o json',
});

const assumedReady = ({ pods, example }: Gathered['statusless']): readonly Assumption[] =>
  pods === 0
    ? []
    : [
        {
          code: 'ASSUMED_READY',
          text: `${count(pods, 'pod')} without a status, e.g. ${example}: taken to run and to be ready`,
          change: 'pods[].ready',
        },
      ];

/** Kubernetes objects by name, the first of each, with the short form's entries merged in or appended in their order. */
const joinByName = <T extends object>(
  objects: readonly T[],
  short: readonly T[],
  keyOf: (item: T) => string,
  merge: (object: T, short: T) => T,
  gathered: Gathered,
): readonly T[] => {
  if (objects.length === 0) return short;
  const byName = new Map<string, T>();
  for (const item of objects) if (!byName.has(keyOf(item))) byName.set(keyOf(item), item);
  const appended: T[] = [];
  for (const item of short) {
    const object = byName.get(keyOf(item));
    if (!object) appended.push(item);
    else {
      const merged = merge(object, item);
      const spot = gathered.spots.get(item);
      if (spot) gathered.spots.set(merged, spot);
      byName.set(keyOf(item), merged);
    }
  }
  return [...byName.values(), ...appended];
};

const mergeNode = (object: Node, short: Node): Node => ({
  ...object,
  ...short,
  ips: short.ips.length > 0 ? short.ips : object.ips,
  podCIDRs: short.podCIDRs.length > 0 ? short.podCIDRs : object.podCIDRs,
  labels: { ...object.labels, ...short.labels },
  annotations: { ...object.annotations, ...short.annotations },
  sysctls: { ...object.sysctls, ...short.sysctls },
});

const mergePod = (object: Pod, short: Pod): Pod => ({
  ...object,
  ...short,
  node: short.node ?? object.node,
  ips: short.ips.length > 0 ? short.ips : object.ips,
  ports: short.ports.length > 0 ? short.ports : object.ports,
  labels: { ...object.labels, ...short.labels },
  annotations: { ...object.annotations, ...short.annotations },
});

const nodesOfPods = (gathered: Gathered): readonly Node[] => {
  const places = new Map(gathered.pods.map((pod) => [pod.node, pod.place]));
  return [...gathered.hostIps].map(([name, ip]) => ({
    name,
    ips: [ip],
    podCIDRs: [],
    labels: {},
    annotations: {},
    sysctls: {},
    place: places.get(name) ?? { file: '', line: 1, column: 1 },
  }));
};

const addSysctls = (node: Node, gathered: Gathered): Node => {
  const listed = gathered.sysctls.get(node.name);
  return listed ? { ...node, sysctls: { ...listed, ...node.sysctls } } : node;
};
