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
import { type AzureConfig, hasPodSubnet, inNodeSubnet } from './config.ts';
import type { Containers } from './containers.ts';
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
const width = (ip: Ip): number => (familyOf(ip) === 4 ? 32 : 128);

/** The subnet whose prefix length a pod's address has: that of the nodes, of the pods, or the whole range of the overlay. */
export const podSubnet = ({ cluster, config }: Pick<Site, 'cluster' | 'config'>, ip: Ip): Prefix | undefined =>
  (inNodeSubnet(config) ? cluster.subnets.nodes : cluster.subnets.pods).find((range) => contains(range, ip));

export const lengthIn =
  (site: Pick<Site, 'cluster' | 'config'>) =>
  (ip: Ip): number =>
    podSubnet(site, ip)?.len ?? width(ip);

/** The MTU of the first NIC, which veths copy. */
export const mtuOn = ({ nics }: FabricPlan, node: Node): number => nics(node)[0]?.mtu ?? ETHERNET;

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

const buildTransparentNode = (site: Site, node: Node): Netns => {
  const { cluster, config, fabric, roster, containerOf } = site;
  const nics = fabric.nics(node);
  const draft = createAksNode(node, nics, config);
  for (const nic of nics) if (nic.gateways.length > 0) addDhcpRoutes(draft, nic, nic.dev);
  addPodSubnetRoutes(draft, site);
  addMasquerade(draft, config, cluster.subnets.pods, containerOf(node.name)?.primary);
  const pods = roster.podsOn(node.name);
  addTransparentPods(draft, pods, mtuOn(fabric, node));
  addPortmap(draft, 'azure', azvName, pods, (ip) => podSubnet(site, ip));
  return draft.finish();
};

/** Builds nodes: what AKS's images bring, the pods' wires, and the chains that masquerade. */
export const nodeBuilder =
  (site: Site) =>
  (node: Node): Netns =>
    buildTransparentNode(site, node);

export const podBuilder =
  (site: Site, netns: (id: string) => Netns | undefined) =>
  (pod: Pod, node: Node): Netns =>
    buildTransparentPod(pod, node.name, netns(node.name)?.links ?? [], mtuOn(site.fabric, node), lengthIn(site));
