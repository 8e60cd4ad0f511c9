import type { Netns } from '../../linux/netns.ts';
import type { Cluster, Node, Pod } from '../../model/cluster.ts';
import { familyOf, type Ip } from '../../net/ip.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import type { FabricPlan } from '../fabric.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import { addPortmap } from '../portmap.ts';
import type { Roster } from '../world.ts';
import { addDhcpRoutes, createAksNode } from './base.ts';
import { addCiliumPods, buildCiliumPod } from './cilium.ts';
import { type AzureConfig, hasPodSubnet, inNodeSubnet } from './config.ts';
import type { Containers } from './containers.ts';
import { BRIDGE } from './defaults.ts';
import { buildBridgedPod, createBridgeNode } from './l2.ts';
import { addMasquerade } from './masquerade.ts';
import { azvName } from './naming.ts';
import { addTransparentPods, buildTransparentPod } from './transparent.ts';

export type Site = {
  readonly cluster: Cluster;
  readonly config: AzureConfig;
  readonly fabric: FabricPlan;
  readonly roster: Roster;
  readonly containerOf: Containers['of'];
};

const ETHERNET = 1500;
/** The name of the CNI network in AKS's conflists; not read in a source, and only in the names of chains. */
const NETWORK = 'azure';
const width = (ip: Ip): number => (familyOf(ip) === 4 ? 32 : 128);

/** The subnet whose prefix length a pod's address has: that of the nodes, of the pods, or the whole range of the overlay. */
const podSubnet = ({ cluster, config }: Pick<Site, 'cluster' | 'config'>, ip: Ip): Prefix | undefined =>
  (inNodeSubnet(config) ? cluster.subnets.nodes : cluster.subnets.pods).find((range) => contains(range, ip));

const lengthIn =
  (site: Pick<Site, 'cluster' | 'config'>) =>
  (ip: Ip): number =>
    podSubnet(site, ip)?.len ?? width(ip);

/** The MTU of the first NIC, which veths copy. */
const mtuOn = ({ nics }: FabricPlan, node: Node): number => nics(node)[0]?.mtu ?? ETHERNET;

// ACN:cni/network/invoker_cns.go, setHostOptions: the pod subnet by the gateway of the nodes'.
const addPodSubnetRoutes = (draft: NodeDraft, { cluster, config }: Site): void => {
  const [nic] = draft.nics;
  if (!hasPodSubnet(config) || !nic) return;
  for (const dst of cluster.subnets.pods) {
    const gateway = nic.gateways.find((ip) => familyOf(ip) === familyOf(dst.addr));
    if (gateway === undefined) continue;
    const origin = nodeOrigin('azure-vnet', draft.node);
    draft.netns.addRoute({ dst, nexthops: [{ dev: nic.dev, gateway }], protocol: 'static', origin });
  }
};

const buildBridged = (site: Site, node: Node): NodeDraft => {
  const { cluster, config, fabric, roster } = site;
  const pods = roster.podsOn(node.name);
  const draft = createBridgeNode(node, fabric.nics(node), config, pods);
  addMasquerade(draft, config, cluster.subnets.pods, undefined);
  addPortmap(draft, NETWORK, BRIDGE, pods, (ip) => podSubnet(site, ip));
  return draft;
};

const buildRouted = (site: Site, node: Node): NodeDraft => {
  const { cluster, config, fabric, roster, containerOf } = site;
  const nics = fabric.nics(node);
  const draft = createAksNode(node, nics, config);
  for (const nic of nics) if (nic.gateways.length > 0) addDhcpRoutes(draft, nic, nic.dev);
  const pods = roster.podsOn(node.name);
  addMasquerade(draft, config, cluster.subnets.pods, containerOf(node.name));
  if (config.dataplane === 'cilium') {
    addCiliumPods(draft, cluster, pods, mtuOn(fabric, node));
    return draft;
  }
  addPodSubnetRoutes(draft, site);
  addTransparentPods(draft, pods, mtuOn(fabric, node));
  addPortmap(draft, NETWORK, azvName, pods, (ip) => podSubnet(site, ip));
  return draft;
};

/** Builds nodes: what AKS's images bring, the pods' wires, and the chains that masquerade. */
export const nodeBuilder =
  (site: Site) =>
  (node: Node): Netns =>
    (site.config.mode === 'bridge' ? buildBridged : buildRouted)(site, node).finish();

export const podBuilder =
  (site: Site, netns: (id: string) => Netns | undefined) =>
  (pod: Pod, node: Node): Netns => {
    const { config, fabric } = site;
    const links = netns(node.name)?.links ?? [];
    const mtu = mtuOn(fabric, node);
    if (config.mode === 'bridge') return buildBridgedPod(pod, node.name, links, fabric.nics(node)[0], lengthIn(site));
    return config.dataplane === 'cilium'
      ? buildCiliumPod(pod, node.name, links, mtu)
      : buildTransparentPod(pod, node.name, links, mtu, lengthIn(site));
  };
