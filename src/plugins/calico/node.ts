import type { IpSet } from '../../linux/netfilter.ts';
import type { Netns } from '../../linux/netns.ts';
import type { Node, Pod } from '../../model/cluster.ts';
import { formatIp } from '../../net/ip.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { createNode } from '../node.ts';
import { addEndpoints } from './endpoints.ts';
import { addPods, buildPod } from './pods.ts';
import { addRoutes } from './routes.ts';
import { addStatic, setNames } from './rules.ts';
import { addressOf, nicOf, type Self, type Site, uses } from './site.ts';
import { addIpip, addVxlan } from './tunnels.ts';

const setsOf = (self: Self, family: 4 | 6): readonly IpSet[] => {
  const { config, nodes, draft } = self;
  const names = setNames(self, family);
  const pools = config.pools.filter((pool) => pool.family === family);
  const of = (some: readonly Node[]): readonly string[] =>
    some.flatMap((node) => addressOf(node, family) ?? []).map(formatIp);
  const net = (name: string, entries: readonly string[]): IpSet => ({ name, type: 'hash:net', family, entries });
  return [
    net(
      names.masq,
      pools.filter(({ natOutgoing }) => natOutgoing).map(({ cidr }) => formatPrefix(cidr)),
    ),
    net(
      names.pools,
      pools.map(({ cidr }) => formatPrefix(cidr)),
    ),
    ...(family === 4 && uses(config, 'ipip', 4) ? [net(names.hosts, of(nodes))] : []),
    ...(uses(config, 'vxlan', family)
      ? [net(names.vxlan, of(nodes.filter(({ name }) => name !== draft.node.name)))]
      : []),
  ];
};

/** Builds nodes: pods' veths and routes, tunnels, the way to other nodes' blocks, and Felix's chains. */
export const nodeBuilder =
  (site: Site) =>
  (node: Node): Netns => {
    const draft = createNode('calico', node, site.fabric.nics(node));
    const nic = nicOf(site, node);
    if (!nic) return draft.finish();
    const self: Self = { ...site, draft, nic };
    const pods = site.roster.podsOn(node.name);
    addIpip(self);
    for (const family of [4, 6] as const) addVxlan(self, family);
    addPods(self, pods);
    addRoutes(self);
    for (const family of new Set(site.config.pools.map((pool) => pool.family))) {
      addStatic(self, family);
      addEndpoints(self, pods, family);
      draft.netns.ipsets.push(...setsOf(self, family));
    }
    return draft.finish();
  };

/** Builds pods, which know their end of the veth by the node's. */
export const podBuilder =
  (netns: (id: string) => Netns | undefined) =>
  (pod: Pod, node: Node): Netns =>
    buildPod(pod, node.name, netns(node.name)?.links ?? []);
