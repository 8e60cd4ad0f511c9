import type { Cluster } from '../../model/cluster.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import { parsePrefix } from '../../net/prefix.ts';
import { planFabric } from '../fabric.ts';
import { definePlugin, type Plan } from '../plugin.ts';
import { schemaOf } from '../settings.ts';
import { createRoster, createWorld, netnsOfPod } from '../world.ts';
import { assignAzure } from './assign.ts';
import { type AzureConfig, hasPodSubnet, resolveConfig } from './config.ts';
import { OVERLAY_PODS } from './defaults.ts';
import { overlayRoutes, planLending } from './lending.ts';
import { modelled } from './modelled.ts';
import { nodeBuilder, podBuilder } from './node.ts';
import { judge } from './problems.ts';
import { withProxy } from './proxy.ts';
import { settingsSchema } from './settings.ts';

const MODE = {
  'node-subnet': "pods in the nodes' subnet",
  'pod-subnet': 'pods in a subnet of their own',
  'pod-subnet-static': 'pods in blocks of a subnet of their own',
  overlay: 'overlay',
  bridge: "pods in the nodes' subnet, by a bridge",
} as const;

const headline = ({ mode, dataplane }: AzureConfig): string =>
  dataplane === 'cilium' ? `${MODE[mode]}, powered by Cilium` : MODE[mode];

// AKS takes a range of its own for pods where nobody names one.
const withPodRange = (
  cluster: Cluster,
  { mode }: AzureConfig,
): { cluster: Cluster; assumptions: readonly Assumption[] } => {
  const range = parsePrefix(OVERLAY_PODS);
  if (mode !== 'overlay' || cluster.subnets.pods.length > 0 || !range) return { cluster, assumptions: [] };
  return {
    cluster: { ...cluster, subnets: { ...cluster.subnets, pods: [range] } },
    assumptions: [{ code: 'AZURE_POD_CIDR', text: `the pod CIDR is ${OVERLAY_PODS}`, change: 'subnets.pods' }],
  };
};

const ttlAssumption = ({ fabric }: Cluster): readonly Assumption[] =>
  fabric?.ttlDecrement === undefined && (fabric?.kind ?? 'azure') === 'azure'
    ? [
        {
          code: 'FABRIC_TTL',
          text: 'azure takes nothing off the TTL and answers every ARP request itself',
          change: 'fabric.ttlDecrement',
        },
      ]
    : [];

const plan = (cluster: Cluster): Plan => {
  const { config, assumptions, problems } = resolveConfig(cluster);
  const ranged = withPodRange(cluster, config);
  const assigned = assignAzure(ranged.cluster, config);
  const { containerOf } = assigned;
  const proxied = withProxy(assigned.cluster, config);
  const full = proxied.cluster;
  const roster = createRoster(full);
  const fabric = planFabric(full, {
    plugin: 'azure-cni',
    kind: 'azure',
    // Pods' addresses are the NIC's own, or lent to it: none of these modes needs IP forwarding.
    ipForwarding: false,
    vnet: config.vnet,
    podSubnets: hasPodSubnet(config) ? full.subnets.pods : [],
    lent: planLending(full, config, roster, containerOf),
    overlayRoutes: overlayRoutes(full, config),
    // --outbound-type
    outbound: 'loadBalancer',
  });
  const site = { cluster: full, config, fabric, roster, containerOf };
  const world = createWorld(roster, fabric, {
    node: nodeBuilder(site),
    pod: podBuilder(site, (id) => world.netns(id)),
  });
  const found: readonly Problem[] = [...problems, ...assigned.problems, ...fabric.problems, ...judge(full, config)];
  return {
    cluster: full,
    mode: headline(config),
    assumptions: [
      ...assumptions,
      ...ranged.assumptions,
      ...assigned.assumptions,
      ...proxied.assumptions,
      ...fabric.assumptions,
      ...ttlAssumption(full),
    ],
    problems: found,
    world,
    netnsOfPod: netnsOfPod(roster),
  };
};

export default definePlugin({
  name: 'azure-cni',
  title: 'Azure CNI',
  aliases: ['azure', 'azurecni'],
  modelled,
  jsonSchema: () => schemaOf(settingsSchema),
  check: (cluster) => {
    const { config, problems } = resolveConfig(cluster);
    return [...problems, ...judge(cluster, config)];
  },
  store: () => undefined,
  plan,
});
