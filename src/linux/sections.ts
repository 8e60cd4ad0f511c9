import { familyOf, formatIp } from '../net/ip.ts';
import type { SectionDoc } from './document.ts';
import type { Netns, UdpTunnelDaemon } from './netns.ts';
import type { OverlaySwitch } from './overlay.ts';
import { printAddresses } from './print/address.ts';
import { printEbtables } from './print/ebtables.ts';
import { printFdbs } from './print/fdb.ts';
import { printIpSets } from './print/ipset.ts';
import { printTables } from './print/iptables-save.ts';
import { listIpvs } from './print/ipvs.ts';
import { printLink } from './print/link.ts';
import { printNeighbours } from './print/neigh.ts';
import { printNftRuleset } from './print/nft.ts';
import { printRoutes } from './print/route.ts';
import { printRules } from './print/rule.ts';
import { printSysctls } from './print/sysctl.ts';
import { printWireguard } from './print/wireguard.ts';
import { tableName } from './print/words.ts';
import { printXfrms } from './print/xfrm.ts';
import { RT_TABLE } from './route.ts';
import { routesByTable } from './route-tables.ts';

type Section = { readonly title: string; readonly command: string; readonly lines: readonly string[] };

const textLines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

const links = (netns: Netns): readonly Section[] => [
  { title: 'Links and addresses', command: 'ip addr', lines: printAddresses(netns) },
  ...netns.links
    .filter((link) => link.kind === 'vxlan' || link.kind === 'ipip' || link.kind === 'openvswitch')
    .map((link) => ({
      title: `${link.kind === 'openvswitch' ? 'Datapath' : 'Tunnel'} ${link.ifname}`,
      command: `ip -d link show dev ${link.ifname}`,
      lines: printLink(link, netns),
    })),
  ...netns.links.flatMap((link) =>
    link.kind === 'wireguard'
      ? [{ title: `WireGuard ${link.ifname}`, command: `wg showconf ${link.ifname}`, lines: printWireguard(link) }]
      : [],
  ),
];

const routes = (netns: Netns): readonly Section[] => {
  // An IPv6 that holds nothing but ::1 is on every machine, and says nothing.
  const families = netns.addresses.some(({ local }) => familyOf(local) === 6 && local !== 1n) ? [4, 6] : [4];
  return routesByTable(netns)
    .filter(({ family }) => families.includes(family))
    .map(({ family, table }) => ({
      title: `Routes, table ${tableName(table)}${family === 6 ? ', IPv6' : ''}`,
      command: `ip ${family === 6 ? '-6 ' : ''}route${table === RT_TABLE.main ? '' : ` show table ${tableName(table)}`}`,
      lines: printRoutes(netns, table, family),
    }));
};

// The three stock rules, two for IPv6, are left out while nobody added to them.
const rules = (netns: Netns): readonly Section[] =>
  ([4, 6] as const).flatMap((family) => {
    const lines = printRules(netns, family);
    const stock = family === 4 ? 3 : 2;
    const command = family === 4 ? 'ip rule' : 'ip -6 rule';
    return lines.length > stock ? [{ title: `Policy rules${family === 6 ? ', IPv6' : ''}`, command, lines }] : [];
  });

const daemon = (one: UdpTunnelDaemon): Section => ({
  title: `${one.name} on ${one.tun}, udp ${formatIp(one.local)}:${one.port}`,
  command: one.lookup,
  lines: one.routes.map(({ line }) => line),
});

const overlay = (one: OverlaySwitch): Section => ({
  title: `${one.daemon} on ${one.port}: connections to its peers`,
  command: one.command,
  lines: one.connections.map(({ line }) => line),
});

const virtualServers = ({ ipvs }: Netns): readonly string[] => (ipvs ? listIpvs(ipvs.servers) : []);

/** The namespace as the blocks of text that the real commands would print; empty ones are left out. */
export const sectionsOf = (netns: Netns): SectionDoc[] => {
  const all: readonly Section[] = [
    ...links(netns),
    ...rules(netns),
    ...routes(netns),
    { title: 'Neighbours', command: 'ip neigh', lines: printNeighbours(netns) },
    { title: 'Proxied neighbours', command: 'ip neigh show proxy', lines: printNeighbours(netns, true) },
    { title: 'Forwarding entries', command: 'bridge fdb', lines: printFdbs(netns) },
    ...netns.daemons.map(daemon),
    ...(netns.overlays ?? []).map(overlay),
    { title: 'IPsec policies', command: 'ip xfrm policy', lines: printXfrms(netns) },
    { title: 'iptables', command: 'iptables-save', lines: textLines(printTables(netns.tables, 'ip')) },
    { title: 'ip6tables', command: 'ip6tables-save', lines: textLines(printTables(netns.tables, 'ip6')) },
    {
      title: 'nftables',
      command: 'nft list ruleset',
      lines: printNftRuleset(netns.tables, netns.ipsets).split('\n').slice(0, -1),
    },
    { title: 'ebtables', command: 'ebtables-save', lines: printEbtables(netns.tables) },
    { title: 'IP sets', command: 'ipset save', lines: printIpSets(netns.ipsets) },
    { title: 'Virtual servers', command: 'ipvsadm -Ln', lines: virtualServers(netns) },
    { title: 'Sysctls', command: 'sysctl -a', lines: printSysctls(netns) },
  ];
  return all
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, command, lines }) => ({ title, command, lines: [...lines] }));
};
