import type { World } from '../../src/fabric/world.ts';
import type { Link } from '../../src/linux/link.ts';
import type { FdbEntry, Neigh } from '../../src/linux/neigh.ts';
import type { Table } from '../../src/linux/netfilter.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { ACCEPT, iif, rule } from '../../src/linux/rules.ts';
import { type Cluster, podKey } from '../../src/model/cluster.ts';
import type { Ip } from '../../src/net/ip.ts';
import type { Mac } from '../../src/net/mac.ts';
import type { Plan } from '../../src/plugins/plugin.ts';

// A kernel without Open vSwitch can stand in for Weave's datapath: a second Linux bridge of the same name with the same two ports, whose
// vxlan device knows by fixed entries which node each MAC is behind. What Weave asks by ARP across the overlay is entered by hand.

type Station = { readonly mac: Mac; readonly ip: Ip; readonly node: string };

const stationsOf = (cluster: Cluster, world: World): readonly Station[] => {
  const at = (id: string, dev: string, node: string): Station[] => {
    const netns = world.netns(id);
    const mac = netns?.links.find(({ ifname }) => ifname === dev)?.address;
    const ip = netns?.addresses.find((address) => address.dev === dev)?.local;
    return mac !== undefined && ip !== undefined ? [{ mac, ip, node }] : [];
  };
  return [
    ...cluster.nodes.flatMap(({ name }) => at(name, 'weave', name)),
    ...cluster.pods.flatMap((pod) => (pod.hostNetwork ? [] : at(podKey(pod), 'eth0', pod.node ?? ''))),
  ];
};

const VXLAN_MTU = 1450;

// br_netfilter shows a bridge's frames to iptables and to conntrack, and a datapath's frames are shown to nobody.
const untracked: Table = {
  tool: 'iptables',
  family: 'ip',
  name: 'raw',
  chains: [
    {
      name: 'PREROUTING',
      base: { type: 'filter', hook: 'prerouting', priority: -300, policy: 'ACCEPT' },
      rules: [rule([iif('datapath')], { target: 'NOTRACK' })],
    },
  ],
};

const unfiltered = (table: Table): Table => ({
  ...table,
  chains: table.chains.map((chain) => (chain.name === 'FORWARD' ? { ...chain, rules: [rule([iif('datapath')], ACCEPT), ...chain.rules] } : chain)),
});

const linkOf = (link: Link, local: Ip): Link => {
  if (link.kind === 'openvswitch') return { ...link, kind: 'bridge' };
  if (link.kind !== 'vxlan') return link;
  const { external: _, ...plain } = link;
  return { ...plain, id: 1, local, dev: 'eth0', mtu: VXLAN_MTU };
};

const standInNode = (netns: Netns, stations: readonly Station[], peers: ReadonlyMap<string, Ip>): Netns => {
  const { overlays: _, ...rest } = netns;
  const local = peers.get(netns.id)!;
  const far = stations.filter(({ node }) => node !== netns.id);
  const behind = far.flatMap(({ mac, node }): FdbEntry[] => [
    { mac, ifname: 'vxlan-6784', dst: peers.get(node)!, state: 'permanent' },
    { mac, ifname: 'vxlan-6784', master: 'datapath', state: 'static' },
    { mac, ifname: 'vethwe-bridge', master: 'weave', state: 'static' },
  ]);
  return {
    ...rest,
    links: netns.links.map((link) => linkOf(link, local)),
    fdb: [...netns.fdb, ...behind],
    tables: [...netns.tables.map((table) => (table.name === 'filter' && table.family === 'ip' ? unfiltered(table) : table)), untracked],
    neighbours: [...netns.neighbours, ...far.map(({ ip, mac }): Neigh => ({ dst: ip, dev: 'weave', lladdr: mac, state: 'permanent' }))],
  };
};

const standInPod = (netns: Netns, stations: readonly Station[], home: string): Netns => ({
  ...netns,
  neighbours: stations.filter(({ node }) => node !== home).map(({ ip, mac }): Neigh => ({ dst: ip, dev: 'eth0', lladdr: mac, state: 'permanent' })),
});

/** The plan with its overlay replaced; everything else is what the plugin built. */
export const withStandIn = (plan: Plan): Plan => {
  const { cluster, world } = plan;
  const stations = stationsOf(cluster, world);
  const peers = new Map(cluster.nodes.map(({ name, ips }) => [name, ips[0]!]));
  const homes = new Map(cluster.pods.map((pod) => [podKey(pod), pod.hostNetwork ? '' : (pod.node ?? '')]));
  const { overlay: _, ...fabric } = world.fabric;
  const built = new Map<string, Netns | undefined>();
  const netns = (id: string): Netns | undefined => {
    if (!built.has(id)) {
      const own = world.netns(id);
      const home = homes.get(id);
      built.set(id, own && (peers.has(id) ? standInNode(own, stations, peers) : home ? standInPod(own, stations, home) : own));
    }
    return built.get(id);
  };
  return { ...plan, world: { fabric, netns } };
};
