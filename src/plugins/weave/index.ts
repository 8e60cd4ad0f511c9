import { assignAddresses } from '../../model/assign.ts';
import type { Cluster } from '../../model/cluster.ts';
import { planFabric, providerOf } from '../fabric.ts';
import { filtersOf } from '../filters.ts';
import { definePlugin, type Plan, type Plugin } from '../plugin.ts';
import { schemaOf } from '../settings.ts';
import { createRoster, createWorld, netnsOfPod } from '../world.ts';
import { resolveConfig, type WeaveConfig } from './config.ts';
import { planRing } from './ipam.ts';
import { createMesh } from './mesh.ts';
import { nodeBuilder, podBuilder } from './node.ts';
import { type Isolation, planIsolation } from './npc.ts';
import { OVERLAY, planOverlay } from './overlay.ts';
import { clusterAssumptions, clusterProblems } from './problems.ts';
import { settingsSchema } from './settings.ts';

/** kernel: the state was rebuilt and measured on a real kernel; source: read in the source; assumed: neither. */
const modelled: Plugin['modelled'] = [
  { what: 'bridge, pods, nat WEAVE, weave-npc without policies', known: 'kernel' },
  { what: 'fast datapath: VXLAN, DF, peers that hand frames on', known: 'source' },
  { what: 'sleeve, fallback by MTU and filters', known: 'source' },
  { what: 'ESP around the fast datapath', known: 'source' },
  { what: 'the ring: first division, donations', known: 'source' },
  { what: 'names of sets and peers, short ids, sleeve with a password', known: 'assumed' },
];

const modeOf = ({ fastdp, encryption }: WeaveConfig): string =>
  `${fastdp ? 'fast datapath' : 'sleeve'}${encryption ? ', encrypted' : ''}`;

const plan = (cluster: Cluster): Plan => {
  const { config, problems } = resolveConfig(cluster);
  const ring = planRing(cluster, config);
  const assigned = assignAddresses(cluster, { podCIDR: 'none', nodeMask: { 4: 24, 6: 64 }, podIps: ring.podIps });
  const full = assigned.cluster;
  // Only the nodes' own addresses are seen between the nodes.
  const kind = providerOf(cluster) ?? 'l2';
  const fabric = planFabric(full, { plugin: 'weave', kind, ipForwarding: false });
  const mtu = Math.min(...fabric.fabric.segments.filter(({ kind: of }) => of !== 'internet').map((one) => one.mtu));
  const underlay = { filters: filtersOf(full.fabric).filters, mtu, nics: fabric.nics };
  const mesh = createMesh(full, config, underlay);
  const roster = createRoster(full);
  const overlay = planOverlay(full, config, ring, roster);
  let isolation: Isolation | undefined;
  const site = {
    config,
    fabric,
    roster,
    ring,
    mesh,
    isolation: () => {
      isolation ??= planIsolation(full);
      return isolation;
    },
  };
  const spanned = {
    ...fabric,
    fabric: { ...fabric.fabric, overlay: (name: string) => (name === OVERLAY ? overlay : undefined) },
  };
  const world = createWorld(roster, spanned, { node: nodeBuilder(site), pod: podBuilder(site) });
  return {
    cluster: full,
    mode: modeOf(config),
    assumptions: [
      ...clusterAssumptions(full, config),
      ...ring.assumptions,
      ...assigned.assumptions,
      ...fabric.assumptions,
    ],
    problems: [
      ...problems,
      ...ring.problems,
      ...assigned.problems,
      ...clusterProblems(full, config, mesh),
      ...fabric.problems,
    ],
    world,
    netnsOfPod: netnsOfPod(roster),
  };
};

export default definePlugin({
  name: 'weave',
  title: 'Weave Net',
  aliases: ['weave-net', 'weavenet'],
  modelled,
  jsonSchema: () => schemaOf(settingsSchema),
  check: (cluster) => resolveConfig(cluster).problems,
  store: () => undefined,
  plan,
});
