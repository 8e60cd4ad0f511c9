import type { Chain, Table } from '../netfilter.ts';
import { printIptablesRule } from './iptables.ts';

const BUILTIN: Readonly<Record<string, readonly string[]>> = {
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
  raw: ['PREROUTING', 'OUTPUT'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
};

/** The order in which iptables-save walks the tables. */
export const TABLE_ORDER: readonly string[] = Object.keys(BUILTIN);

/** The chains that a table has from the start, in the order of iptables-save. */
export const builtinChains = (table: string): readonly string[] => BUILTIN[table] ?? [];

const byName = (a: Chain, b: Chain): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** One table of iptables-save: its chains with their policies, the rules, COMMIT. User chains stand in order of name. */
export const printTable = (table: Table): readonly string[] => {
  const names = builtinChains(table.name);
  const base = names.map((name): Chain => table.chains.find((chain) => chain.name === name) ?? { name, rules: [] });
  const user = table.chains.filter((chain) => !names.includes(chain.name)).toSorted(byName);
  return [
    `*${table.name}`,
    ...base.map((chain) => `:${chain.name} ${chain.base?.policy ?? 'ACCEPT'} [0:0]`),
    ...user.map((chain) => `:${chain.name} - [0:0]`),
    ...[...base, ...user].flatMap((chain) => chain.rules.map((rule) => printIptablesRule(table, chain, rule))),
    'COMMIT',
  ];
};

/** What iptables-save (`ip`) or ip6tables-save (`ip6`) prints, without its dated comments; iptables-restore reads it. */
export const printTables = (tables: readonly Table[], family: 'ip' | 'ip6'): string =>
  tables
    .filter((table) => table.tool === 'iptables' && table.family === family)
    .toSorted((a, b) => TABLE_ORDER.indexOf(a.name) - TABLE_ORDER.indexOf(b.name))
    .flatMap(printTable)
    .map((line) => `${line}\n`)
    .join('');
