import type { Cloud, CloudEdge, CloudRoute, CloudSubnet } from '../fabric/cloud.ts';
import type { FabricFilter } from '../fabric/fabric.ts';
import { originAt } from '../linux/origin.ts';
import type { FabricSpec } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import type { Prefix } from '../net/prefix.ts';
import { type CloudName, systemRoutes, userRoutes } from './cloud-routes.ts';
import { securityGroup, tagsOf } from './security.ts';

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
  const origin = originAt({ kind: 'Fabric', name: 'outbound' }, outbound?.place);
  const note = 'the internet sees a public address that the input does not state (fabric.outbound.ip)';
  return { by: type, translates, ips, line, origin: ips.length > 0 ? origin : { ...origin, known: 'assumed', note } };
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
