import { iptablesBase } from '../linux/iptables-base.ts';
import type { Chain, NfRule, Table } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { printIptablesRule } from '../linux/print/iptables.ts';
import type { Family } from '../net/ip.ts';

/** What a program adds to one table of iptables. */
export type Addition = {
  readonly name: 'mangle' | 'nat' | 'filter';
  /** Chains of its own. May be a getter; `chain` then finds one without making the others. */
  readonly chains: readonly Chain[];
  readonly chain?: (name: string) => Chain | undefined;
  /** `iptables -N CHAIN` of those that are not there yet, empty. */
  readonly ensure?: readonly string[];
  /** `iptables -I CHAIN …` into built-in chains, in the order in which they are inserted: the last comes to stand first. */
  readonly inserts: readonly { readonly into: string; readonly rule: NfRule }[];
};

const isBase = (chain: Chain): boolean => chain.base !== undefined;

// `iptables -C || iptables -I`, rule by rule (EnsureRule of kubernetes pkg/util/iptables/iptables.go).
const withInserts = (table: Pick<Table, 'family' | 'name'>, bases: readonly Chain[], inserts: Addition['inserts']) => {
  const chains = new Map(bases.map((chain) => [chain.name, chain]));
  for (const { into, rule } of inserts) {
    const base = iptablesBase(table.name, into);
    const chain = chains.get(into) ?? { name: into, rules: [], ...(base && { base }) };
    const line = printIptablesRule(table, chain, rule);
    const there = chain.rules.some((one) => printIptablesRule(table, chain, one) === line);
    const first = chain.rules.filter(({ staysFirst }) => staysFirst).length;
    chains.set(into, there ? chain : { ...chain, rules: chain.rules.toSpliced(first, 0, rule) });
  }
  return [...chains.values()];
};

const lazyTable = (old: Table, bases: readonly Chain[], { chains, chain }: Lookup): Table => {
  const builtin = new Map(bases.map((one) => [one.name, one]));
  let all: readonly Chain[] | undefined;
  return {
    ...about(old),
    get chains() {
      all ??= joined(old, bases, chains());
      return all;
    },
    lazy: {
      bases,
      chain: (name) => builtin.get(name) ?? chain(name) ?? chainOf(old, name),
    },
  };
};

type Lookup = { readonly chains: () => readonly Chain[]; readonly chain: (name: string) => Chain | undefined };

// A spread would ask for all chains.
const about = ({ tool, family, name, sets, maps, comment }: Table): Omit<Table, 'chains' | 'lazy'> => ({
  tool,
  family,
  name,
  ...(sets && { sets }),
  ...(maps && { maps }),
  ...(comment !== undefined && { comment }),
});

const chainOf = (table: Table, name: string): Chain | undefined =>
  table.lazy ? table.lazy.chain(name) : table.chains.find((chain) => chain.name === name);

// EnsureChain of kubernetes pkg/util/iptables/iptables.go.
const ensured = (old: Table, names: readonly string[] = []): readonly Chain[] =>
  names.filter((name) => !chainOf(old, name)).map((name) => ({ name, rules: [] }));

const joined = (old: Table, bases: readonly Chain[], added: readonly Chain[]): readonly Chain[] => {
  const names = new Set(added.map((chain) => chain.name));
  return [...bases, ...old.chains.filter((chain) => !isBase(chain) && !names.has(chain.name)), ...added];
};

const mergeTable = (old: Table, addition: Addition): Table => {
  const bases = withInserts(old, old.lazy?.bases ?? old.chains.filter(isBase), addition.inserts);
  const empty = ensured(old, addition.ensure);
  const chains = () => [...empty, ...addition.chains];
  if (!old.lazy && !addition.chain) return { ...old, chains: joined(old, bases, chains()) };
  const find = addition.chain ?? ((name: string) => addition.chains.find((chain) => chain.name === name));
  return lazyTable(old, bases, { chains, chain: (name) => find(name) ?? empty.find((chain) => chain.name === name) });
};

/**
 * Adds chains and jumps to a node's iptables (6: ip6tables) tables. A chain that is there already under the name is flushed and
 * written anew, as iptables-restore does; a jump that is there already stays where it stands. Chains that are made only when
 * asked for stay unmade, on either side.
 */
export const mergeTables = (netns: Netns, family: Family, additions: readonly Addition[]): Netns => {
  const of = family === 4 ? 'ip' : 'ip6';
  const isOf = (table: Table, name: string) => table.tool === 'iptables' && table.family === of && table.name === name;
  const tables = [...netns.tables];
  for (const addition of additions) {
    const at = tables.findIndex((table) => isOf(table, addition.name));
    const old: Table = tables[at] ?? { tool: 'iptables', family: of, name: addition.name, chains: [] };
    const merged = mergeTable(old, addition);
    if (at < 0) tables.push(merged);
    else tables[at] = merged;
  }
  return { ...netns, tables };
};
