import type { Cloud, CloudEdge, CloudRoute, CloudSubnet, FabricFilter } from '../fabric/fabric.ts';
import { originAt } from '../linux/origin.ts';
import type { FabricRoute, FabricSpec } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { formatIp } from '../net/ip.ts';
import { covers, defaultPrefix, familyOfPrefix, formatPrefix, type Prefix, parsePrefix } from '../net/prefix.ts';
import { securityGroup, tagsOf } from './security.ts';

export type CloudName = Cloud['name'];

/** How a cloud's tool shows an entry of the table that decides. */
const lineOf = (cloud: CloudName, dst: Prefix, hop: CloudRoute['nexthop'], system: boolean, name?: string): string => {
  const range = formatPrefix(dst);
  switch (cloud) {
    // az network nic show-effective-route-table -o table
    case 'azure': {
      if (hop.to === 'platform') return `${range}  the platform's own services, whatever the route table says`;
      const types = {
        port: 'VirtualAppliance',
        vnet: 'VnetLocal',
        internet: 'Internet',
        none: 'None',
        peer: 'VNetPeering',
        gateway: 'VirtualNetworkGateway',
      } as const;
      const ip = hop.to === 'port' ? `  ${formatIp(hop.ip)}` : '';
      return `${system ? 'Default' : 'User'}  Active  ${range}  ${types[hop.to]}${ip}${name ? `  (${name})` : ''}`;
    }
    // aws ec2 describe-route-tables --output text
    case 'aws': {
      const targets = { port: name ?? '', vnet: 'local', internet: 'igw', none: 'blackhole' };
      const target = { ...targets, peer: 'pcx', gateway: 'vgw', platform: 'local' }[hop.to];
      return `ROUTES  ${range}  ${target}  ${system ? 'CreateRouteTable' : 'CreateRoute'}  active`;
    }
    // gcloud compute routes list
    case 'gcp': {
      const targets = { port: name ?? '', vnet: 'default', internet: 'default-internet-gateway', none: 'blackhole' };
      const target = { ...targets, peer: 'peering', gateway: 'vpn', platform: 'default' }[hop.to];
      return `${name ?? 'default-route'}  default  ${range}  ${target}  ${hop.to === 'vnet' ? 0 : 1000}`;
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

/** DHCP, DNS and the agent's endpoint; and the metadata service (Microsoft: network-security-groups-overview). */
const AZURE_PLATFORM = ['168.63.129.16/32', '169.254.169.254/32'].flatMap((p) => parsePrefix(p) ?? []);

const systemRoutes = (
  cloud: CloudName,
  vnet: readonly Prefix[],
  spec: FabricSpec | undefined,
): readonly CloudRoute[] => {
  const system = (dst: Prefix, nexthop: CloudRoute['nexthop'], name?: string) =>
    cloudRoute(cloud, dst, nexthop, { system: true, ...(name !== undefined && { name }) });
  const families = new Set(vnet.map(familyOfPrefix));
  const peered = (spec?.peerings ?? []).flatMap(({ name, prefixes }) =>
    prefixes.map((dst) => system(dst, { to: 'peer', name }, name)),
  );
  // The network's own routes and those of peerings go before whatever a gateway learns (virtual-networks-udr-overview).
  const joined = [...vnet, ...peered.map(({ dst }) => dst)];
  const learned = (spec?.onPremises ?? []).filter((dst) => !joined.some((prefix) => covers(prefix, dst)));
  // Of routes to one range, the first counts.
  return [
    ...vnet.map((dst) => system(dst, { to: 'vnet' })),
    ...[...families].map((family) => system(defaultPrefix(family), { to: 'internet' })),
    ...peered,
    ...learned.map((dst) => system(dst, { to: 'gateway' })),
    ...(cloud === 'azure' ? AZURE_NONE : [])
      .filter((range) => !vnet.some((prefix) => covers(prefix, range)))
      .map((dst) => system(dst, { to: 'none' })),
    ...(cloud === 'azure' ? AZURE_PLATFORM : []).map((dst) => system(dst, { to: 'platform' })),
  ];
};

/** The MAC that answers every ARP request. Azure's is in the reference, unverified; the others stand for the fabric. */
const ARP_MAC: Readonly<Record<CloudName, string>> = {
  azure: '12:34:56:78:9a:bc',
  aws: '0a:00:00:00:00:01',
  gcp: '42:01:00:00:00:01',
};

const azureDrops = (line: string, filter: Omit<FabricFilter, 'action' | 'line' | 'origin'>): FabricFilter => ({
  ...filter,
  action: 'deny',
  line,
  origin: { kind: 'Fabric', name: 'azure' },
});

/** Azure carries TCP, UDP and ICMP only, and no DHCP of others (Microsoft: virtual-networks-faq). */
const AZURE_FILTERS: readonly FabricFilter[] = [
  azureDrops('Azure drops IP-in-IP packets', { protocol: 'ipip' }),
  azureDrops('Azure drops GRE packets', { protocol: 'gre' }),
  azureDrops('Azure keeps UDP 67 and 68 for its own DHCP', { protocol: 'udp', dport: [67, 68] }),
];

/** Entries that a route table may hold by default: Azure (azure-virtual-network-limits), AWS (kubernetes PR 25614). */
export const ROUTE_LIMIT: Readonly<Partial<Record<CloudName, number>>> = { azure: 400, aws: 50 };

/** Routes as the input states them. */
const userRoutes = (cloud: CloudName, routes: readonly FabricRoute[]): readonly CloudRoute[] =>
  routes.map(({ dst, via, place }) => {
    const hop = typeof via === 'string' ? ({ to: via } as const) : ({ to: 'port', ip: via } as const);
    return cloudRoute(cloud, dst, hop, { origin: originAt({ kind: 'Fabric', name: 'routes' }, place) });
  });

const OUTBOUND = {
  loadBalancer: ['primary', "outbound by the load balancer's public address, for the first address of a NIC"],
  natGateway: ['all', "outbound by the NAT gateway's public address"],
  userDefinedRouting: ['all', 'outbound by what the route table says'],
  none: ['none', 'nothing translates for the internet'],
} as const;

/** How addresses of NICs get to the internet. */
const edgeOf = (outbound: FabricSpec['outbound'], plugins: OutboundType | undefined): CloudEdge | undefined => {
  const type = outbound?.type ?? plugins;
  if (type === undefined) return undefined;
  const [translates, line] = OUTBOUND[type];
  const ips = outbound?.ips ?? [];
  return { by: type, translates, ips, line, origin: originAt({ kind: 'Fabric', name: 'outbound' }, outbound?.place) };
};

export type OutboundType = NonNullable<FabricSpec['outbound']>['type'];

export type CloudOptions = {
  /** The ranges of the virtual network. */
  readonly vnet: readonly Prefix[];
  /** The routes of a controller, which what the user states replaces. */
  readonly made: readonly CloudRoute[];
  /** Routes that hold for NICs of an overlay only. */
  readonly overlay?: readonly CloudRoute[];
  readonly filters: readonly FabricFilter[];
  /** How the plugin's clusters reach the internet by default, where that is known. */
  readonly outbound?: OutboundType | undefined;
};

/** A cloud network, as the input and the plugin have it. */
export const createCloud = (
  name: CloudName,
  spec: FabricSpec | undefined,
  { vnet, made, overlay = [], filters, outbound }: CloudOptions,
): { readonly cloud: Cloud; readonly problems: readonly Problem[] } => {
  const limit = spec?.routeLimit ?? ROUTE_LIMIT[name];
  const routes = spec?.routes ? userRoutes(name, spec.routes) : made;
  const joined = [...(spec?.peerings ?? []).flatMap(({ prefixes }) => prefixes), ...(spec?.onPremises ?? [])];
  const tables = (spec?.subnets ?? []).map((subnet) => subnet.routes && userRoutes(name, subnet.routes));
  const user = [...routes, ...tables.flatMap((table) => table ?? [])]
    .map(({ dst }) => dst)
    .filter(({ len }) => len > 0);
  const tags = tagsOf([...vnet, ...joined, ...user, ...overlay.map(({ dst }) => dst)]);
  const problems: Problem[] = [];
  const subnets = (spec?.subnets ?? []).map((subnet, i): CloudSubnet => {
    const group = subnet.nsg && securityGroup(subnet.name, subnet.nsg, tags);
    problems.push(...(group?.problems ?? []));
    const table = tables[i];
    const { name: called, prefixes } = subnet;
    return { name: called, prefixes, ...(table && { routes: table }), ...(group && { rules: group.rules }) };
  });
  const edge = edgeOf(spec?.outbound, outbound);
  const cloud: Cloud = {
    name,
    arpMac: ARP_MAC[name],
    ttlDecrement: spec?.ttlDecrement ?? false,
    routes: [...routes, ...overlay, ...systemRoutes(name, vnet, spec)],
    filters: [...filters, ...(name === 'azure' ? AZURE_FILTERS : [])],
    ...(limit !== undefined && { routeLimit: limit }),
    vnet,
    ...(subnets.length > 0 && { subnets }),
    ...(edge && { edge }),
  };
  return { cloud, problems };
};
