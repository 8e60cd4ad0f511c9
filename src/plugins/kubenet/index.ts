import { assignAddresses } from '../../model/assign.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import { planFabric } from '../fabric.ts';
import { definePlugin, type Plan, type Plugin } from '../plugin.ts';
import { schemaOf } from '../settings.ts';
import { createRoster, createWorld, netnsOfPod } from '../world.ts';
import { type KubenetConfig, resolveConfig } from './config.ts';
import { nodeBuilder, podBuilder } from './node.ts';
import { planRoutes } from './routes.ts';
import { settingsSchema } from './settings.ts';

const CLOUD = {
  azure: 'Azure route table',
  gcp: 'GCE routes',
  aws: 'AWS route table',
  routed: 'static routes',
} as const;

/** kernel: the state was rebuilt and measured on a real kernel; source: read in the source; assumed: neither. */
const modelled: Plugin['modelled'] = [
  { what: 'cbr0, pods, promiscuous bridge, rules against duplicates', known: 'kernel' },
  { what: 'masquerade by kubelet, routes on a router', known: 'kernel' },
  { what: 'host ports of kubelet, and of portmap', known: 'source' },
  { what: 'ip-masq-agent; AKS on containerd', known: 'source' },
  { what: 'route tables of Azure, GCE and AWS, their limits', known: 'source' },
  { what: "clouds' TTL and ARP, MACs of newer CNI plugins", known: 'assumed' },
];

const nodeProblems = (cluster: Cluster): readonly Problem[] =>
  cluster.nodes
    .filter((node) => node.podCIDRs.length === 0)
    .map((node) => ({
      severity: 'warning',
      code: 'KUBENET_NO_PODCIDR',
      message: `node ${node.name}: kubenet does not have netConfig. This is most likely due to lack of PodCIDR`,
      place: node.place,
      hint: 'kube-controller-manager needs --allocate-node-cidrs, or state podCIDR',
    }));

const cloudAssumptions = (cluster: Cluster, config: KubenetConfig): readonly Assumption[] => {
  const kind = cluster.fabric?.kind ?? config.fabric;
  if (kind !== 'azure' && kind !== 'aws' && kind !== 'gcp') return [];
  const ttl: Assumption = {
    code: 'FABRIC_TTL',
    text: `${kind} takes nothing off the TTL and answers every ARP request itself`,
    change: 'fabric.ttlDecrement',
  };
  return cluster.fabric?.ttlDecrement === undefined ? [ttl] : [];
};

const plan = (cluster: Cluster): Plan => {
  const { config, problems } = resolveConfig(cluster);
  const assigned = assignAddresses(cluster);
  const full = assigned.cluster;
  const routes = planRoutes(full, config);
  const fabric = planFabric(full, {
    plugin: 'kubenet',
    kind: config.fabric,
    // The cloud provider turns it on for its nodes (AWS: source/dest check off).
    ipForwarding: true,
    cloudRoutes: routes.cloud,
    staticRoutes: routes.router,
  });
  const roster = createRoster(full);
  const site = { config, fabric, roster };
  const world = createWorld(roster, fabric, {
    node: nodeBuilder(site),
    pod: podBuilder(site, (id) => world.netns(id)),
  });
  return {
    cluster: full,
    mode: CLOUD[config.fabric],
    assumptions: [...assigned.assumptions, ...fabric.assumptions, ...cloudAssumptions(full, config)],
    problems: [...problems, ...assigned.problems, ...nodeProblems(full), ...routes.problems, ...fabric.problems],
    world,
    netnsOfPod: netnsOfPod(roster),
  };
};

export default definePlugin({
  name: 'kubenet',
  title: 'kubenet',
  aliases: [],
  modelled,
  jsonSchema: () => schemaOf(settingsSchema),
  check: (cluster) => resolveConfig(cluster).problems,
  store: () => undefined,
  plan,
});
