import { type Family, familyOf, parseIp } from '../../net/ip.ts';
import { hostPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts';
import { type L4Name, type PortRange, PROTOCOL_NUMBER } from '../../net/protocol.ts';
import type { AddrType, CtState, Match } from '../netfilter.ts';
import { FULL_MASK } from '../print/words.ts';
import { number } from './words.ts';

const prefix = (text: string): Prefix | undefined => {
  const ip = parseIp(text);
  return ip === undefined ? parsePrefix(text) : hostPrefix(ip);
};

const ALIASES: Readonly<Record<string, L4Name>> = { ipencap: 'ipip', 'ipv6-icmp': 'icmpv6', icmp6: 'icmpv6' };
const isL4Name = (text: string): text is L4Name => Object.hasOwn(PROTOCOL_NUMBER, text);
// /etc/protocols calls another protocol (94) ipip; no rule here means that.
const protocol = (text: string): L4Name | undefined => ALIASES[text] ?? (isL4Name(text) ? text : undefined);

const ports = (text: string): readonly PortRange[] | undefined => {
  const list = text.split(',').map((one): PortRange | undefined => {
    const [from, to = from] = one.split(':').map(number);
    return from === undefined || to === undefined ? undefined : [from, to];
  });
  return list.every((one) => one !== undefined) ? list : undefined;
};

/** `0x4000/0x4000`, or a value with all bits. */
export const masked = (text: string): { readonly value: number; readonly mask: number } | undefined => {
  const [value, mask] = text.split('/');
  const [v, m] = [number(value), mask === undefined ? FULL_MASK : number(mask)];
  return v === undefined || m === undefined ? undefined : { value: v, mask: m };
};

const STATES: readonly CtState[] = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'];
const TYPES: readonly AddrType[] = [
  'LOCAL',
  'UNICAST',
  'BROADCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
];
const isState = (text: string): text is CtState => (STATES as readonly string[]).includes(text);
const isAddrType = (text: string): text is AddrType => (TYPES as readonly string[]).includes(text);
const isDir = (text: string): text is 'src' | 'dst' => text === 'src' || text === 'dst';

const icmp = (text: string): Match | undefined => {
  const [type, code] = text.split('/').map(number);
  if (type === undefined) return undefined;
  return code === undefined ? { match: 'icmp', type } : { match: 'icmp', type, code };
};

/** What one option means: the match it makes; undefined where it is none that is modelled. `module` is the last `-m`. */
export const matchOf = (
  option: string,
  value: string,
  more: string,
  module: string,
  family: Family,
): Match | undefined => {
  switch (option) {
    case '-s':
    case '-d': {
      const range = prefix(value);
      if (!range || familyOf(range.addr) !== family) return undefined;
      return { match: option === '-s' ? 'saddr' : 'daddr', prefix: range };
    }
    case '-i':
    case '-o':
      return { match: option === '-i' ? 'iifname' : 'oifname', ifname: value };
    case '-p': {
      const name = protocol(value);
      return name && { match: 'l4proto', protocol: name };
    }
    case '--sport':
    case '--dport':
    case '--sports':
    case '--dports': {
      const list = ports(value);
      const alone = option.endsWith('s') && list?.length === 1;
      const match = option.startsWith('--s') ? 'sport' : 'dport';
      return list && { match, ports: list, ...(alone && { multiport: true as const }) };
    }
    case '--icmp-type':
    case '--icmpv6-type':
      return icmp(value);
    case '--mark': {
      const mark = masked(value);
      return mark && { match: module === 'connmark' ? 'ctmark' : 'mark', ...mark };
    }
    case '--ctstate':
    case '--state': {
      const states = value.split(',');
      const old = option === '--state' && { module: 'state' as const };
      return states.every(isState) ? { match: 'ctstate', states, ...old } : undefined;
    }
    case '--src-type':
    case '--dst-type':
      return isAddrType(value)
        ? { match: 'addrtype', side: option === '--src-type' ? 'src' : 'dst', type: value }
        : undefined;
    case '--match-set': {
      const dirs = more.split(',');
      return dirs.every(isDir) ? { match: 'set', set: value, dirs } : undefined;
    }
    case '--probability':
      return { match: 'statistic', probability: Math.round(Number(value) * 2 ** 31) / 2 ** 31 };
    case '--physdev-in':
    case '--physdev-out':
      return { match: 'physdev', dir: option === '--physdev-in' ? 'in' : 'out', ifname: value };
    case '--physdev-is-bridged':
    case '--physdev-is-in':
      return { match: 'physdev', dir: option === '--physdev-is-in' ? 'is-in' : 'is-bridged' };
    case '--nfacct-name':
      return { match: 'nfacct', name: value };
    case '--mac-source':
      return { match: 'ether-saddr', mac: value.toLowerCase() };
    default:
      return undefined;
  }
};
