import { createNetns } from '../../linux/build.ts';
import type { Netns } from '../../linux/netns.ts';
import { type Node, type Pod, podKey } from '../../model/cluster.ts';
import { familyOf, type Ip } from '../../net/ip.ts';
import type { Mac } from '../../net/mac.ts';
import { defaultPrefix } from '../../net/prefix.ts';
import { stableMac } from '../naming.ts';
import type { Nic } from '../nics.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin, podOrigin } from '../origin.ts';
import { addDhcpRoutes, createAksNode, nodeIp } from './base.ts';
import type { AzureConfig } from './config.ts';
import { BRIDGE } from './defaults.ts';
import { macTable } from './ebtables.ts';
import { azvBridgeName } from './naming.ts';

const PLUGIN = 'azure-vnet';
const podMac = (pod: Pod): Mac => stableMac(`eth0 ${podKey(pod)}`);

/** A node whose first NIC is a port of azure0, which has its address and routes instead (ACN:network/bridge_networkclient_linux.go). */
export const createBridgeNode = (
  node: Node,
  nics: readonly Nic[],
  config: AzureConfig,
  pods: readonly Pod[],
): NodeDraft => {
  const [nic, ...others] = nics;
  const draft = createAksNode(node, nic ? [{ ...nic, ips: [] }, ...others] : [], config);
  if (!nic) return draft;
  const { netns } = draft;
  const { dev, mac, mtu } = nic;
  const origin = nodeOrigin(PLUGIN, node);
  const bridge = { ...origin, known: 'assumed', note: "the MAC of azure0 is its NIC's" } as const;
  netns.links = netns.links.map((link) => (link.ifname === dev ? { ...link, master: BRIDGE, hairpin: true } : link));
  netns.addLink({ kind: 'bridge', ifname: BRIDGE, mtu, up: true, address: mac, origin: bridge });
  netns.fdb.push({ mac, ifname: BRIDGE, master: BRIDGE, state: 'permanent', origin });
  for (const { ip, len } of nic.ips) netns.addAddress(BRIDGE, ip, len, { origin });
  addDhcpRoutes(draft, nic, BRIDGE);
  for (const pod of pods) {
    const ifname = azvBridgeName(pod);
    const about = podOrigin(PLUGIN, pod);
    const peer = { netns: podKey(pod), ifname: 'eth0', ifindex: 2, leaf: { mac: podMac(pod), ips: pod.ips } };
    const address = stableMac(`${ifname} ${node.name}`);
    netns.addLink({ kind: 'veth', ifname, mtu, up: true, master: BRIDGE, hairpin: true, address, peer, origin: about });
    netns.fdb.push({ mac: address, ifname, master: BRIDGE, state: 'permanent', origin: about });
    for (const ip of pod.ips)
      netns.neighbours.push({ dst: ip, dev: BRIDGE, lladdr: podMac(pod), state: 'permanent', origin: about });
  }
  netns.tables.push(macTable(draft, dev, mac, nodeIp(draft, 4), pods, podMac));
  return draft;
};

/** A pod on that bridge: an address of the nodes' subnet, whose gateway is the network's own. */
export const buildBridgedPod = (
  pod: Pod,
  node: string,
  nodeLinks: Netns['links'],
  nic: Nic | undefined,
  lengthOf: (ip: Ip) => number,
): Netns => {
  const netns = createNetns(podKey(pod), 'pod');
  const origin = podOrigin(PLUGIN, pod);
  const ifname = azvBridgeName(pod);
  const ifindex = nodeLinks.find((link) => link.ifname === ifname)?.ifindex;
  const peer = { netns: node, ifname, ...(ifindex !== undefined && { ifindex }) };
  netns.addLink({ kind: 'veth', ifname: 'eth0', mtu: nic?.mtu ?? 1500, up: true, address: podMac(pod), peer, origin });
  for (const ip of pod.ips) {
    netns.addAddress('eth0', ip, lengthOf(ip), { origin });
    const gateway = nic?.gateways.find((one) => familyOf(one) === familyOf(ip));
    if (gateway !== undefined)
      netns.addRoute({ dst: defaultPrefix(familyOf(ip)), nexthops: [{ dev: 'eth0', gateway }], origin });
  }
  return netns;
};
