import type { Netns } from '../../linux/netns.ts';
import type { Node, Pod } from '../../model/cluster.ts';
import type { FabricPlan } from '../fabric.ts';
import { createNode } from '../node.ts';
import { addPortmap } from '../portmap.ts';
import type { Roster } from '../world.ts';
import type { WeaveConfig } from './config.ts';
import { BRIDGE, NETWORK } from './defaults.ts';
import { addBridgeDevices, addPods, buildPod } from './devices.ts';
import { addFilter } from './filter.ts';
import type { RingPlan } from './ipam.ts';
import { addIpsec } from './ipsec.ts';
import type { Mesh } from './mesh.ts';
import { addNat } from './nat.ts';
import { addNpc, type Isolation } from './npc.ts';
import { switchOf } from './overlay.ts';

export type Site = {
  readonly config: WeaveConfig;
  readonly fabric: FabricPlan;
  readonly roster: Roster;
  readonly ring: RingPlan;
  readonly mesh: Mesh;
  readonly isolation: () => Isolation;
};

/** Builds nodes: the bridge and what is behind it, the pods, the rules. */
export const nodeBuilder =
  ({ config, fabric, roster, ring, mesh, isolation }: Site) =>
  (node: Node): Netns => {
    const draft = createNode('weave', node, fabric.nics(node));
    const pods = roster.podsOn(node.name);
    addBridgeDevices(draft, config, ring.bridgeIp(node.name));
    addPods(draft, config, pods);
    if (config.encryption && config.fastdp) addIpsec(draft, mesh);
    addNat(draft, config, ring.owned(node.name));
    addFilter(draft, config);
    if (config.npc) addNpc(draft, isolation());
    addPortmap(draft, NETWORK, BRIDGE, pods, (ip) => (typeof ip === 'number' ? config.range : undefined));
    return { ...draft.finish(), overlays: [switchOf(node, config, mesh)] };
  };

export const podBuilder =
  ({ config, ring }: Site) =>
  (pod: Pod, node: Node): Netns =>
    buildPod(pod, node, config, ring.bridgeIp(node.name));
