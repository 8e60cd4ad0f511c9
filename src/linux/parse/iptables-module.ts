import { type Family, familyOf, parseIp } from '../../net/ip.ts';
import { type L4Name, PROTOCOL_NUMBER } from '../../net/protocol.ts';
import type { Match } from '../netfilter.ts';
import { number } from './words.ts';

type Recent = Extract<Match, { readonly match: 'recent' }>;

const FULL = ['255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'];

// Only how the list is asked by source address; the list's name is DEFAULT where none is given (libxt_recent).
const recent = (words: readonly string[]): Match | undefined => {
  let match: Omit<Recent, 'op'> & { readonly op?: Recent['op'] } = { match: 'recent', name: 'DEFAULT' };
  for (let i = 0; i < words.length; i++) {
    const not = words[i] === '!';
    const option = words[not ? ++i : i];
    if (option === '--rcheck' || option === '--set')
      match = { ...match, op: option === '--set' ? 'set' : 'rcheck', ...(not && { not: true }) };
    else if (not) return undefined;
    else if (option === '--reap') match = { ...match, reap: true };
    else if (option === '--name') match = { ...match, name: words[++i] ?? '' };
    else if (option === '--seconds') {
      const seconds = number(words[++i]);
      if (seconds === undefined) return undefined;
      match = { ...match, seconds };
    } else if (option === '--mask') {
      const mask = words[++i] ?? '';
      if (!FULL.includes(mask)) return undefined;
      if (mask.includes(':')) match = { ...match, v6: true };
    } else if (option !== '--rsource') return undefined;
  }
  const { op } = match;
  return op && { ...match, op };
};

const protocolOf = (text: string | undefined): L4Name | undefined =>
  (Object.keys(PROTOCOL_NUMBER) as L4Name[]).find((name) => name === text || String(PROTOCOL_NUMBER[name]) === text);

// All three together, as kube-proxy asks.
const ipvs = (words: readonly string[], family: Family): Match | undefined => {
  const given = new Map(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1]] as const] : [])));
  const vaddr = parseIp(given.get('--vaddr') ?? '');
  const protocol = protocolOf(given.get('--vproto'));
  const vport = number(given.get('--vport'));
  if (words.length !== 6 || vaddr === undefined || familyOf(vaddr) !== family) return undefined;
  return protocol && vport !== undefined ? { match: 'ipvs', vaddr, protocol, vport } : undefined;
};

// A port and `--physdev-is-bridged` beside it: one test with two parts. Other forms are read option by option.
const physdev = (words: readonly string[]): Match | undefined => {
  const options = words.filter((word) => word !== '--physdev-is-bridged');
  const [option, ifname] = options;
  if (words.length !== 3 || options.length !== 2 || ifname === undefined) return undefined;
  if (option !== '--physdev-in' && option !== '--physdev-out') return undefined;
  return { match: 'physdev', dir: option === '--physdev-in' ? 'in' : 'out', ifname, bridged: true };
};

const policy = (words: readonly string[]): Match | undefined => {
  const [first, dir, second, pol, ...rest] = words;
  if (first !== '--dir' || second !== '--pol' || rest.length > 0) return undefined;
  if ((dir !== 'in' && dir !== 'out') || (pol !== 'none' && pol !== 'ipsec')) return undefined;
  return { match: 'policy', dir, pol };
};

const PORTS = ['sport', 'dport', 'source-port', 'destination-port'].map((name) => `--${name}`);
// A match on ports that takes any: what is left of `-m tcp` without options, which may also stand after others.
const anyPort = (words: readonly string[]): Match | undefined =>
  words.some((word) => PORTS.includes(word)) ? undefined : { match: 'dport', ports: [[0, 65535]] };

const NEXT = ['-m', '-j', '-g', '-s', '-d', '-i', '-o', '-p', '--jump', '--goto', '--protocol', '--comment'];

/**
 * What a module and the options up to the next one mean, for modules whose options cannot be read one by one.
 * @param words what follows `-m MODULE`
 * @returns the match and how many words are read; undefined where the options are read one by one, or are not modelled
 */
export const parseModule = (
  module: string,
  words: readonly string[],
  family: Family,
): { readonly match: Match; readonly read: number } | undefined => {
  const end = words.findIndex((word, i) => NEXT.includes(word) || (word === '!' && NEXT.includes(words[i + 1] ?? '')));
  const options = words.slice(0, end < 0 ? words.length : end);
  switch (module) {
    case 'recent':
    case 'ipvs': {
      const match = module === 'recent' ? recent(options) : ipvs(options, family);
      return match && { match, read: options.length };
    }
    case 'physdev':
    case 'policy': {
      const match = module === 'physdev' ? physdev(options) : policy(options);
      return match && { match, read: options.length };
    }
    case 'tcp':
    case 'udp':
    case 'sctp': {
      const match = anyPort(words);
      return match && { match, read: 0 };
    }
    default:
      return undefined;
  }
};
