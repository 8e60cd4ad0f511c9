import type { RouteSpec } from '../../linux/build.ts';
import type { Node } from '../../model/cluster.ts';
import type { Ip } from '../../net/ip.ts';
import { contains, hostPrefix, type Prefix, prefixOf } from '../../net/prefix.ts';
import { nodeOrigin } from '../origin.ts';
import { learns } from './bgp.ts';
import { FELIX_PROTO, METRIC, OVERHEAD } from './defaults.ts';
import type { Pool } from './pools.ts';
import { addressOf, blocksOf, type Self } from './site.ts';
import { vxlanDev } from './tunnels.ts';

/** IPv4NormalRoutePriority, from v3.32 on. IPv6 routes have the kernel's own 1024. */
export const metric = ({ config }: Pick<Self, 'config'>, family: 4 | 6): Pick<RouteSpec, 'metric'> =>
  family === 4 && config.since(3, 32) ? { metric: METRIC } : {};

// A test of this node's own mask, not of who is on the wire (felix/calc/l3_route_resolver.go; bird: bgp_next_hop ~ the node's CIDR).
const sameSubnet = ({ nic }: Self, far: Ip): boolean => nic.ips.some(({ ip, len }) => contains(prefixOf(ip, len), far));

/** The way to a block or a borrowed address of another node. */
const routeTo = (self: Self, dst: Prefix, pool: Pool, owner: Node): RouteSpec | undefined => {
  const { nic, config, ipam } = self;
  const { family, encapsulation } = pool;
  const far = addressOf(owner, family);
  if (far === undefined) return undefined;
  const origin = nodeOrigin('calico', owner);
  const direct = encapsulation === 'none' || (encapsulation.endsWith('cross-subnet') && sameSubnet(self, far));
  if (encapsulation.startsWith('vxlan')) {
    if (direct) return { dst, nexthops: [{ dev: nic.dev, gateway: far, onlink: true }], protocol: FELIX_PROTO, origin };
    const vtep = ipam.tunnels.get(owner.name)?.[family === 4 ? 'vxlan' : 'vxlan6'];
    if (vtep === undefined) return undefined;
    const mtu = nic.mtu - (family === 4 ? OVERHEAD.vxlan : OVERHEAD.vxlan6);
    const dev = vxlanDev(family);
    return { dst, nexthops: [{ dev, gateway: vtep, onlink: true }], ...(config.since(3, 31) && { mtu }), origin };
  }
  if (!learns(config, self.draft.node.name, owner.name)) return undefined;
  const bird = { dst, protocol: 'bird', origin, ...metric(self, family) };
  if (!direct) return { ...bird, nexthops: [{ dev: 'tunl0', gateway: far, onlink: true }] };
  // `gateway recursive`: what is on no link is reached by the way to it, which is the default route's.
  const gateway = sameSubnet(self, far) ? far : nic.gateways.find((ip) => typeof ip === typeof far);
  return gateway === undefined ? undefined : { ...bird, nexthops: [{ dev: nic.dev, gateway }] };
};

/** Routes to what other nodes have, and a blackhole for what of the own blocks no pod has. */
export const addRoutes = (self: Self): void => {
  const { draft, ipam, nodes } = self;
  const { netns, node } = draft;
  const own = nodeOrigin('calico', node);
  for (const { cidr, pool } of blocksOf(self, node.name)) {
    if (cidr.len === hostPrefix(cidr.addr).len) continue;
    const protocol = pool.encapsulation.startsWith('vxlan') ? FELIX_PROTO : 'bird';
    netns.addRoute({ type: 'blackhole', dst: cidr, nexthops: [], protocol, origin: own });
  }
  const byName = new Map(nodes.map((one) => [one.name, one]));
  const others = [
    ...ipam.blocks.map(({ cidr, pool, node: owner }) => ({ dst: cidr, pool, owner })),
    ...ipam.borrowed.map(({ ip, pool, node: owner }) => ({ dst: hostPrefix(ip), pool, owner })),
  ];
  for (const { dst, pool, owner } of others) {
    const home = owner === node.name ? undefined : byName.get(owner);
    const route = home && routeTo(self, dst, pool, home);
    if (route) netns.addRoute(route);
  }
};
