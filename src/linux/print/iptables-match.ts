import { formatIp } from '../../net/ip.ts';
import { never } from '../../net/never.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { type L4Name, type PortRange, PROTOCOL_NUMBER } from '../../net/protocol.ts';
import type { CtState, Match } from '../netfilter.ts';
import { FULL_MASK, hex, protocolName, range, words } from './words.ts';

type Of<K extends Match['match']> = Extract<Match, { readonly match: K }>;

// conntrack prints states in this order, whatever order they were given in.
const STATES: readonly CtState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];

const bang = (match: Match): string => (match.not ? '! ' : '');

/** The matches that iptables writes as plain options, in its own order, before all extensions. */
export const BASIC = ['saddr', 'daddr', 'iifname', 'oifname', 'l4proto'] as const;
export const isBasic = (match: Match): match is Of<(typeof BASIC)[number]> =>
  (BASIC as readonly string[]).includes(match.match);

/** `! -s 10.1.0.0/16`, `-i eth0`, `-p tcp`. */
export const basicWords = (match: Of<(typeof BASIC)[number]>): string => {
  switch (match.match) {
    case 'saddr':
    case 'daddr':
      return `${bang(match)}${match.match === 'saddr' ? '-s' : '-d'} ${formatPrefix(match.prefix)}`;
    case 'iifname':
    case 'oifname':
      return `${bang(match)}${match.match === 'iifname' ? '-i' : '-o'} ${match.ifname}`;
    case 'l4proto':
      return `${bang(match)}-p ${protocolName(match.protocol)}`;
    default:
      return never(match);
  }
};

const isPlain = (match: Of<'sport' | 'dport'>): boolean => match.ports.length === 1 && !match.multiport;

// The kernel's tcp match with its ports at rest: it is there, and says nothing.
const isAnyPort = ({ ports: [first], not }: Of<'sport' | 'dport'>): boolean =>
  first?.[0] === 0 && first[1] === 65535 && !not;

const portWords = (match: Of<'sport' | 'dport'>): string => {
  const [first] = match.ports;
  if (isPlain(match) && isAnyPort(match)) return '';
  if (first && isPlain(match)) return `${bang(match)}--${match.match} ${range(first, ':')}`;
  return `${bang(match)}--${match.match}s ${match.ports.map((ports: PortRange) => range(ports, ':')).join(',')}`;
};

const icmpWords = (match: Of<'icmp'>, protocol: L4Name | undefined): string => {
  const type = match.code === undefined ? String(match.type) : `${match.type}/${match.code}`;
  return protocol === 'icmpv6'
    ? `-m icmp6 ${bang(match)}--icmpv6-type ${type}`
    : `-m icmp ${bang(match)}--icmp-type ${type}`;
};

const markWords = (match: Of<'mark' | 'ctmark'>): string => {
  const mask = match.mask === FULL_MASK ? '' : `/${hex(match.mask)}`;
  return `-m ${match.match === 'mark' ? 'mark' : 'connmark'} ${bang(match)}--mark ${hex(match.value)}${mask}`;
};

const physdevWords = (match: Of<'physdev'>): string =>
  words(
    `-m physdev ${bang(match)}--physdev-${match.dir}`,
    !match.dir.startsWith('is-') && match.ifname,
    match.bridged && '--physdev-is-bridged',
  );

const stateWords = (match: Of<'ctstate'>): string => {
  const option = match.module === 'state' ? ['state', 'state'] : ['conntrack', 'ctstate'];
  const states = STATES.filter((state) => match.states.includes(state)).join(',');
  return `-m ${option[0]} ${bang(match)}--${option[1]} ${states}`;
};

const rpfilterWords = (match: Of<'rpfilter'>): string =>
  words(
    '-m rpfilter',
    match.loose && '--loose',
    match.validmark && '--validmark',
    match.acceptLocal && '--accept-local',
    match.not && '--invert',
  );

const recentWords = (match: Of<'recent'>): string =>
  words(
    `-m recent ${bang(match)}--${match.op}`,
    match.seconds !== undefined && `--seconds ${match.seconds}`,
    match.reap && '--reap',
    `--name ${match.name} --mask ${match.v6 ? 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' : '255.255.255.255'} --rsource`,
  );

/** The probability as the kernel keeps it, in 31 bits: 1/3 prints as 0.33333333349. */
export const probability31 = (probability: number): number => Math.round(probability * 2 ** 31);

/** One extension match with its `-m`; `protocol` is what the rule's `-p` says. */
export const extensionWords = (match: Exclude<Match, Of<(typeof BASIC)[number]>>, protocol?: L4Name): string => {
  switch (match.match) {
    case 'sport':
    case 'dport':
      return words(`-m ${isPlain(match) && protocol ? protocol : 'multiport'}`, portWords(match));
    case 'icmp':
      return icmpWords(match, protocol);
    case 'mark':
    case 'ctmark':
      return markWords(match);
    case 'ctstate':
      return stateWords(match);
    case 'addrtype':
      return words(
        `-m addrtype ${bang(match)}--${match.side}-type ${match.type}`,
        match.limitIface && `--limit-iface-${match.limitIface}`,
      );
    case 'set':
      return `-m set ${bang(match)}--match-set ${match.set} ${match.dirs.join(',')}`;
    case 'statistic':
      return `-m statistic --mode random ${bang(match)}--probability ${(probability31(match.probability) / 2 ** 31).toFixed(11)}`;
    case 'rpfilter':
      return rpfilterWords(match);
    case 'physdev':
      return physdevWords(match);
    case 'ether-saddr':
    case 'ether-daddr':
      return `-m mac ${bang(match)}--mac-${match.match === 'ether-saddr' ? 'source' : 'destination'} ${match.mac}`;
    // Nothing in iptables asks this: the table is of one family already.
    case 'ether-type':
    case 'ether-unicast':
    case 'arp':
    case 'saddr-in':
    case 'daddr-in':
    case 'lookup':
      return '';
    case 'recent':
      return recentWords(match);
    case 'policy':
      return `-m policy --dir ${match.dir} --pol ${match.pol}`;
    case 'nfacct':
      return `-m nfacct ${bang(match)}--nfacct-name ${match.name}`;
    case 'ipvs':
      return `-m ipvs ${bang(match)}--vproto ${PROTOCOL_NUMBER[match.protocol]} --vaddr ${formatIp(match.vaddr)} --vport ${match.vport}`;
    default:
      return never(match);
  }
};

const singlePort = (match: Match | undefined): boolean =>
  match !== undefined && (match.match === 'sport' || match.match === 'dport') && match.ports.length === 1;

/** All extension matches of a rule; a source and a destination port next to each other share one `-m tcp`. */
export const extensions = (matches: readonly Match[]): readonly string[] => {
  const found = matches.find((match) => match.match === 'l4proto');
  const protocol = found?.match === 'l4proto' && !found.not ? found.protocol : undefined;
  const rest = matches.filter((match) => !isBasic(match));
  const out: string[] = [];
  for (let i = 0; i < rest.length; i++) {
    const [match, next] = [rest[i], rest[i + 1]];
    if (!match || isBasic(match)) continue;
    if (match.match === 'sport' && next?.match === 'dport' && singlePort(match) && singlePort(next) && protocol) {
      out.push(words(`-m ${protocol}`, portWords(match), portWords(next)));
      i++;
    } else out.push(extensionWords(match, protocol));
  }
  return out.filter((text) => text !== '');
};
