import { createNetns } from '../linux/build.ts';
import type { Netns } from '../linux/netns.ts';
import { type Pod, podKey } from '../model/cluster.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import { contains, defaultPrefix, firstHostOf, hostPrefix, type Prefix } from '../net/prefix.ts';
import { addCniMasq } from './cni-masq.ts';
import { containerId, stableMac, vethName } from './naming.ts';
import type { NodeDraft } from './node.ts';
import { podOrigin } from './origin.ts';

/** Pods on wires of their own, by the CNI plugin `ptp`: everything between them is routed. */
export type PtpConfig = {
  readonly plugin: string;
  readonly mtu: number;
  readonly subnets: readonly Prefix[];
  readonly masqNetwork?: string;
};

const subnetOf = (config: PtpConfig, ip: Ip): Prefix | undefined =>
  config.subnets.find((subnet) => contains(subnet, ip));
const width = (ip: Ip): 32 | 128 => (typeof ip === 'number' ? 32 : 128);

/** The node's ends: each veth has the gateway's address, and a route to its pod (containernetworking/plugins:plugins/main/ptp/ptp.go). */
export const addPtp = (draft: NodeDraft, config: PtpConfig, pods: readonly Pod[]): void => {
  const { netns, node } = draft;
  for (const pod of pods) {
    const ifname = vethName(pod);
    const origin = podOrigin(config.plugin, pod);
    const peer = { netns: podKey(pod), ifname: 'eth0', ifindex: 2 };
    const address = stableMac(`${ifname} ${node.name}`);
    netns.addLink({ kind: 'veth', ifname, mtu: config.mtu, up: true, address, peer, origin });
    for (const ip of pod.ips) {
      const subnet = subnetOf(config, ip);
      if (!subnet) continue;
      netns.addAddress(ifname, firstHostOf(subnet), width(ip), { origin });
      netns.addRoute({ dst: hostPrefix(ip), nexthops: [{ dev: ifname }], scope: 'host', origin });
      if (config.masqNetwork !== undefined)
        addCniMasq(draft.rules(familyOf(ip)), config.masqNetwork, containerId(pod), ip, subnet, origin);
    }
  }
};

/** The pod's end: the gateway on the wire, and everything else by it. */
export const buildPtpPod = (pod: Pod, node: string, nodeLinks: Netns['links'], config: PtpConfig): Netns => {
  const netns = createNetns(podKey(pod), 'pod');
  const origin = podOrigin(config.plugin, pod);
  const ifname = vethName(pod);
  const ifindex = nodeLinks.find((link) => link.ifname === ifname)?.ifindex;
  const peer = { netns: node, ifname, ...(ifindex !== undefined && { ifindex }) };
  const address = stableMac(`eth0 ${podKey(pod)}`);
  netns.addLink({ kind: 'veth', ifname: 'eth0', mtu: config.mtu, up: true, address, peer, origin });
  for (const ip of pod.ips) {
    const subnet = subnetOf(config, ip);
    if (!subnet) continue;
    const gateway = firstHostOf(subnet);
    netns.addAddress('eth0', ip, subnet.len, { noprefixroute: true, origin });
    netns.addRoute({ dst: hostPrefix(gateway), nexthops: [{ dev: 'eth0' }], prefsrc: ip, origin });
    netns.addRoute({ dst: subnet, nexthops: [{ dev: 'eth0', gateway }], prefsrc: ip, origin });
    netns.addRoute({ dst: defaultPrefix(familyOf(ip)), nexthops: [{ dev: 'eth0', gateway }], origin });
  }
  return netns;
};
