import type { World } from '../fabric/world.ts';
import type { Netns } from '../linux/netns.ts';
import { sysctl } from '../linux/sysctl.ts';
import type { Cluster, Node } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
import type { ProxyMode } from '../model/service.ts';
import { type Family, familyOf } from '../net/ip.ts';
import { familyOfPrefix } from '../net/prefix.ts';
import { withBalancers } from './balancer/index.ts';
import { closedPorts } from './closed.ts';
import { resolveProxy } from './config.ts';
import { addKubelet } from './kube-chains.ts';
import { groupBy, once } from './memo.ts';
import { createServiceTable } from './table.ts';
import type { ProxyConfig, ProxySite, ServiceTable } from './types.ts';

/** Writes one family's state of a proxy mode into a node. */
type AddState = (site: ProxySite, netns: Netns) => Netns;

/** The modes of kube-proxy, each loaded when a cluster uses it. */
const modes: Readonly<Record<ProxyMode, () => Promise<AddState>>> = {
  iptables: async () => (await import('./iptables/index.ts')).addIptables,
  nftables: async () => (await import('./nftables/index.ts')).addNftables,
  ipvs: async () => (await import('./ipvs/index.ts')).createIpvsMode(),
};

/** Services as packets meet them. */
export type ServicesPlan = {
  readonly table: ServiceTable;
  /** Undefined: no kube-proxy. */
  readonly config: ProxyConfig | undefined;
  /** The plugin's world with what kube-proxy leaves on its nodes, and with the load balancers in front of them. */
  readonly world: World;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

const familiesOf = (node: Node): readonly Family[] =>
  ([4, 6] as const).filter((family) => node.ips.some((ip) => familyOf(ip) === family));

const siteOf = (node: Node, netns: Netns, family: Family, table: ServiceTable, config: ProxyConfig): ProxySite => ({
  table,
  config,
  family,
  node: {
    name: node.name,
    ...(node.zone !== undefined && { zone: node.zone }),
    ips: netns.addresses.flatMap(({ local, scope }) =>
      familyOf(local) === family && scope === 'global' ? [local] : [],
    ),
    primary: node.ips.find((ip) => familyOf(ip) === family),
    podCIDRs: node.podCIDRs.filter((cidr) => familyOfPrefix(cidr) === family),
    beLiberal: sysctl(netns, 'net.netfilter.nf_conntrack_tcp_be_liberal') !== 0,
  },
});

/** Adds kube-proxy to the nodes of a planned cluster; each node's rules are made when a packet first gets there. */
export const planServices = async (cluster: Cluster, world: World, mode?: ProxyMode): Promise<ServicesPlan> => {
  const table = createServiceTable(cluster);
  const { config, assumptions, problems } = resolveProxy(cluster, mode);
  const add = config && (await modes[config.mode]());
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  const hostPods = once(() =>
    groupBy(
      cluster.pods.filter(({ hostNetwork }) => hostNetwork),
      ({ node }) => (node === undefined ? [] : [node]),
    ),
  );
  const built = new Map<string, Netns | undefined>();
  const build = (id: string): Netns | undefined => {
    const netns = world.netns(id);
    const node = nodes.get(id);
    if (netns?.kind !== 'node' || !node || !add || !config) return netns;
    const served = familiesOf(node).reduce(
      (state, family) => add(siteOf(node, netns, family, table, config), addKubelet(state, family)),
      netns,
    );
    const checked = familiesOf(node).flatMap((family) => table.exposed(family));
    return { ...served, closed: closedPorts(hostPods().get(id) ?? [], checked) };
  };
  const proxied: World = {
    fabric: world.fabric,
    netns: (id) => {
      if (!built.has(id)) built.set(id, build(id));
      return built.get(id);
    },
  };
  return {
    table,
    config,
    world: withBalancers(cluster, table, proxied),
    assumptions,
    problems,
  };
};
