import type { Chain, Hook, Match, NftMapElement, Table, Target } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { askIpSet, type SetTest } from './ipset.ts';
import { memo } from './memo.ts';
import { askMap, askSet } from './nft-lookup.ts';
import type { Packet } from './packet.ts';

/** A base chain of a hook, with the table around it. */
export type Base = { readonly table: Table; readonly chain: Chain; readonly priority: number };

/** What a namespace's tables come to, looked up instead of searched: a node with 10,000 Services has 50,000 chains. */
export type NfIndex = {
  /** Base chains of a hook by priority; family `bridge` has ebtables' own. */
  readonly bases: (family: 4 | 6 | 'bridge', hook: Hook) => readonly Base[];
  readonly chain: (table: Table, name: string) => Chain | undefined;
  /** Whether a named nft set has the packet's key. */
  readonly inSet: (table: Table, set: string, key: string, packet: Packet) => boolean;
  /** The element of a named nft map. */
  readonly element: (table: Table, map: string, key: string) => NftMapElement | undefined;
  /** Whether an ipset has the packet; a set that is not there has none. */
  readonly inIpSet: (set: string, packet: Packet, dirs: readonly ('src' | 'dst')[]) => boolean;
  /** Whether conntrack's hooks are there: the kernel registers them with the first nat chain or rule that asks for the state. */
  readonly tracks: (family: 4 | 6) => boolean;
};

const needsConntrack = (match: Match): boolean => match.match === 'ctstate' || match.match === 'ctmark';
const TRACKING = new Set<Target['target']>(['DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'CONNMARK']);

const asks = (chain: Chain): boolean =>
  chain.base?.type === 'nat' ||
  chain.rules.some((rule) => TRACKING.has(rule.action.target) || rule.matches.some(needsConntrack));

const FAMILIES: Readonly<Record<4 | 6 | 'bridge', readonly Table['family'][]>> = {
  4: ['ip', 'inet'],
  6: ['ip6', 'inet'],
  bridge: ['bridge'],
};

/** Indexes the tables of a namespace. */
export const indexNetfilter = (netns: Netns): NfIndex => {
  const bases = new Map<string, readonly Base[]>();
  const chains = new Map<Table, ReadonlyMap<string, Chain>>();
  const sets = new Map<string, ReturnType<typeof askSet>>();
  const maps = new Map<string, ReturnType<typeof askMap>>();
  const ipsets = new Map<string, SetTest>();
  const tracking = new Map<4 | 6, boolean>();
  const tablesOf = (family: 4 | 6 | 'bridge') =>
    netns.tables.filter((table) => FAMILIES[family].includes(table.family));
  return {
    bases: (family, hook) =>
      memo(bases, `${family}/${hook}`, () =>
        tablesOf(family)
          .toSorted((a, b) => Number(a.tool === 'nft') - Number(b.tool === 'nft'))
          .flatMap((table) =>
            (table.lazy?.bases ?? table.chains).flatMap((chain) =>
              chain.base?.hook === hook ? [{ table, chain, priority: chain.base.priority }] : [],
            ),
          )
          // Of the same priority the one that was registered last runs first (nf_hook_entries_grow); iptables is there before nft.
          .reverse()
          .sort((a, b) => a.priority - b.priority),
      ),
    chain: (table, name) =>
      table.lazy
        ? table.lazy.chain(name)
        : memo(chains, table, () => new Map(table.chains.map((c) => [c.name, c]))).get(name),
    inSet: (table, name, key, packet) => {
      const set = table.lazy?.set ? table.lazy.set(name) : table.sets?.find((one) => one.name === name);
      return set !== undefined && memo(sets, `${table.family} ${table.name} ${name}`, () => askSet(set))(key, packet);
    },
    element: (table, name, key) => memo(maps, `${table.family} ${table.name} ${name}`, () => askMap(table, name))(key),
    inIpSet: (name, packet, dirs) => {
      const set = netns.ipsets.find((one) => one.name === name);
      return set !== undefined && memo(ipsets, name, () => askIpSet(set))(packet, dirs);
    },
    tracks: (family) =>
      memo(tracking, family, () =>
        tablesOf(family).some((table) => (table.lazy?.bases ?? []).some(asks) || table.chains.some(asks)),
      ),
  };
};
