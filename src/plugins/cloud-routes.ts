import type { Cloud, CloudRoute } from '../fabric/cloud.ts';
import { originAt } from '../linux/origin.ts';
import type { FabricRoute, FabricSpec } from '../model/cluster.ts';
import { formatIp } from '../net/ip.ts';
import { covers, defaultPrefix, familyOfPrefix, formatPrefix, type Prefix, parsePrefix } from '../net/prefix.ts';

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

/** The routes that a cloud network has by itself, and by what it is joined with. */
export const systemRoutes = (
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

/** Routes as the input states them. */
export const userRoutes = (cloud: CloudName, routes: readonly FabricRoute[]): readonly CloudRoute[] =>
  routes.map(({ dst, via, place }) => {
    const hop = typeof via === 'string' ? ({ to: via } as const) : ({ to: 'port', ip: via } as const);
    return cloudRoute(cloud, dst, hop, { origin: originAt({ kind: 'Fabric', name: 'routes' }, place) });
  });
