import { createNetns } from '../../linux/build.ts';
import type { Netns } from '../../linux/netns.ts';
import { confKey } from '../../linux/sysctl.ts';
import { type Pod, podKey } from '../../model/cluster.ts';
import { familyOf, type Ip } from '../../net/ip.ts';
import { defaultPrefix, hostPrefix } from '../../net/prefix.ts';
import { stableMac } from '../naming.ts';
import type { NodeDraft } from '../node.ts';
import { podOrigin } from '../origin.ts';
import { HOST_VETH_MAC, VIRTUAL_GATEWAY, VIRTUAL_GATEWAY6 } from './defaults.ts';
import { azvName } from './naming.ts';

const PLUGIN = 'azure-vnet';

/** The node's ends (ACN:network/transparent_endpointclient_linux.go): one MAC for all, no address, a route to each pod, proxy ARP. */
export const addTransparentPods = ({ netns }: NodeDraft, pods: readonly Pod[], mtu: number): void => {
  for (const pod of pods) {
    const ifname = azvName(pod);
    const origin = podOrigin(PLUGIN, pod);
    const leaf = { mac: stableMac(`eth0 ${podKey(pod)}`), ips: pod.ips };
    const peer = { netns: podKey(pod), ifname: 'eth0', ifindex: 2, leaf };
    netns.addLink({ kind: 'veth', ifname, mtu, up: true, address: HOST_VETH_MAC, peer, origin });
    for (const ip of pod.ips)
      netns.addRoute({ dst: hostPrefix(ip), nexthops: [{ dev: ifname }], protocol: 'static', scope: 'global', origin });
    netns.sysctls[confKey(4, ifname, 'proxy_arp')] = 1;
  }
};

/**
 * The pod's end: its address with the length of its subnet, whose connected route is taken away, so that all goes by a gateway that is only
 * a fixed neighbour (the same source).
 * @param lengthOf how long the prefix of the network container's subnet is
 */
export const buildTransparentPod = (
  pod: Pod,
  node: string,
  nodeLinks: Netns['links'],
  mtu: number,
  lengthOf: (ip: Ip) => number,
): Netns => {
  const netns = createNetns(podKey(pod), 'pod');
  const origin = podOrigin(PLUGIN, pod);
  const ifname = azvName(pod);
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
  for (const ip of pod.ips) {
    const family = familyOf(ip);
    const gateway = family === 4 ? VIRTUAL_GATEWAY : VIRTUAL_GATEWAY6;
    const protocol = 'static';
    // azure-vnet deletes the kernel's route; to the packets it is the same not to have it made.
    netns.addAddress('eth0', ip, lengthOf(ip), { noprefixroute: true, origin });
    netns.addRoute({ dst: hostPrefix(gateway), nexthops: [{ dev: 'eth0' }], protocol, origin });
    netns.addRoute({ dst: defaultPrefix(family), nexthops: [{ dev: 'eth0', gateway }], protocol, origin });
    const state = family === 4 ? 'reachable' : 'permanent';
    netns.neighbours.push({ dst: gateway, dev: 'eth0', lladdr: HOST_VETH_MAC, state, origin });
  }
  netns.sysctls[confKey(6, 'eth0', 'accept_ra')] = 0;
  return netns;
};
