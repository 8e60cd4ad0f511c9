import type { Cloud, CloudRoute, FabricFilter } from '../fabric/fabric.ts';
import { originAt } from '../linux/origin.ts';
import type { FabricSpec } from '../model/cluster.ts';
import { formatIp } from '../net/ip.ts';
import { covers, defaultPrefix, familyOfPrefix, formatPrefix, type Prefix, parsePrefix } from '../net/prefix.ts';

export type CloudName = Cloud['name'];

/** How a cloud's tool shows an entry of the table that decides. */
const lineOf = (cloud: CloudName, dst: Prefix, hop: CloudRoute['nexthop'], system: boolean, name?: string): string => {
  const range = formatPrefix(dst);
  switch (cloud) {
    // az network nic show-effective-route-table -o table
    case 'azure': {
      const types = { port: 'VirtualAppliance', vnet: 'VnetLocal', internet: 'Internet', none: 'None' } as const;
      const ip = hop.to === 'port' ? `  ${formatIp(hop.ip)}` : '';
      return `${system ? 'Default' : 'User'}  Active  ${range}  ${types[hop.to]}${ip}${name ? `  (${name})` : ''}`;
    }
    // aws ec2 describe-route-tables --output text
    case 'aws': {
      const target = { port: name ?? '', vnet: 'local', internet: 'igw', none: 'blackhole' }[hop.to];
      return `ROUTES  ${range}  ${target}  ${system ? 'CreateRouteTable' : 'CreateRoute'}  active`;
    }
    // gcloud compute routes list
    case 'gcp': {
      const target = { port: name ?? '', vnet: 'default', internet: 'default-internet-gateway', none: 'blackhole' };
      return `${name ?? 'default-route'}  default  ${range}  ${target[hop.to]}  ${hop.to === 'vnet' ? 0 : 1000}`;
    }
  }
};

/** One entry of a cloud's table, with the line that the cloud's own tool prints for it. */
export const cloudRoute = (
  cloud: CloudName,
  dst: Prefix,
  nexthop: CloudRoute['nexthop'],
  more: Pick<CloudRoute, 'origin'> & { readonly system?: boolean; readonly name?: string } = {},
): CloudRoute => {
  const { system = false, name, origin } = more;
  return { dst, nexthop, system, line: lineOf(cloud, dst, nexthop, system, name), ...(origin && { origin }) };
};

/** Ranges that Azure drops unless the virtual network has them (Microsoft: virtual-networks-udr-overview). */
const AZURE_NONE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].flatMap(
  (p) => parsePrefix(p) ?? [],
);

const systemRoutes = (cloud: CloudName, vnet: readonly Prefix[]): readonly CloudRoute[] => {
  const system = (dst: Prefix, to: 'vnet' | 'internet' | 'none') => cloudRoute(cloud, dst, { to }, { system: true });
  const families = new Set(vnet.map(familyOfPrefix));
  return [
    ...vnet.map((prefix) => system(prefix, 'vnet')),
    ...[...families].map((family) => system(defaultPrefix(family), 'internet')),
    ...(cloud === 'azure' ? AZURE_NONE : [])
      .filter((range) => !vnet.some((prefix) => covers(prefix, range)))
      .map((range) => system(range, 'none')),
  ];
};

/** The MAC that answers every ARP request. Azure's is in the reference, unverified; the others stand for the fabric. */
const ARP_MAC: Readonly<Record<CloudName, string>> = {
  azure: '12:34:56:78:9a:bc',
  aws: '0a:00:00:00:00:01',
  gcp: '42:01:00:00:00:01',
};

/** Azure carries TCP, UDP and ICMP only (Microsoft: virtual-networks-faq). */
const AZURE_FILTERS: readonly FabricFilter[] = (['ipip', 'gre'] as const).map((protocol) => ({
  protocol,
  action: 'deny',
  line: `Azure drops ${protocol === 'ipip' ? 'IP-in-IP' : 'GRE'} packets`,
  origin: { kind: 'Fabric', name: 'azure' },
}));

/** Entries that a route table may hold by default: Azure (azure-virtual-network-limits), AWS (kubernetes PR 25614). */
export const ROUTE_LIMIT: Readonly<Partial<Record<CloudName, number>>> = { azure: 400, aws: 50 };

const userRoutes = (cloud: CloudName, spec: FabricSpec | undefined): readonly CloudRoute[] | undefined =>
  spec?.routes?.map(({ dst, via, place }) => {
    const hop = typeof via === 'string' ? ({ to: via } as const) : ({ to: 'port', ip: via } as const);
    return cloudRoute(cloud, dst, hop, { origin: originAt({ kind: 'Fabric', name: 'routes' }, place) });
  });

/**
 * A cloud network: what the user states of its routes replaces those that a controller would have made.
 * @param vnet the ranges of the virtual network
 * @param made the routes of the controller
 */
export const createCloud = (
  name: CloudName,
  vnet: readonly Prefix[],
  made: readonly CloudRoute[],
  spec: FabricSpec | undefined,
  stated: readonly FabricFilter[],
): Cloud => {
  const limit = spec?.routeLimit ?? ROUTE_LIMIT[name];
  return {
    name,
    arpMac: ARP_MAC[name],
    ttlDecrement: spec?.ttlDecrement ?? false,
    routes: [...(userRoutes(name, spec) ?? made), ...systemRoutes(name, vnet)],
    filters: [...stated, ...(name === 'azure' ? AZURE_FILTERS : [])],
    ...(limit !== undefined && { routeLimit: limit }),
  };
};
