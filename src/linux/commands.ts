import { familyOf, formatIp } from '../net/ip.ts';
import type { Address } from './link.ts';
import { linkCommands } from './link-commands.ts';
import type { FdbEntry, Neigh } from './neigh.ts';
import type { Table } from './netfilter.ts';
import type { Netns, XfrmPolicy } from './netns.ts';
import { printEbtablesRule } from './print/ebtables.ts';
import { printIpSets } from './print/ipset.ts';
import { printTables } from './print/iptables-save.ts';
import { printIpvs } from './print/ipvs.ts';
import { printNftRuleset } from './print/nft.ts';
import { ipWord, words } from './print/words.ts';
import { xfrmLines } from './print/xfrm.ts';
import { routeCommands, ruleCommands } from './route-commands.ts';
import { sysctlCommands } from './sysctl-commands.ts';

/**
 * The real commands that make a namespace's state, in the order of the fields: links, sysctls, addresses and so on.
 * Left out is what the kernel adds by itself, and the making of veths and physical links, whose other end is elsewhere.
 */
export type SetupCommands = {
  readonly links: readonly string[];
  readonly sysctls: readonly string[];
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  readonly neighbours: readonly string[];
  readonly fdb: readonly string[];
  /** Input of `ipset restore`. */
  readonly ipsets: string;
  /** Input of iptables-restore; empty where there is no such table. */
  readonly iptables: string;
  readonly ip6tables: string;
  /** Input of `nft -f -`. */
  readonly nft: string;
  readonly ebtables: readonly string[];
  readonly xfrm: readonly string[];
  /** Input of `ipvsadm -R`. */
  readonly ipvs: string;
};

const byKernel = ({ dev, local }: Address): boolean => dev === 'lo' && (local === 0x7f000001 || local === 1n);

const addressCommand = (address: Address): string =>
  words(
    `ip${familyOf(address.local) === 6 ? ' -6' : ''} addr add ${formatIp(address.local)}/${address.prefixlen}`,
    address.broadcast !== undefined && `brd ${formatIp(address.broadcast)}`,
    `dev ${address.dev}`,
    address.scope !== 'global' && `scope ${address.scope}`,
    address.noprefixroute && 'noprefixroute',
    // Duplicate address detection would keep the address unusable for a second.
    familyOf(address.local) === 6 && 'nodad',
  );

const neighCommand = (neigh: Neigh): readonly string[] => {
  const dst = formatIp(neigh.dst);
  if (neigh.proxy) return [`ip neigh replace proxy ${dst} dev ${neigh.dev}`];
  // A failed entry is what resolution left behind; it comes by itself.
  if (neigh.state === 'failed' || neigh.lladdr === undefined) return [];
  return [`ip neigh replace ${dst} lladdr ${neigh.lladdr} dev ${neigh.dev} nud ${neigh.state}`];
};

const FDB_STATE = { permanent: 'permanent', static: 'static', learned: 'dynamic' } as const;

const fdbCommand = (entry: FdbEntry, netns: Netns): readonly string[] => {
  const link = netns.links.find((one) => one.ifname === entry.ifname);
  // The kernel enters each port's own address, and the bridge's.
  if (entry.master !== undefined && (entry.mac === link?.address || entry.master === entry.ifname)) return [];
  const where = entry.dst === undefined ? '' : `dst ${formatIp(entry.dst)}`;
  const verb = entry.master === undefined ? 'append' : 'replace';
  return [
    words(
      `bridge fdb ${verb} ${entry.mac} dev ${entry.ifname}`,
      where,
      entry.master === undefined ? 'self' : 'master',
      FDB_STATE[entry.state],
    ),
  ];
};

const ebtablesCommands = (table: Table): readonly string[] => {
  const tool = `ebtables -t ${table.name}`;
  return [
    ...table.chains
      .filter((chain) => !chain.base)
      .flatMap(({ name }) => [`${tool} -N ${name}`, `${tool} -P ${name} RETURN`]),
    ...table.chains.flatMap((chain) => (chain.base ? [`${tool} -P ${chain.name} ${chain.base.policy}`] : [])),
    ...table.chains.flatMap((chain) => chain.rules.map((rule) => `${tool} ${printEbtablesRule(chain, rule)}`)),
  ];
};

const xfrmCommand = (policy: XfrmPolicy): string =>
  `ip xfrm policy update ${xfrmLines(policy)
    .map((line) => line.trim())
    .join(' ')}`;

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** The commands for one namespace, without `ip netns exec`. */
export const setupCommands = (netns: Netns): SetupCommands => ({
  links: linkCommands(netns),
  sysctls: sysctlCommands(netns),
  addresses: netns.addresses.filter((address) => !byKernel(address)).map(addressCommand),
  routes: routeCommands(netns),
  rules: ruleCommands(netns),
  neighbours: netns.neighbours.flatMap(neighCommand),
  fdb: netns.fdb.flatMap((entry) => fdbCommand(entry, netns)),
  ipsets: text(printIpSets(netns.ipsets)),
  iptables: printTables(netns.tables, ipWord(4)),
  ip6tables: printTables(netns.tables, ipWord(6)),
  nft: printNftRuleset(netns.tables, netns.ipsets),
  ebtables: netns.tables.filter((table) => table.tool === 'ebtables').flatMap(ebtablesCommands),
  xfrm: netns.xfrm.map(xfrmCommand),
  ipvs: text(printIpvs(netns.ipvs?.servers ?? [])),
});

const input = (command: string, text: string): readonly string[] =>
  text === '' ? [] : [`${command} <<'END'\n${text}END`];

/** All of it as lines of a shell script, rule sets as here-documents. */
export const commandsOf = (netns: Netns): readonly string[] => {
  const setup = setupCommands(netns);
  return [
    ...setup.links,
    ...setup.sysctls,
    ...setup.addresses,
    ...setup.routes,
    ...setup.rules,
    ...setup.neighbours,
    ...setup.fdb,
    ...input('ipset restore', setup.ipsets),
    ...input('iptables-restore', setup.iptables),
    ...input('ip6tables-restore', setup.ip6tables),
    ...input('nft -f -', setup.nft),
    ...setup.ebtables,
    ...setup.xfrm,
    ...input('ipvsadm -R', setup.ipvs),
  ];
};
