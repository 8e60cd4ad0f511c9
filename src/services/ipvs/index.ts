import { kernelRoutes } from '../../linux/build.ts';
import type { Address, Link } from '../../linux/link.ts';
import type { Netns } from '../../linux/netns.ts';
import type { Ip } from '../../net/ip.ts';
import { macFromIp } from '../../net/mac.ts';
import { hostPrefix } from '../../net/prefix.ts';
import { KUBE_PROXY } from '../kube-chains.ts';
import { memo } from '../memo.ts';
import { mergeTables } from '../merge.ts';
import type { ProxySite } from '../types.ts';
import { ipvsChains } from './chains.ts';
import { createSets } from './ipsets.ts';
import { boundAddresses, createIpvs } from './servers.ts';

const DEVICE = 'kube-ipvs0';

const SYSCTLS = {
  'net.ipv4.vs.conntrack': 1,
  'net.ipv4.vs.expire_nodest_conn': 1,
  'net.ipv4.vs.expire_quiescent_template': 1,
  'net.ipv4.ip_forward': 1,
};
// Without these every node answers ARP for the addresses of all load balancers.
const STRICT_ARP = { 'net.ipv4.conf.all.arp_ignore': 1, 'net.ipv4.conf.all.arp_announce': 2 };

// Made and never brought up: its addresses are local all the same.
const withDevice = (netns: Netns, primary: Ip): readonly Link[] => {
  if (netns.links.some(({ ifname }) => ifname === DEVICE)) return netns.links;
  const ifindex = Math.max(0, ...netns.links.map((link) => link.ifindex)) + 1;
  const device: Link = {
    kind: 'dummy',
    ifname: DEVICE,
    ifindex,
    mtu: 1500,
    up: false,
    address: macFromIp('2e:00', primary),
    noarp: true,
    origin: KUBE_PROXY,
  };
  return [...netns.links, device];
};

type Bound = Pick<Netns, 'addresses' | 'routes'>;

const boundTo = (site: ProxySite): Bound => {
  const addresses = [...boundAddresses(site)].map(
    ([local, { origin }]): Address => ({
      dev: DEVICE,
      local,
      prefixlen: hostPrefix(local).len,
      scope: 'global',
      origin,
    }),
  );
  return { addresses, routes: addresses.flatMap((address) => kernelRoutes(address, [], false)) };
};

// Nodes differ in nothing but the external addresses that are their own.
const ownExternal = ({ table, family, node }: ProxySite): string =>
  table
    .exposed(family)
    .flatMap(({ externalIPs, vips }) => [...externalIPs, ...vips].filter((ip) => node.ips.includes(ip)))
    .join();

/**
 * What kube-proxy of Kubernetes 1.36 leaves on a node in ipvs mode, for one family (kubernetes pkg/proxy/ipvs/proxier.go): kube-ipvs0 with
 * the addresses of the Services, virtual servers, ipsets, chains and sysctls. Services come in the order of the input where kube-proxy
 * has them in none. One mode serves all nodes of a cluster, for they share most of it.
 */
export const createIpvsMode = (): ((site: ProxySite, netns: Netns) => Netns) => {
  const bound = new Map<string, Bound>();
  return (site, netns) =>
    addTo(
      site,
      netns,
      memo(bound, `${site.family} ${ownExternal(site)}`, () => boundTo(site)),
    );
};

const addTo = (site: ProxySite, netns: Netns, { addresses, routes }: Bound): Netns => {
  const sets = createSets(site);
  const merged = mergeTables(netns, site.family, ipvsChains(site, sets));
  return {
    ...merged,
    links: withDevice(netns, site.node.primary ?? 0),
    addresses: [...netns.addresses, ...addresses],
    routes: [...netns.routes, ...routes],
    ipsets: [...netns.ipsets, ...sets.all],
    ipvs: createIpvs(site, netns.ipvs),
    // What the input states was read from the node, after kube-proxy.
    sysctls: { ...SYSCTLS, ...(site.config.strictARP && STRICT_ARP), ...merged.sysctls },
  };
};

/** The same for one node alone. */
export const addIpvs = (site: ProxySite, netns: Netns): Netns => createIpvsMode()(site, netns);
