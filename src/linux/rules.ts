import type { Ip } from '../net/ip.ts';
import { hostPrefix, type Prefix } from '../net/prefix.ts';
import type { L4Name } from '../net/protocol.ts';
import { iptablesBase } from './iptables-base.ts';
import type { AddrType, Chain, Match, NfRule, Table, Target } from './netfilter.ts';

type TableName = 'raw' | 'mangle' | 'nat' | 'filter';

/** The iptables (or ip6tables) rules of a node while programs add theirs, each the way it does on a real node. */
export type RulesDraft = {
  /** `iptables -t TABLE -N CHAIN`, where it is not there yet. */
  readonly chain: (table: TableName, chain: string) => void;
  /** `iptables -t TABLE -A CHAIN …` */
  readonly append: (table: TableName, chain: string, ...rules: readonly NfRule[]) => void;
  /** `iptables -t TABLE -I CHAIN …`: in front of what is there. */
  readonly insert: (table: TableName, chain: string, ...rules: readonly NfRule[]) => void;
  readonly policy: (chain: 'INPUT' | 'FORWARD' | 'OUTPUT', policy: 'ACCEPT' | 'DROP') => void;
  /** The tables in which something was set. */
  readonly tables: () => readonly Table[];
};

export const createRules = (family: 4 | 6): RulesDraft => {
  const chains = new Map<TableName, Map<string, NfRule[]>>();
  const policies = new Map<string, 'ACCEPT' | 'DROP'>();
  const rulesOf = (table: TableName, chain: string): NfRule[] => {
    const inTable = chains.get(table) ?? new Map<string, NfRule[]>();
    chains.set(table, inTable);
    const rules = inTable.get(chain) ?? [];
    inTable.set(chain, rules);
    return rules;
  };
  const finished = (table: TableName, name: string, rules: readonly NfRule[]): Chain => {
    const base = iptablesBase(table, name, (table === 'filter' ? policies.get(name) : undefined) ?? 'ACCEPT');
    return { name, rules, ...(base && { base }) };
  };
  return {
    chain: (table, chain) => {
      rulesOf(table, chain);
    },
    append: (table, chain, ...rules) => {
      rulesOf(table, chain).push(...rules);
    },
    insert: (table, chain, ...rules) => {
      rulesOf(table, chain).unshift(...rules);
    },
    policy: (chain, policy) => {
      rulesOf('filter', chain);
      policies.set(chain, policy);
    },
    tables: () =>
      [...chains].map(([table, inTable]) => ({
        tool: 'iptables',
        family: family === 4 ? 'ip' : 'ip6',
        name: table,
        chains: [...inTable].map(([name, rules]) => finished(table, name, rules)),
      })),
  };
};

/** One rule. */
export const rule = (
  matches: readonly Match[],
  action: Target,
  more: Pick<NfRule, 'comment' | 'commentAt' | 'staysFirst' | 'origin'> = {},
): NfRule => ({ matches, action, ...more });

export const jump = (chain: string): Target => ({ target: 'jump', chain });
export const ACCEPT: Target = { target: 'ACCEPT' };
export const RETURN: Target = { target: 'RETURN' };

export const not = (match: Match): Match => ({ ...match, not: true });
export const src = (prefix: Prefix): Match => ({ match: 'saddr', prefix });
export const dst = (prefix: Prefix): Match => ({ match: 'daddr', prefix });
export const srcIp = (ip: Ip): Match => src(hostPrefix(ip));
export const dstIp = (ip: Ip): Match => dst(hostPrefix(ip));
export const iif = (ifname: string): Match => ({ match: 'iifname', ifname });
export const oif = (ifname: string): Match => ({ match: 'oifname', ifname });
export const dstType = (type: AddrType): Match => ({ match: 'addrtype', side: 'dst', type });
export const l4 = (protocol: L4Name): Match => ({ match: 'l4proto', protocol });
export const multiport = (...ports: number[]): Match => ({
  match: 'dport',
  ports: ports.map((port) => [port, port] as const),
  multiport: true,
});
export const dport = (...ports: readonly number[]): Match => ({
  match: 'dport',
  ports: ports.map((port) => [port, port] as const),
});
export const mark = (value: number, mask = value): Match => ({ match: 'mark', value, mask });
/** 224.0.0.0/4 or ff00::/8. */
export const multicast = (family: 4 | 6): Prefix =>
  family === 4 ? { addr: 0xe0000000, len: 4 } : { addr: 0xffn << 120n, len: 8 };
