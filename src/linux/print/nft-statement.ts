import { formatIp } from '../../net/ip.ts';
import { never } from '../../net/never.ts';
import type { NatTo, Table, Target } from '../netfilter.ts';
import { natTo } from './iptables-target.ts';
import { nftFields } from './nft-match.ts';
import { FULL_MASK, hex32, words } from './words.ts';

// (old & ~mask) ^ value, in the form that nft lists: and, then xor, then or.
const setBits = (key: string, value: number, mask: number): string => {
  if (mask === FULL_MASK) return hex32(value);
  const or = (value & mask) >>> 0;
  const xor = (value & ~mask) >>> 0;
  const and = (~mask | or) >>> 0;
  return words(
    key,
    and !== FULL_MASK && `& ${hex32(and)}`,
    xor !== 0 && `^ ${hex32(xor)}`,
    or !== 0 && `| ${hex32(or)}`,
  );
};

const connmark = ({ op, value, mask }: Extract<Target, { readonly target: 'CONNMARK' }>): string => {
  const masked = mask === FULL_MASK ? '' : ` & ${hex32(mask)}`;
  if (op === 'save') return `ct mark set meta mark${masked}`;
  if (op === 'restore') return `meta mark set ct mark${masked}`;
  return `ct mark set ${setBits('ct mark', value, mask)}`;
};

const reject = (how: Extract<Target, { readonly target: 'REJECT' }>['with'], family: Table['family']): string => {
  if (how === 'icmp-port-unreachable') return 'reject';
  if (how === 'tcp-reset') return 'reject with tcp reset';
  if (family === 'ip6') return 'reject with icmpv6 admin-prohibited';
  if (family === 'ip') return `reject with ${how.replace('-', ' ')}`;
  return 'reject with icmpx admin-prohibited';
};

// A table of both families says which one it translates.
const translate = (verb: 'dnat' | 'snat', to: NatTo, family: Table['family']): string => {
  const ip = family === 'inet' && to.ip !== undefined ? (typeof to.ip === 'number' ? 'ip' : 'ip6') : undefined;
  return words(verb, ip, 'to', natTo(to));
};

const numbered = (items: readonly string[]): string => `{ ${items.map((item, i) => `${i} : ${item}`).join(', ')} }`;

/** What a rule does, as `nft list ruleset` prints it; empty for a rule without target. */
export const nftStatement = (action: Target, family: Table['family']): string => {
  switch (action.target) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
    case 'NOTRACK':
      return action.target.toLowerCase();
    case 'none':
      return '';
    case 'NFLOG':
      return `log group ${action.group}`;
    case 'REJECT':
      return reject(action.with, family);
    case 'jump':
    case 'goto':
      return `${action.target} ${action.chain}`;
    case 'MARK':
      return `meta mark set ${setBits('meta mark', action.value, action.mask)}`;
    case 'CONNMARK':
      return connmark(action);
    case 'DNAT':
      return translate('dnat', action.to, family);
    case 'SNAT':
      return translate('snat', action.to, family);
    case 'MASQUERADE':
      return words('masquerade', action.fullyRandom && 'fully-random');
    case 'REDIRECT':
      return `redirect to :${action.port}`;
    case 'vmap':
      return `${nftFields(action.fields, family)} vmap @${action.map}`;
    case 'numgen-vmap':
      return `numgen random mod ${action.chains.length} vmap ${numbered(action.chains.map((chain) => `${action.verdict} ${chain}`))}`;
    // Written with `addr . port`, which the lists of nft leave out.
    case 'numgen-dnat':
      return `dnat ip${family === 'ip6' ? '6' : ''} to numgen random mod ${action.to.length} map ${numbered(action.to.map(({ ip, port }) => `${formatIp(ip)} . ${port}`))}`;
    case 'update':
      return `update @${action.set} { ${nftFields(action.fields, family)} }`;
    // Only ebtables has these.
    case 'ether-dnat':
    case 'ether-snat':
    case 'arpreply':
      return '';
    default:
      return never(action);
  }
};
