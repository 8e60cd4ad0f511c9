import type { Family } from '../../net/ip.ts';
import type { Match, NfRule, Target } from '../netfilter.ts';
import { isBasic } from '../print/iptables-match.ts';
import { matchOf } from './iptables-match.ts';
import { parseModule } from './iptables-module.ts';
import { targetOf } from './iptables-target.ts';

// Options that stand alone; all others take the word after them.
const ALONE = ['--physdev-is-bridged', '--physdev-is-in', '--loose', '--validmark', '--accept-local', '--invert'];
const LONG: Readonly<Record<string, string>> = {
  '--source': '-s',
  '--destination': '-d',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--protocol': '-p',
  '--jump': '-j',
  '--goto': '-g',
  '--source-port': '--sport',
  '--destination-port': '--dport',
  '--source-ports': '--sports',
  '--destination-ports': '--dports',
};

const RPFILTER = {
  '--loose': { loose: true },
  '--validmark': { validmark: true },
  '--accept-local': { acceptLocal: true },
  '--invert': { not: true },
} as const;
const isRpfilterFlag = (option: string): option is keyof typeof RPFILTER => Object.hasOwn(RPFILTER, option);

/** A rule, or the first word that is not understood. */
export type ParsedRule = { readonly rule: NfRule } | { readonly unknown: string };

/** Reads what follows `-A CHAIN`. `isChain` tells a jump from a target that is not modelled. */
export const parseRuleWords = (
  words: readonly string[],
  isChain: (name: string) => boolean,
  family: Family,
): ParsedRule => {
  const matches: Match[] = [];
  let module = '';
  let action: Target = { target: 'none' };
  let comment: { readonly comment: string; readonly commentAt?: number } | undefined;
  const modules = (): number => {
    const rest = matches.filter((match) => !isBasic(match));
    // A source and a destination port of one `-m tcp` count once, as they print.
    return rest.filter((match, i) => !(match.match === 'dport' && match.ports.length === 1 && single(rest[i - 1])))
      .length;
  };
  for (let i = 0; i < words.length; i++) {
    const not = words[i] === '!';
    if (not) i++;
    const written = words[i] ?? '';
    const option = LONG[written] ?? written;
    const value = ALONE.includes(option) ? '' : (words[++i] ?? '');
    const last = matches.at(-1);
    if (option === '-m') {
      module = value;
      if (value === 'rpfilter') matches.push({ match: 'rpfilter' });
      const known = parseModule(value, words.slice(i + 1), family);
      if (known) {
        matches.push(known.match);
        i += known.read;
      }
    } else if (option === '--comment') {
      const at = modules();
      comment = at === 0 ? { comment: value } : { comment: value, commentAt: at };
    } else if (isRpfilterFlag(option) && last?.match === 'rpfilter') {
      matches[matches.length - 1] = { ...last, ...RPFILTER[option] };
    } else if ((option === '--limit-iface-in' || option === '--limit-iface-out') && last?.match === 'addrtype') {
      matches[matches.length - 1] = { ...last, limitIface: option === '--limit-iface-in' ? 'in' : 'out' };
      i--;
    } else if (option === '--mode' && value === 'random') {
      // The only mode that is modelled; its probability follows.
    } else if (option === '-j' || option === '-g') {
      const target =
        option === '-g'
          ? { target: 'goto' as const, chain: value }
          : targetOf(value, words.slice(i + 1), isChain, family);
      if (!target) return { unknown: words.slice(i - 1).join(' ') };
      action = target;
      break;
    } else {
      const match = matchOf(option, value, words[i + 1] ?? '', module, family);
      if (!match) return { unknown: `${not ? '! ' : ''}${option} ${value}`.trim() };
      if (match.match === 'set') i++;
      matches.push(not ? { ...match, not: true } : match);
    }
  }
  return { rule: { matches, action, ...comment } };
};

const single = (match: Match | undefined): boolean => match?.match === 'sport' && match.ports.length === 1;
