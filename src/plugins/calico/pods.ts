import { createNetns } from '../../linux/build.ts';
import type { Netns } from '../../linux/netns.ts';
import { confKey } from '../../linux/sysctl.ts';
import { type Pod, podKey } from '../../model/cluster.ts';
import { type Family, familyOf, type Ip, parseIp } from '../../net/ip.ts';
import { defaultPrefix, hostPrefix } from '../../net/prefix.ts';
import { stableMac } from '../naming.ts';
import { podOrigin } from '../origin.ts';
import { GATEWAY, GATEWAY6, VETH_MAC } from './defaults.ts';
import { caliName } from './names.ts';
import { metric } from './routes.ts';
import { podMtu, type Self } from './site.ts';

const GATEWAYS: Readonly<Record<Family, Ip>> = { 4: parseIp(GATEWAY) as Ip, 6: parseIp(GATEWAY6) as Ip };

const podMac = (pod: Pod): string =>
  pod.annotations['cni.projectcalico.org/hwAddr'] ?? stableMac(`eth0 ${podKey(pod)}`);

/**
 * The node's ends: no address of IPv4; the pod's gateway is answered for by proxy ARP, and each pod is a route
 * (cni-plugin/pkg/dataplane/linux/dataplane_linux.go, felix/dataplane/linux/endpoint_mgr.go).
 */
export const addPods = (self: Self, pods: readonly Pod[]): void => {
  const { draft, nic, config } = self;
  const { netns } = draft;
  const mtu = podMtu(config, nic.mtu);
  for (const pod of pods) {
    const ifname = caliName(pod);
    const origin = podOrigin('calico', pod);
    const leaf = { mac: podMac(pod), ips: pod.ips };
    const peer = { netns: podKey(pod), ifname: 'eth0', ifindex: 2, leaf };
    netns.addLink({ kind: 'veth', ifname, mtu, up: true, address: VETH_MAC, peer, origin });
    for (const [name, value] of [
      ['proxy_arp', 1],
      ['forwarding', 1],
      ['route_localnet', 1],
    ] as const)
      netns.sysctls[confKey(4, ifname, name)] = value;
    // Else the kernel waits up to 0.8 s with each answer for another.
    netns.sysctls[`net.ipv4.neigh.${ifname}.proxy_delay`] = 0;
    if (pod.ips.some((ip) => familyOf(ip) === 6)) {
      netns.sysctls[confKey(6, ifname, 'proxy_ndp')] = 1;
      netns.addAddress(ifname, GATEWAYS[6], 64, { scope: 'link', origin });
    }
    for (const ip of pod.ips)
      netns.addRoute({ dst: hostPrefix(ip), nexthops: [{ dev: ifname }], origin, ...metric(self, familyOf(ip)) });
  }
};

/** The pod's end: an address for itself alone, and everything by a gateway that is nowhere. */
export const buildPod = (pod: Pod, node: string, nodeLinks: Netns['links']): Netns => {
  const netns = createNetns(podKey(pod), 'pod');
  const origin = podOrigin('calico', pod);
  const ifname = caliName(pod);
  const far = nodeLinks.find((link) => link.ifname === ifname);
  const peer = { netns: node, ifname, ...(far && { ifindex: far.ifindex }) };
  netns.addLink({ kind: 'veth', ifname: 'eth0', mtu: far?.mtu ?? 1500, up: true, address: podMac(pod), peer, origin });
  for (const ip of pod.ips) {
    const gateway = GATEWAYS[familyOf(ip)];
    netns.addAddress('eth0', ip, hostPrefix(ip).len, { origin });
    if (familyOf(ip) === 4) netns.addRoute({ dst: hostPrefix(gateway), nexthops: [{ dev: 'eth0' }], origin });
    netns.addRoute({ dst: defaultPrefix(familyOf(ip)), nexthops: [{ dev: 'eth0', gateway }], origin });
  }
  return netns;
};
