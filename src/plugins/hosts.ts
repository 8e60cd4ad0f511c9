import type { Port } from '../fabric/fabric.ts';
import { createNetns } from '../linux/build.ts';
import type { Table } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { type Origin, originAt } from '../linux/origin.ts';
import { ACCEPT, createRules, dst, oif, rule } from '../linux/rules.ts';
import type { Cluster, FabricHost } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { familyOf, formatIp, type Ip } from '../net/ip.ts';
import { contains, defaultPrefix, firstHostOf, type Prefix, parsePrefix } from '../net/prefix.ts';
import { stableMac } from './naming.ts';
import type { Segments } from './segments.ts';

/** A machine in the fabric that is no node: where it plugs in. */
type PlannedHost = { readonly segment: string; readonly port: Port };

export type Hosts = {
  readonly list: readonly PlannedHost[];
  /** The namespace of the machine with this id. */
  readonly build: (id: string) => Netns | undefined;
  readonly problems: readonly Problem[];
};

/** The namespace of a machine that is no node. */
export const hostId = ({ name }: Pick<FabricHost, 'name'>): string => `fabric/${name}`;

const ETHERNET = 1500;

/** Azure Firewall translates what goes to none of these (RFC 1918 and RFC 6598); assumed of other appliances. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].flatMap(
  (text) => parsePrefix(text) ?? [],
);

const masqueradeTables = (origin: Origin): readonly Table[] => {
  const rules = createRules(4);
  const about = {
    ...origin,
    known: 'assumed',
    note: 'the appliance lets the packet pass, under its own address to public ones',
  } as const;
  for (const range of PRIVATE) rules.append('nat', 'POSTROUTING', rule([dst(range)], ACCEPT, { origin: about }));
  rules.append('nat', 'POSTROUTING', rule([oif('eth0')], { target: 'MASQUERADE' }, { origin: about }));
  return rules.tables();
};

/**
 * Plugs in the machines of `fabric.hosts`: in the segment whose range an address of it lies in; in a cloud, in any subnet of the virtual
 * network.
 */
export const planHosts = ({ fabric, subnets }: Cluster, segments: Segments, vnet: readonly Prefix[]): Hosts => {
  const ranged = segments.list.flatMap((segment) =>
    segment.prefixes.map((prefix, i) => ({ segment, prefix, gateway: segment.gateways[i] })),
  );
  const declared = (fabric?.subnets ?? []).flatMap(({ prefixes }) => prefixes);
  const around = [...declared, ...subnets.pods, ...vnet].toSorted((a, b) => b.len - a.len);
  const placeOf = (ip: Ip): { readonly segment: string; readonly len: number; readonly gateway: Ip } | undefined => {
    const own = ranged.find(({ prefix }) => contains(prefix, ip));
    const subnet = declared.find((prefix) => contains(prefix, ip));
    if (own) return { segment: own.segment.name, len: own.prefix.len, gateway: own.gateway ?? firstHostOf(own.prefix) };
    const range = vnet.some((prefix) => contains(prefix, ip))
      ? (subnet ?? around.find((one) => contains(one, ip)))
      : undefined;
    const [first] = segments.list;
    return range && first && { segment: first.name, len: range.len, gateway: firstHostOf(range) };
  };
  const known = (fabric?.hosts ?? []).map((host) => ({ host, place: placeOf(host.ips[0] ?? 0) }));
  const macOf = (host: FabricHost) => stableMac(`host ${host.name}`);
  const build = (host: FabricHost, segment: string): Netns => {
    const netns = createNetns(hostId(host), 'external');
    const origin = originAt({ kind: 'Fabric', name: host.name }, host.place);
    netns.addLink({ kind: 'physical', ifname: 'eth0', mtu: ETHERNET, up: true, segment, address: macOf(host), origin });
    if (host.ipForwarding) netns.sysctls['net.ipv4.ip_forward'] = 1;
    if (host.masquerade) netns.tables.push(...masqueradeTables(origin));
    for (const ip of host.ips) {
      const at = placeOf(ip);
      if (!at) continue;
      netns.addAddress('eth0', ip, at.len, { origin });
      netns.addRoute({ dst: defaultPrefix(familyOf(ip)), nexthops: [{ dev: 'eth0', gateway: at.gateway }], origin });
    }
    return netns;
  };
  const byId = new Map(known.flatMap(({ host, place }) => (place ? [[hostId(host), { host, place }] as const] : [])));
  return {
    list: known.flatMap(({ host, place }) => {
      if (!place) return [];
      const origin = originAt({ kind: 'Fabric', name: host.name }, host.place);
      const forwarding = host.ipForwarding ?? false;
      const port = { netns: hostId(host), dev: 'eth0', mac: macOf(host), ips: host.ips, forwarding, origin };
      return [{ segment: place.segment, port }];
    }),
    build: (id) => {
      const found = byId.get(id);
      return found && build(found.host, found.place.segment);
    },
    problems: known.flatMap(({ host, place }) => {
      if (place || host.ips.length === 0) return [];
      const message = `fabric: ${host.name} ${host.ips.map(formatIp).join(', ')} is in no subnet of the network between the nodes`;
      const hint = 'name its range: fabric.vnet, or fabric.subnets';
      return [{ severity: 'warning', code: 'FABRIC_HOST_STRAY', message, place: host.place, hint }];
    }),
  };
};
