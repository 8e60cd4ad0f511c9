import { createNetns } from '../linux/build.ts';
import type { Netns } from '../linux/netns.ts';
import { confKey } from '../linux/sysctl.ts';
import { type Pod, podKey } from '../model/cluster.ts';
import { type Family, familyOf, type Ip } from '../net/ip.ts';
import { type Mac, macFromIp } from '../net/mac.ts';
import { contains, defaultPrefix, firstHostOf, type Prefix } from '../net/prefix.ts';
import { addCniMasq } from './cni-masq.ts';
import { containerId, stableMac, vethName } from './naming.ts';
import type { NodeDraft } from './node.ts';
import { nodeOrigin, podOrigin } from './origin.ts';

/** A bridge that pods hang on, by the CNI `bridge` plugin or by Docker. */
export type BridgeConfig = {
  readonly plugin: string;
  readonly ifname: string;
  readonly mtu: number;
  /** The ranges of this node's pods, one per family; the first address of each is the bridge's. */
  readonly subnets: readonly Prefix[];
  readonly hairpin: boolean;
  readonly promisc: boolean;
  /** The CNI network's name where it masquerades per pod (`ipMasq`). */
  readonly masqNetwork?: string;
  /** Routes in the pod via the bridge, besides the default route. */
  readonly podRoutes: readonly Prefix[];
  /** The two bytes in front of the IPv4 address that pods' MACs are made of: `0a:58` (CNI plugins up to 0.6.0), `02:42` (Docker). */
  readonly macPrefix?: string;
  /** The bridge's MAC is made of its address as well. */
  readonly bridgeMacFromIp?: boolean;
  /** The MACs are the plugin's own scheme from memory, not read in a source. */
  readonly macAssumed?: boolean;
};

// Shown to whoever asks for a path through such a bridge.
const MAC_ASSUMED = {
  known: 'assumed',
  note: 'MACs are made of addresses (02:42 or 0a:58, and the four bytes)',
} as const;

const subnetOf = (config: Pick<BridgeConfig, 'subnets'>, ip: Ip): Prefix | undefined =>
  config.subnets.find((subnet) => contains(subnet, ip));

const macOf = (config: BridgeConfig, ips: readonly Ip[], text: string): Mac => {
  const ip = ips.find((one) => typeof one === 'number');
  return config.macPrefix !== undefined && ip !== undefined ? macFromIp(config.macPrefix, ip) : stableMac(text);
};

/** The MAC that the bridge has on this node. */
export const bridgeMac = (config: BridgeConfig, node: string): Mac =>
  config.bridgeMacFromIp
    ? macOf(config, config.subnets.map(firstHostOf), `${config.ifname} ${node}`)
    : stableMac(`${config.ifname} ${node}`);

/** Puts the bridge and one veth per pod on a node (containernetworking/plugins:plugins/main/bridge/bridge.go). */
export const addBridge = (draft: NodeDraft, config: BridgeConfig, pods: readonly Pod[]): void => {
  const { netns, node } = draft;
  const { ifname, mtu } = config;
  const own = nodeOrigin(config.plugin, node);
  const origin = config.macAssumed && config.bridgeMacFromIp ? { ...own, ...MAC_ASSUMED } : own;
  const mac = bridgeMac(config, node.name);
  netns.addLink({
    kind: 'bridge',
    ifname,
    mtu,
    up: true,
    address: mac,
    origin,
    ...(config.promisc && { promisc: true }),
  });
  for (const subnet of config.subnets) netns.addAddress(ifname, firstHostOf(subnet), subnet.len, { origin: own });
  netns.fdb.push({ mac, ifname, master: ifname, state: 'permanent', origin });
  netns.sysctls[confKey(6, ifname, 'accept_ra')] = 0;
  for (const pod of pods) {
    const veth = vethName(pod);
    const address = stableMac(`${veth} ${node.name}`);
    const about = podOrigin(config.plugin, pod);
    netns.addLink({
      kind: 'veth',
      ifname: veth,
      mtu,
      up: true,
      master: ifname,
      address,
      peer: {
        netns: podKey(pod),
        ifname: 'eth0',
        ifindex: 2,
        leaf: { mac: macOf(config, pod.ips, `eth0 ${podKey(pod)}`), ips: pod.ips },
      },
      origin: about,
      ...(config.hairpin && { hairpin: true }),
    });
    netns.fdb.push({ mac: address, ifname: veth, master: ifname, state: 'permanent', origin: about });
    if (config.masqNetwork !== undefined)
      for (const ip of pod.ips) {
        const subnet = subnetOf(config, ip);
        if (subnet) addCniMasq(draft.rules(familyOf(ip)), config.masqNetwork, containerId(pod), ip, subnet, about);
      }
  }
};

/** A pod on that bridge: eth0 with its address, and routes by the bridge's. */
export const buildBridgePod = (pod: Pod, node: string, nodeLinks: Netns['links'], config: BridgeConfig): Netns => {
  const id = podKey(pod);
  const netns = createNetns(id, 'pod');
  const origin = podOrigin(config.plugin, pod);
  const about = config.macAssumed ? { ...origin, ...MAC_ASSUMED } : origin;
  const ifname = vethName(pod);
  const ifindex = nodeLinks.find((link) => link.ifname === ifname)?.ifindex;
  netns.addLink({
    kind: 'veth',
    ifname: 'eth0',
    mtu: config.mtu,
    up: true,
    address: macOf(config, pod.ips, `eth0 ${id}`),
    peer: { netns: node, ifname, ...(ifindex !== undefined && { ifindex }) },
    origin: about,
  });
  const families = new Map<Family, Ip>();
  for (const ip of pod.ips) {
    const subnet = subnetOf(config, ip);
    if (!subnet) continue;
    netns.addAddress('eth0', ip, subnet.len, { origin });
    families.set(familyOf(ip), firstHostOf(subnet));
  }
  for (const [family, gateway] of families)
    for (const dst of [...config.podRoutes.filter((p) => familyOf(p.addr) === family), defaultPrefix(family)])
      netns.addRoute({ dst, nexthops: [{ dev: 'eth0', gateway }], origin });
  netns.sysctls['net.ipv4.conf.eth0.arp_notify'] = 1;
  return netns;
};
