import { never } from '../../net/never.ts';
import { familyOfPrefix } from '../../net/prefix.ts';
import type { L4Name, PortRange } from '../../net/protocol.ts';
import type { CtState, Match, NftField, Table } from '../netfilter.ts';
import { icmpCode, icmpType } from './icmp-names.ts';
import { probability31 } from './iptables-match.ts';
import { anonymousSet } from './nft-interval.ts';
import { FULL_MASK, hex32, ipWord, protocolName, range, shortPrefix, words } from './words.ts';

type Of<K extends Match['match']> = Extract<Match, { readonly match: K }>;

/** What a match must know of the rule around it. */
export type NftContext = { readonly family: Table['family']; readonly protocol: L4Name | undefined };

// nft lists the bits of a state in this order.
const STATES: readonly CtState[] = ['INVALID', 'ESTABLISHED', 'RELATED', 'NEW', 'UNTRACKED'];
const STATUS: readonly CtState[] = ['SNAT', 'DNAT'];

const is = (match: Match, left: string, right: string): string => words(left, match.not && '!=', right);

const ports = (match: Of<'sport' | 'dport'>, protocol: L4Name | undefined): string => {
  const list = match.ports.map((one: PortRange) => range(one, '-'));
  const key = protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp' ? protocol : 'th';
  return is(match, `${key} ${match.match}`, list.length === 1 ? (list[0] ?? '') : `{ ${list.join(', ')} }`);
};

const isLeading = (mask: number): boolean => mask !== 0 && (~mask & (~mask + 1)) === 0;

const mark = (match: Of<'mark' | 'ctmark'>): string => {
  const key = match.match === 'mark' ? 'meta mark' : 'ct mark';
  if (match.mask === FULL_MASK) return is(match, key, hex32(match.value));
  // nft lists a mask of leading ones like the length of a prefix.
  if (isLeading(match.mask)) return is(match, key, `${hex32(match.value)}/${Math.clz32(~match.mask)}`);
  return `${key} & ${hex32(match.mask)} ${match.not ? '!=' : '=='} ${hex32(match.value)}`;
};

const bits = (match: Match, key: string, names: readonly string[]): string =>
  words(key, match.not && (names.length > 1 ? '!' : '!='), names.join(',').toLowerCase());

// A state and a NAT status cannot be alternatives in one nft rule; the status, the rarer test, stands alone.
const ctstate = (match: Of<'ctstate'>): string => {
  const status = STATUS.filter((state) => match.states.includes(state));
  const states = STATES.filter((state) => match.states.includes(state));
  return states.length > 0 ? bits(match, 'ct state', states) : bits(match, 'ct status', status);
};

const setKey = (match: Of<'set'>, family: Table['family']): string => {
  const ip = family === 'ip6' ? 'ip6' : 'ip';
  const address = (dir: 'src' | 'dst') => `${ip} ${dir === 'src' ? 'saddr' : 'daddr'}`;
  const [first = 'dst', second, third] = match.dirs;
  if (second === undefined) return address(first);
  const port = `meta l4proto . th ${second === 'src' ? 'sport' : 'dport'}`;
  return [address(first), port, ...(third ? [address(third)] : [])].join(' . ');
};

/** `ip daddr . meta l4proto . th dport`. */
export const nftFields = (fields: readonly NftField[], family: Table['family']): string => {
  const ip = family === 'ip6' ? 'ip6' : 'ip';
  const word = (field: NftField) =>
    field === 'l4proto' ? 'meta l4proto' : field.endsWith('addr') ? `${ip} ${field}` : `th ${field}`;
  return fields.map(word).join(' . ');
};

const statistic = (match: Of<'statistic'>): string => {
  const parts = Math.round(1 / match.probability);
  return Math.abs(parts * match.probability - 1) < 1e-6
    ? is(match, `numgen random mod ${parts}`, '0')
    : `numgen random mod 2147483648 ${match.not ? '>=' : '<'} ${probability31(match.probability)}`;
};

const rpfilter = (match: Of<'rpfilter'>): string =>
  `fib saddr${match.validmark ? ' . mark' : ''}${match.loose ? '' : ' . iif'} oif ${match.not ? 'missing' : 'exists'}`;

const icmp = (match: Of<'icmp'>, v6: boolean): string => {
  const key = v6 ? 'icmpv6' : 'icmp';
  return words(
    is(match, `${key} type`, icmpType(match.type, v6)),
    match.code !== undefined && `${key} code ${icmpCode(match.code, v6)}`,
  );
};

const ETHER = { IPv4: 'ip', IPv6: 'ip6', ARP: 'arp' } as const;

/** One test as `nft list ruleset` prints it. */
export const nftMatch = (match: Match, context: NftContext): string => {
  switch (match.match) {
    case 'saddr':
    case 'daddr':
      return is(match, `${ipWord(familyOfPrefix(match.prefix))} ${match.match}`, shortPrefix(match.prefix));
    case 'iifname':
    case 'oifname':
      return is(match, match.match, `"${match.ifname.replace(/\+$/, '*')}"`);
    case 'l4proto':
      return is(match, 'meta l4proto', protocolName(match.protocol));
    case 'sport':
    case 'dport':
      return ports(match, context.protocol);
    case 'icmp':
      return icmp(match, context.protocol === 'icmpv6' || context.family === 'ip6');
    case 'mark':
    case 'ctmark':
      return mark(match);
    case 'ctstate':
      return ctstate(match);
    case 'addrtype':
      return is(
        match,
        `fib ${match.side === 'src' ? 'saddr' : 'daddr'}${match.limitIface ? ` . ${match.limitIface === 'in' ? 'iif' : 'oif'}` : ''} type`,
        match.type.toLowerCase(),
      );
    case 'set':
      return is(match, setKey(match, context.family), `@${match.set}`);
    case 'statistic':
      return statistic(match);
    case 'rpfilter':
      return rpfilter(match);
    // nft has no such test; it lists one that iptables made like this.
    case 'physdev':
      return 'xt match physdev';
    case 'ether-saddr':
    case 'ether-daddr':
      return is(match, match.match.replace('-', ' '), match.mac);
    // Only ebtables has these.
    case 'ether-unicast':
    case 'arp':
      return '';
    case 'ether-type':
      return is(match, 'ether type', ETHER[match.type]);
    case 'saddr-in':
    case 'daddr-in': {
      const [first] = match.prefixes;
      const word = ipWord(first ? familyOfPrefix(first) : 4);
      return is(match, `${word} ${match.match.slice(0, 5)}`, anonymousSet(match.prefixes));
    }
    case 'lookup':
      return is(match, nftFields(match.fields, context.family), `@${match.set}`);
    case 'policy':
      return `${match.dir === 'in' ? 'meta secpath' : 'rt ipsec'} ${match.pol === 'none' ? 'missing' : 'exists'}`;
    case 'recent':
    case 'nfacct':
    case 'ipvs':
      return `xt match ${match.match}`;
    default:
      return never(match);
  }
};
