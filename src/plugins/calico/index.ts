import { assignNodeIps } from '../../model/assign-nodes.ts';
import { assignServices } from '../../model/assign-services.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import { planFabric, providerOf } from '../fabric.ts';
import { nodeOrigin } from '../origin.ts';
import { definePlugin, type Plan, type Plugin } from '../plugin.ts';
import type { StaticRoute } from '../router.ts';
import { schemaOf } from '../settings.ts';
import { createRoster, createWorld, netnsOfPod } from '../world.ts';
import { type Ipam, planBlocks } from './blocks.ts';
import { type CalicoConfig, resolveConfig } from './config.ts';
import { nodeBuilder, podBuilder } from './node.ts';
import { settingsSchema } from './settings.ts';
import { addressOf } from './site.ts';

/** kernel: the state was rebuilt and measured on a real kernel; source: read in the source; assumed: neither. */
const modelled: Plugin['modelled'] = [
  { what: 'pods on routed veths with proxy ARP; no encapsulation, by BGP', known: 'kernel' },
  { what: 'VXLAN Always and CrossSubnet', known: 'kernel' },
  { what: 'IPIP Always and CrossSubnet', known: 'source' },
  { what: 'masquerade by ipsets, the chains of Felix without policies', known: 'kernel' },
  { what: 'IPAM: blocks, tunnel addresses, borrowed addresses, IPPools', known: 'source' },
  { what: 'BGP: mesh, route reflectors, missing sessions', known: 'source' },
  { what: 'what a router between subnets learns of the blocks', known: 'assumed' },
];

// Without encapsulation a router between subnets has to know the blocks: by BGP with the nodes, or by hand.
const routerRoutes = (nodes: Cluster['nodes'], { blocks }: Ipam, { bgp }: CalicoConfig): readonly StaticRoute[] => {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return blocks.flatMap(({ cidr, pool, node: name }): readonly StaticRoute[] => {
    const node = byName.get(name);
    const via = node && addressOf(node, pool.family);
    if (!node || via === undefined || !(bgp.fabric ?? pool.encapsulation === 'none')) return [];
    return [{ dst: cidr, via, origin: nodeOrigin('calico', node) }];
  });
};

const fabricAssumption = ({ bgp, pools }: CalicoConfig, segments: number): readonly Assumption[] =>
  bgp.fabric === undefined && segments > 1 && pools.some(({ encapsulation }) => encapsulation === 'none')
    ? [
        {
          code: 'CALICO_FABRIC_BGP',
          text: 'the router between the subnets knows the blocks of every node, as a BGP peer of theirs does',
          change: 'bgp.fabric',
        },
      ]
    : [];

const strayPods = (cluster: Cluster, pools: CalicoConfig['pools']): readonly Problem[] =>
  pools.length === 0 && cluster.pods.some(({ ips, hostNetwork }) => ips.length === 0 && !hostNetwork)
    ? [
        {
          severity: 'error',
          code: 'MISSING_SUBNET',
          message: 'calico: there is no pool to give pods addresses from',
          ...(cluster.plugin.place && { place: cluster.plugin.place }),
          hint: 'add subnets: {pods: 192.168.0.0/16}, or pools',
        },
      ]
    : [];

const WORDS: Readonly<Record<string, string>> = {
  none: 'no encapsulation, BGP',
  ipip: 'IPIP',
  'ipip-cross-subnet': 'IPIP CrossSubnet',
  vxlan: 'VXLAN',
  'vxlan-cross-subnet': 'VXLAN CrossSubnet',
};

const plan = (cluster: Cluster): Plan => {
  const { config, problems } = resolveConfig(cluster);
  const addressed = assignNodeIps(cluster);
  const ipam = planBlocks(cluster, addressed.nodes, config.pools);
  const nodes = addressed.nodes.map((node) => ({
    ...node,
    podCIDRs: ipam.blocks.flatMap((block) => (block.node === node.name ? [block.cidr] : [])),
  }));
  const served = assignServices({ ...cluster, nodes });
  const full: Cluster = {
    ...cluster,
    nodes,
    pods: ipam.pods,
    services: served.services,
    subnets: { ...cluster.subnets, services: served.ranges },
  };
  const fabric = planFabric(full, {
    plugin: 'calico',
    kind: providerOf(full) ?? 'l2',
    ipForwarding: false,
    staticRoutes: routerRoutes(nodes, ipam, config),
  });
  const roster = createRoster(full);
  const site = { config, nodes, ipam, fabric, roster };
  const world = createWorld(roster, fabric, {
    node: nodeBuilder(site),
    pod: podBuilder((id) => world.netns(id)),
  });
  const modes = [...new Set(config.pools.map(({ encapsulation }) => WORDS[encapsulation] ?? encapsulation))];
  return {
    cluster: full,
    mode: modes.join(', ') || 'no pools',
    assumptions: [
      ...addressed.assumptions,
      ...ipam.assumptions,
      ...served.assumptions,
      ...fabric.assumptions,
      ...fabricAssumption(config, fabric.fabric.segments.filter(({ kind }) => kind === 'switch').length),
    ],
    problems: [
      ...problems,
      ...addressed.problems,
      ...ipam.problems,
      ...strayPods(cluster, config.pools),
      ...served.problems,
      ...fabric.problems,
    ],
    world,
    netnsOfPod: netnsOfPod(roster),
  };
};

export default definePlugin({
  name: 'calico',
  title: 'Calico',
  aliases: [],
  modelled,
  jsonSchema: () => schemaOf(settingsSchema),
  check: (cluster) => resolveConfig(cluster).problems,
  store: () => undefined,
  plan,
});
