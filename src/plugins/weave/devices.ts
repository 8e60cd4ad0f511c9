import { createNetns } from '../../linux/build.ts';
import type { Netns } from '../../linux/netns.ts';
import { ACCEPT, createRules, dst, iif, multicast, rule, src } from '../../linux/rules.ts';
import { type Node, type Pod, podKey } from '../../model/cluster.ts';
import type { Ip } from '../../net/ip.ts';
import { contains, defaultPrefix, hostPrefix, prefixOf } from '../../net/prefix.ts';
import { containerId, stableMac } from '../naming.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin, podOrigin } from '../origin.ts';
import type { WeaveConfig } from './config.ts';
import { BRIDGE, BRIDGE_PORT, DATAPATH, DATAPATH_PORT, FASTDP_PORT, PCAP_PORT, VPORT, VPORT_MTU } from './defaults.ts';
import { ipOf } from './ipam.ts';
import { bridgeMac, podMac } from './overlay.ts';

/** The node's end of a pod's veth: the first digits of the sandbox's id (plugin/net/cni.go, net/veth.go). */
const vethName = (pod: Pick<Pod, 'namespace' | 'name'>): string => `vethwepl${containerId(pod).slice(0, 7)}`;

// net/arp.go: pods move, and their addresses with them.
const arpTuning = (ifname: string): Readonly<Record<string, number>> => ({
  [`net.ipv4.neigh.${ifname}.base_reachable_time_ms`]: 5000,
  [`net.ipv4.neigh.${ifname}.delay_first_probe_time`]: 2,
  [`net.ipv4.neigh.${ifname}.ucast_solicit`]: 1,
});

/** The weave bridge, and the pair of veths to the datapath or to the daemon that captures (net/bridge.go). */
export const addBridgeDevices = (
  { netns, node }: NodeDraft,
  { fastdp, mtu, range }: WeaveConfig,
  ip: Ip | undefined,
): void => {
  const origin = nodeOrigin('weave', node);
  const mac = (ifname: string) => stableMac(`${ifname} ${node.name}`);
  const far = fastdp ? DATAPATH_PORT : PCAP_PORT;
  const common = { up: true, origin } as const;
  if (fastdp) netns.addLink({ ...common, kind: 'openvswitch', ifname: DATAPATH, mtu, address: mac(DATAPATH) });
  netns.addLink({ ...common, kind: 'bridge', ifname: BRIDGE, mtu, address: bridgeMac(node.name) });
  netns.addLink({
    ...common,
    kind: 'veth',
    ifname: far,
    mtu,
    address: mac(far),
    peer: { netns: node.name, ifname: BRIDGE_PORT },
    ...(fastdp && { master: DATAPATH }),
  });
  const peer = { netns: node.name, ifname: far };
  netns.addLink({ ...common, kind: 'veth', ifname: BRIDGE_PORT, mtu, address: mac(BRIDGE_PORT), peer, master: BRIDGE });
  if (fastdp)
    netns.addLink({
      ...common,
      kind: 'vxlan',
      ifname: VPORT,
      mtu: VPORT_MTU,
      address: mac(VPORT),
      id: 0,
      port: FASTDP_PORT,
      learning: false,
      external: true,
      master: DATAPATH,
    });
  for (const [ifname, own] of [
    [BRIDGE, bridgeMac(node.name)],
    [BRIDGE_PORT, mac(BRIDGE_PORT)],
  ] as const)
    netns.fdb.push({ mac: own, ifname, master: BRIDGE, state: 'permanent', origin });
  if (ip !== undefined) netns.addAddress(BRIDGE, ip, range.len, { origin });
  Object.assign(netns.sysctls, arpTuning(BRIDGE));
};

/** The node's ends of its pods' veths (net/veth.go). */
export const addPods = ({ netns, node }: NodeDraft, { mtu, hairpin }: WeaveConfig, pods: readonly Pod[]): void => {
  for (const pod of pods) {
    const ifname = vethName(pod);
    const address = stableMac(`${ifname} ${node.name}`);
    const origin = podOrigin('weave', pod);
    const ip = ipOf(pod);
    netns.addLink({
      kind: 'veth',
      ifname,
      mtu,
      up: true,
      master: BRIDGE,
      address,
      peer: {
        netns: podKey(pod),
        ifname: 'eth0',
        ifindex: 2,
        leaf: { mac: podMac(pod), ips: ip === undefined ? [] : [ip] },
      },
      origin,
      ...(hairpin && { hairpin: true }),
    });
    netns.fdb.push({ mac: address, ifname, master: BRIDGE, state: 'permanent', origin });
  }
};

/** A pod: its address with the length of the whole range, so that all pods are on its link, and the bridge for the rest (plugin/net/cni.go). */
export const buildPod = (pod: Pod, node: Node, { mtu, range }: WeaveConfig, gateway: Ip | undefined): Netns => {
  const netns = createNetns(podKey(pod), 'pod');
  const origin = podOrigin('weave', pod);
  const ip = ipOf(pod);
  const peer = { netns: node.name, ifname: vethName(pod) };
  netns.addLink({ kind: 'veth', ifname: 'eth0', mtu, up: true, address: podMac(pod), peer, origin });
  Object.assign(netns.sysctls, arpTuning('eth0'));
  if (ip === undefined) return netns;
  netns.addAddress('eth0', ip, range.len, { origin });
  if (gateway === undefined) return netns;
  if (!contains(prefixOf(ip, range.len), gateway))
    netns.addRoute({ dst: hostPrefix(gateway), nexthops: [{ dev: 'eth0' }], origin });
  netns.addRoute({ dst: defaultPrefix(4), nexthops: [{ dev: 'eth0', gateway }], origin });
  // Multicast stays within the network (net/veth.go).
  const rules = createRules(4);
  const group = [iif('eth0'), dst(multicast(4))];
  rules.append(
    'filter',
    'INPUT',
    rule([src(range), ...group], ACCEPT, { origin }),
    rule(group, { target: 'DROP' }, { origin }),
  );
  netns.tables.push(...rules.tables());
  return netns;
};
