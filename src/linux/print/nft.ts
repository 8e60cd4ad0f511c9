import type { BaseChain, Chain, IpSet, Match, NfRule, NftSet, Table } from '../netfilter.ts';
import { nftMatch } from './nft-match.ts';
import { printNftIpSet, printNftMap, printNftSet } from './nft-set.ts';
import { nftStatement } from './nft-statement.ts';
import { nftComment, words } from './words.ts';

// Matches that nft adds by itself for what follows, and so leaves out of its listing.
const implied = (match: Match, rule: NfRule, family: Table['family']): boolean => {
  if (match.not) return false;
  const has = (...kinds: readonly Match['match'][]) => rule.matches.some((one) => kinds.includes(one.match));
  if (match.match === 'l4proto') {
    if (match.protocol === 'icmp' || match.protocol === 'icmpv6') return has('icmp');
    const reset = rule.action.target === 'REJECT' && rule.action.with === 'tcp-reset';
    return has('sport', 'dport') || (match.protocol === 'tcp' && reset && family !== 'inet');
  }
  return match.match === 'ether-type' && family === 'bridge' && match.type !== 'ARP' && has('saddr', 'daddr');
};

/** One rule as `nft list ruleset` prints it: `ip saddr 10.1.15.0/24 ip daddr 10.1.0.0/16 return`. */
export const printNftRule = (table: Pick<Table, 'family'>, rule: NfRule): string => {
  const proto = rule.matches.find((match) => match.match === 'l4proto' && !match.not);
  const protocol = proto?.match === 'l4proto' ? proto.protocol : undefined;
  const tests = rule.matches
    .filter((match) => !implied(match, rule, table.family))
    .map((match) => nftMatch(match, { family: table.family, protocol }));
  const statement = words(
    ...(rule.before ?? []).map((action) => nftStatement(action, table.family)),
    nftStatement(rule.action, table.family),
  );
  return words(
    ...tests,
    statement === '' && tests.length === 0 ? 'counter packets 0 bytes 0' : statement,
    rule.comment !== undefined && nftComment(rule.comment),
  );
};

const PRIORITIES: readonly (readonly [name: string, value: number, hook?: string])[] = [
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100, 'prerouting'],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100, 'postrouting'],
];
const BRIDGE_PRIORITIES: typeof PRIORITIES = [
  ['dstnat', -300, 'prerouting'],
  ['filter', -200],
  ['out', 100, 'output'],
  ['srcnat', 300, 'postrouting'],
];

// nft names a priority that lies within 10 of a well-known one (nftables src/rule.c prio2str).
const priority = (base: BaseChain, family: Table['family']): string => {
  const known = family === 'bridge' ? BRIDGE_PRIORITIES : PRIORITIES;
  const near = known.find(([, value]) => Math.abs(base.priority - value) <= 10);
  if (!near || (near[2] !== undefined && near[2] !== base.hook)) return String(base.priority);
  const offset = base.priority - near[1];
  return words(near[0], offset !== 0 && `${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`);
};

const printChain = (table: Table, chain: Chain): readonly string[] => [
  `\tchain ${chain.name} {`,
  ...(chain.comment === undefined ? [] : [`\t\t${nftComment(chain.comment)}`]),
  ...(chain.base
    ? [
        `\t\ttype ${chain.base.type} hook ${chain.base.hook} priority ${priority(chain.base, table.family)}; policy ${chain.base.policy.toLowerCase()};`,
      ]
    : []),
  ...chain.rules.map((rule) => `\t\t${printNftRule(table, rule)}`),
  '\t}',
];

// Only the sets that the table's rules name: an nft set belongs to its table.
const setsOf = (table: Table, sets: readonly IpSet[]): readonly IpSet[] => {
  const named = table.chains.flatMap((chain) =>
    chain.rules.flatMap((rule) => rule.matches.flatMap((match) => (match.match === 'set' ? [match.set] : []))),
  );
  return sets.filter((set) => named.includes(set.name));
};

/** One table of `nft list ruleset`, which `nft -f` reads again. */
const printNftTable = (table: Table, sets: readonly IpSet[] = []): readonly string[] => {
  const { family, maps = [] } = table;
  const own = table.sets ?? [];
  // Sets that rules fill come with the rules, after all that was there before.
  const isDynamic = ({ flags }: NftSet) => flags?.includes('dynamic') ?? false;
  const blocks = [
    ...setsOf(table, sets).map(printNftIpSet),
    ...own.filter((set) => !isDynamic(set)).map((set) => printNftSet(set, family)),
    ...maps.map((map) => printNftMap(map, family)),
    ...own.filter(isDynamic).map((set) => printNftSet(set, family)),
    ...table.chains.map((chain) => printChain(table, chain)),
  ];
  return [
    `table ${table.family} ${table.name} {`,
    ...(table.comment === undefined ? [] : [`\t${nftComment(table.comment)}`]),
    ...blocks.flatMap((block, i) => (i === 0 ? block : ['', ...block])),
    '}',
  ];
};

/** What `nft list ruleset` prints for the tables that nft made. */
export const printNftRuleset = (tables: readonly Table[], sets: readonly IpSet[] = []): string =>
  tables
    .filter((table) => table.tool === 'nft')
    .flatMap((table) => printNftTable(table, sets))
    .map((line) => `${line}\n`)
    .join('');
