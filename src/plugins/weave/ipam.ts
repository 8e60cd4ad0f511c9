import type { AssignPolicy } from '../../model/assign.ts';
import { type Given, givenSentence, rangeExhausted } from '../../model/assign-words.ts';
import { type Cluster, type Pod, podKey } from '../../model/cluster.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import type { Ip } from '../../net/ip.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import type { WeaveConfig } from './config.ts';
import { divide, divideByUse, without } from './ring.ts';
import { createRing, type Ring } from './space.ts';

/** Who owns what of the range, and who has which address. */
export type RingPlan = {
  readonly owned: (node: string) => readonly Prefix[];
  /** The weave bridge's address; undefined where the range was used up. */
  readonly bridgeIp: (node: string) => Ip | undefined;
  readonly podIps: NonNullable<AssignPolicy['podIps']>;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

/** The IPv4 address of a pod. */
export const ipOf = (pod: Pod): Ip | undefined => pod.ips.find((ip) => typeof ip === 'number');

const usesOf = (cluster: Cluster, config: WeaveConfig): ReadonlyMap<string, readonly Ip[]> => {
  const uses = new Map<string, Ip[]>();
  const add = (node: string, ip: Ip) => {
    const there = uses.get(node);
    if (there) there.push(ip);
    else uses.set(node, [ip]);
  };
  for (const [node, ip] of config.exposed) add(node, ip);
  for (const pod of cluster.pods) {
    const ip = ipOf(pod);
    if (ip !== undefined && pod.node !== undefined && !pod.hostNetwork && contains(config.range, ip)) add(pod.node, ip);
  }
  return uses;
};

type Started = { readonly ring: Ring; readonly bridges: ReadonlyMap<string, Ip>; readonly how: string };

// The founders expose their bridges first; the others join one by one.
const start = (
  cluster: Cluster,
  { range, exposed }: WeaveConfig,
  owners: ReadonlyMap<string, readonly Prefix[]>,
  used: ReadonlyMap<string, readonly Ip[]>,
  how: string,
): Started => {
  const ring = createRing(range, owners, used);
  const names = cluster.nodes.map(({ name }) => name);
  const bridges = new Map(exposed);
  for (const name of [...owners.keys(), ...names.filter((one) => !owners.has(one))]) {
    const ip = exposed.get(name) ?? ring.take(name);
    if (ip !== undefined) bridges.set(name, ip);
  }
  return { ring, bridges, how };
};

const statedOwners = (cluster: Cluster, { range, ring }: WeaveConfig): ReadonlyMap<string, readonly Prefix[]> => {
  const rest = [...ring.values()].flat().reduce((left, part) => left.flatMap((one) => without(one, part)), [range]);
  const heir = cluster.nodes.find(({ name }) => !ring.has(name));
  return heir ? new Map([...ring, [heir.name, rest]]) : ring;
};

const startRing = (cluster: Cluster, config: WeaveConfig): Started => {
  const used = usesOf(cluster, config);
  if (config.ring.size > 0)
    return start(cluster, config, statedOwners(cluster, config), used, 'what `ring` leaves open');
  const names = cluster.nodes.map(({ name }) => name);
  const founders = 'seed' in config.init ? config.init.seed : names.slice(0, config.init.first);
  const usual = start(
    cluster,
    config,
    divide(config.range, founders),
    used,
    founders.length > 1
      ? `${founders.join(', ')} divide the range, the others join one by one`
      : 'nodes join one by one, in the order of the input',
  );
  const fits = [...used].every(([node, ips]) => ips.every((ip) => usual.ring.owns(node, ip)));
  if (fits) return usual;
  const uses = [...used].flatMap(([node, ips]) => ips.map((ip) => ({ node, ip })));
  return start(cluster, config, divideByUse(config.range, uses), used, 'the coarsest division that fits the pods');
};

/** Divides the range among the nodes as Weave's ring does, and gives bridges and pods the addresses that the input leaves out. */
export const planRing = (cluster: Cluster, config: WeaveConfig): RingPlan => {
  const { ring, bridges, how } = startRing(cluster, config);
  const known = new Set(cluster.nodes.map(({ name }) => name));
  const wants = (pod: Pod): boolean =>
    (pod.phase === 'Running' || pod.phase === 'Unknown') &&
    pod.node !== undefined &&
    known.has(pod.node) &&
    (pod.hostNetwork ? pod.ips.length === 0 : ipOf(pod) === undefined);
  const given: Given[] = [];
  const failed: Pod[] = [];
  const fresh = new Map<string, Ip>();
  for (const pod of cluster.pods) {
    if (pod.hostNetwork || pod.node === undefined || !wants(pod)) continue;
    const ip = ring.take(pod.node);
    if (ip === undefined) failed.push(pod);
    else {
      fresh.set(podKey(pod), ip);
      given.push({ name: pod.name, values: [ip] });
    }
  }
  const bridged = cluster.nodes.flatMap(({ name }): Given[] => {
    const ip = bridges.get(name);
    return ip === undefined || config.exposed.has(name) ? [] : [{ name, values: [ip] }];
  });
  const unexposed = cluster.nodes.filter(({ name }) => !bridges.has(name));
  const problems = [
    ...(unexposed.length > 0 ? [rangeExhausted(config.range, unexposed, 'node', 'address')] : []),
    ...(failed.length > 0 ? [rangeExhausted(config.range, failed, 'pod', 'address')] : []),
  ];
  const ringed = cluster.nodes
    .filter(({ name }) => !config.ring.has(name))
    .map(({ name }): Given => ({ name, values: ring.owned(name) }));
  const assumptions: Assumption[] = [];
  const assume = (code: string, list: readonly Given[], text: string, change: string) => {
    if (list.length > 0) assumptions.push({ code, text: `${givenSentence(list)}: ${text}`, change });
  };
  assume('WEAVE_RING_ASSUMED', ringed, `the ranges of the ring; ${how}`, 'plugin.ring');
  assume(
    'WEAVE_BRIDGE_ASSUMED',
    bridged,
    'the weave bridges, with the lowest addresses of their nodes',
    'plugin.exposeIP',
  );
  return {
    owned: ring.owned,
    bridgeIp: (node) => bridges.get(node),
    podIps: (pods, nodes) => {
      const byName = new Map(nodes.map((node) => [node.name, node]));
      const text = `${givenSentence(given)}: the lowest free addresses of their node's part of the ring`;
      return {
        pods: pods.map((pod) => {
          if (!wants(pod)) return pod;
          if (pod.hostNetwork) return { ...pod, ips: byName.get(pod.node ?? '')?.ips ?? [] };
          const ip = fresh.get(podKey(pod));
          return ip === undefined ? pod : { ...pod, ips: [ip, ...pod.ips] };
        }),
        assumptions: given.length > 0 ? [{ code: 'ASSUMED_POD_IP', text, change: 'pods[].ip' }] : [],
        problems: [],
      };
    },
    assumptions,
    problems,
  };
};
