import { createNetns } from '../../linux/build.ts';
import type { Netns, OpaqueProgram } from '../../linux/netns.ts';
import type { Origin } from '../../linux/origin.ts';
import { type Cluster, type Pod, podKey } from '../../model/cluster.ts';
import { familyOf } from '../../net/ip.ts';
import { defaultPrefix, hostPrefix } from '../../net/prefix.ts';
import { stableMac } from '../naming.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin, podOrigin } from '../origin.ts';
import { CILIUM_ROUTER, NODE_PORTS } from './defaults.ts';
import { lxcName } from './naming.ts';

const GENERIC = {
  known: 'assumed',
  note: "wired as Cilium usually does; AKS's build was not read in a source",
} as const;
const ofPod = (pod: Pod): Origin => ({ ...podOrigin('cilium-cni', pod), ...GENERIC });

/** What Cilium's programs do in kube-proxy's stead: addresses and ports of Services. */
const servicePrograms = (
  cluster: Cluster,
  links: readonly string[],
  dev: string,
  origin: Origin,
): readonly OpaqueProgram[] => {
  const dst = cluster.subnets.services;
  const own = { origin };
  return [
    ...(dst.length === 0
      ? []
      : [
          { name: 'cil_sock4_connect', dst, ...own },
          ...links.map((link) => ({ name: 'cil_from_container', dev: link, dst, ...own })),
        ]),
    { name: 'cil_from_netdev', dev, dport: NODE_PORTS, ...own },
  ];
};

/**
 * The node's side of pods under Cilium's standard build: the host's own routes and rules see every packet (enable-host-legacy-routing), with a
 * route to each pod (enable-endpoint-routes). Without Services and policies the programs let packets pass as they are.
 */
export const addCiliumPods = (draft: NodeDraft, cluster: Cluster, pods: readonly Pod[], mtu: number): void => {
  const { netns, node, nics } = draft;
  const origin = { ...nodeOrigin('cilium-agent', node), ...GENERIC };
  const pair = (ifname: string, peer: string) =>
    netns.addLink({
      kind: 'veth',
      ifname,
      mtu,
      up: true,
      noarp: true,
      address: stableMac(`${ifname} ${node.name}`),
      peer: { netns: node.name, ifname: peer, ifindex: netns.links.length + (ifname === 'cilium_net' ? 2 : 0) },
      origin,
    });
  pair('cilium_net', 'cilium_host');
  pair('cilium_host', 'cilium_net');
  netns.addAddress('cilium_host', CILIUM_ROUTER, 32, { origin });
  for (const pod of pods) {
    const ifname = lxcName(pod);
    const about = ofPod(pod);
    const leaf = { mac: stableMac(`eth0 ${podKey(pod)}`), ips: pod.ips };
    const peer = { netns: podKey(pod), ifname: 'eth0', ifindex: 2, leaf };
    const address = stableMac(`${ifname} ${node.name}`);
    netns.addLink({ kind: 'veth', ifname, mtu, up: true, address, peer, origin: about });
    for (const ip of pod.ips)
      netns.addRoute({ dst: hostPrefix(ip), nexthops: [{ dev: ifname }], scope: 'link', origin: about });
  }
  netns.programs = [...servicePrograms(cluster, pods.map(lxcName), nics[0]?.dev ?? 'eth0', origin)];
};

/** A pod under Cilium: its address alone, and all by the router that cilium_host has the address of. */
export const buildCiliumPod = (pod: Pod, node: string, nodeLinks: Netns['links'], mtu: number): Netns => {
  const netns = createNetns(podKey(pod), 'pod');
  const origin = ofPod(pod);
  const ifname = lxcName(pod);
  const ifindex = nodeLinks.find((link) => link.ifname === ifname)?.ifindex;
  const peer = { netns: node, ifname, ...(ifindex !== undefined && { ifindex }) };
  netns.addLink({
    kind: 'veth',
    ifname: 'eth0',
    mtu,
    up: true,
    address: stableMac(`eth0 ${podKey(pod)}`),
    peer,
    origin,
  });
  // IPv6 goes by another router, whose address AKS's configuration does not name.
  for (const ip of pod.ips.filter((one) => familyOf(one) === 4)) {
    netns.addAddress('eth0', ip, 32, { origin });
    netns.addRoute({ dst: hostPrefix(CILIUM_ROUTER), nexthops: [{ dev: 'eth0' }], origin });
    netns.addRoute({ dst: defaultPrefix(4), nexthops: [{ dev: 'eth0', gateway: CILIUM_ROUTER }], origin });
  }
  return netns;
};
