import { BROADCAST_MAC } from '../../net/mac.ts';
import { familyOfPrefix } from '../../net/prefix.ts';
import type { Chain, Match, NfRule, Table, Target } from '../netfilter.ts';
import { extensionWords } from './iptables-match.ts';
import { targetWords } from './iptables-target.ts';
import { FULL_MASK, hex, protocolName, range, shortPrefix, words } from './words.ts';

// ebtables-save prints the parts of a rule in this order.
const ORDER: readonly Match['match'][] = [
  'ether-type',
  'ether-saddr',
  'ether-daddr',
  'ether-unicast',
  'iifname',
  'oifname',
  'saddr',
  'daddr',
  'l4proto',
  'sport',
  'dport',
  'arp',
];
const place = (match: Match): number => (ORDER.indexOf(match.match) + ORDER.length + 1) % (ORDER.length + 1);

// Which network protocol a rule is about: asking for an address or a port needs `-p IPv4` or `-p IPv6` first.
const networkOf = (matches: readonly Match[]): 'IPv4' | 'IPv6' | undefined => {
  const address = matches.find((match) => match.match === 'saddr' || match.match === 'daddr');
  if (address && 'prefix' in address) return familyOfPrefix(address.prefix) === 4 ? 'IPv4' : 'IPv6';
  const type = matches.find((match) => match.match === 'ether-type');
  if (type?.match === 'ether-type' && !type.not && type.type !== 'ARP') return type.type;
  return matches.some((match) => match.match === 'l4proto') ? 'IPv4' : undefined;
};

const option = (match: Match, name: string, value: string): string => words(name, match.not && '!', value);
const mac = (text: string): string => (text === BROADCAST_MAC ? 'Broadcast' : text);

const matchWords = (match: Match, ip: 'ip' | 'ip6'): string => {
  switch (match.match) {
    case 'ether-type':
      return option(match, '-p', match.type);
    case 'ether-saddr':
      return option(match, '-s', mac(match.mac));
    case 'ether-daddr':
      return option(match, '-d', mac(match.mac));
    case 'iifname':
      return option(match, '-i', match.ifname);
    case 'oifname':
      return option(match, '-o', match.ifname);
    case 'saddr':
      return option(match, `--${ip}-src`, shortPrefix(match.prefix));
    case 'daddr':
      return option(match, `--${ip}-dst`, shortPrefix(match.prefix));
    case 'l4proto':
      return option(match, `--${ip}-proto`, protocolName(match.protocol));
    case 'sport':
    case 'dport':
      return option(match, `--${ip}-${match.match}`, match.ports.map((ports) => range(ports, ':')).join(','));
    case 'ether-unicast':
      return option(match, match.side === 'saddr' ? '-s' : '-d', 'Unicast');
    case 'arp':
      return words(`--arp-op ${match.op}`, match.dst && `--arp-ip-dst ${shortPrefix(match.dst)}`);
    case 'mark':
      return option(match, '--mark', `${hex(match.value)}/${hex(match.mask)}`);
    default:
      // ebtables cannot ask this; the words of iptables say at least what was meant.
      return extensionWords(match);
  }
};

const markWords = (value: number, mask: number): string => {
  const [op, number] =
    mask === FULL_MASK
      ? ['set', value]
      : mask === 0
        ? ['xor', value]
        : value === mask
          ? ['or', value]
          : ['and', ~mask >>> 0];
  return `-j mark --mark-${op} ${hex(number)} --mark-target CONTINUE`;
};

const target = (action: Target): string => {
  if (action.target === 'none') return '-j CONTINUE';
  if (action.target === 'MARK') return markWords(action.value, action.mask);
  if (action.target === 'goto') return `-j ${action.chain}`;
  return targetWords(action, 'bridge');
};

/** One rule as ebtables-save prints it: `-A KUBE-DEDUP -p IPv4 -s 0a:58:… -o veth+ --ip-src 10.244.2.1 -j ACCEPT`. */
export const printEbtablesRule = (chain: Pick<Chain, 'name'>, rule: NfRule): string => {
  const network = networkOf(rule.matches);
  const typed = rule.matches.some((match) => match.match === 'ether-type');
  const parts = rule.matches.toSorted((a, b) => place(a) - place(b));
  const ip = network === 'IPv6' ? 'ip6' : 'ip';
  return words(
    `-A ${chain.name}`,
    network && !typed && `-p ${network}`,
    ...parts.map((match) => matchWords(match, ip)),
    target(rule.action),
  );
};

const BUILTIN: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING'],
};

/** What ebtables-save prints, without its dated comments; ebtables-restore reads it. */
export const printEbtables = (tables: readonly Table[]): readonly string[] =>
  tables
    .filter((table) => table.tool === 'ebtables')
    .flatMap((table) => {
      const names = BUILTIN[table.name] ?? [];
      const base = names.map((name): Chain => table.chains.find((chain) => chain.name === name) ?? { name, rules: [] });
      const user = table.chains.filter((chain) => !names.includes(chain.name));
      const chains = [...base, ...user.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
      return [
        `*${table.name}`,
        ...base.map((chain) => `:${chain.name} ${chain.base?.policy ?? 'ACCEPT'}`),
        // What a user chain does at its end; RETURN, as kubelet and the CNI plugins leave it.
        ...user.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((chain) => `:${chain.name} RETURN`),
        ...chains.flatMap((chain) => chain.rules.map((rule) => printEbtablesRule(chain, rule))),
      ];
    });
