import type { Netns } from '../../linux/netns.ts';
import type { Node, Pod } from '../../model/cluster.ts';
import type { Ip } from '../../net/ip.ts';
import { contains } from '../../net/prefix.ts';
import { addBridge, type BridgeConfig, bridgeMac, buildBridgePod } from '../bridge.ts';
import type { FabricPlan } from '../fabric.ts';
import { createNode } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import { addPortmap, hostPortsOf } from '../portmap.ts';
import type { Roster } from '../world.ts';
import type { KubenetConfig } from './config.ts';
import { dedupTable } from './dedup.ts';
import { BRIDGE, MAC_PREFIX, NETWORK, TEMPLATE_MTU } from './defaults.ts';
import { addHostPorts, addKubeMarks } from './hostports.ts';
import { addMasquerade } from './masquerade.ts';

type Site = { readonly config: KubenetConfig; readonly fabric: FabricPlan; readonly roster: Roster };

const bridgeOf = ({ config, fabric }: Site, node: Node): BridgeConfig => {
  const containerd = config.runtime === 'containerd';
  const nic = Math.min(...fabric.nics(node).map(({ mtu }) => mtu));
  return {
    plugin: 'kubenet',
    ifname: BRIDGE,
    mtu: config.mtu ?? (containerd ? TEMPLATE_MTU : nic),
    subnets: node.podCIDRs,
    hairpin: config.hairpinMode === 'hairpin-veth',
    promisc: config.hairpinMode === 'promiscuous-bridge',
    podRoutes: [],
    ...(!containerd && { macPrefix: MAC_PREFIX, bridgeMacFromIp: true }),
  };
};

/** Builds nodes: cbr0 with the pods, the rule of masquerade, host ports. Nothing here knows the way to another node's pods. */
export const nodeBuilder =
  (site: Site) =>
  (node: Node): Netns => {
    const { config, fabric, roster } = site;
    const draft = createNode('kubenet', node, fabric.nics(node));
    addMasquerade(draft, config);
    const pods = roster.podsOn(node.name);
    if (pods.length === 0 || node.podCIDRs.length === 0) return draft.finish();
    const bridge = bridgeOf(site, node);
    addBridge(draft, bridge, pods);
    const containerd = config.runtime === 'containerd';
    if (bridge.promisc) {
      const chain = containerd ? 'AKS-DEDUP-PROMISC' : 'KUBE-DEDUP';
      const mac = bridgeMac(bridge, node.name);
      draft.netns.tables.push(dedupTable(chain, mac, bridge.subnets, nodeOrigin('kubenet', node)));
    }
    if (!containerd) addHostPorts(draft, pods);
    else if (pods.some((pod) => hostPortsOf(pod, 4).length > 0)) {
      addKubeMarks(draft);
      const subnetOf = (ip: Ip) => bridge.subnets.find((subnet) => contains(subnet, ip));
      addPortmap(draft, NETWORK, BRIDGE, pods, subnetOf, 'KUBE-MARK-MASQ');
    }
    return draft.finish();
  };

export const podBuilder =
  (site: Site, netns: (id: string) => Netns | undefined) =>
  (pod: Pod, node: Node): Netns =>
    buildBridgePod(pod, node.name, netns(node.name)?.links ?? [], bridgeOf(site, node));
