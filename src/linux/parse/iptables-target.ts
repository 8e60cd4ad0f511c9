import { type Family, parseIp } from '../../net/ip.ts';
import type { NatTo, Target } from '../netfilter.ts';
import { FULL_MASK } from '../print/words.ts';
import { masked } from './iptables-match.ts';
import { number } from './words.ts';

/** `10.0.0.1:80`, `[fd00::1]:80`, `fd00::1`, `:80`. */
const parseNatTo = (text: string): NatTo | undefined => {
  const whole = parseIp(text);
  if (whole !== undefined) return { ip: whole };
  const [, address = '', digits] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(text) ?? [];
  const [ip, port] = [parseIp(address), number(digits)];
  if (port === undefined || (address !== '' && ip === undefined)) return undefined;
  return ip === undefined ? { port } : { ip, port };
};

const REJECTS = {
  'icmp-port-unreachable': 'icmp-port-unreachable',
  'icmp-host-prohibited': 'icmp-host-prohibited',
  'icmp-admin-prohibited': 'icmp-admin-prohibited',
  'tcp-reset': 'tcp-reset',
  'icmp6-port-unreachable': 'icmp-port-unreachable',
  'icmp6-adm-prohibited': 'icmp-admin-prohibited',
} as const;
const isReject = (text: string): text is keyof typeof REJECTS => Object.hasOwn(REJECTS, text);

// The spellings that people write; iptables-save prints the first only.
const mark = (option: string, value: string): Target | undefined => {
  const given = masked(value);
  if (!given) return undefined;
  const { value: bits, mask } = given;
  switch (option) {
    case '--set-xmark':
      return { target: 'MARK', value: bits, mask };
    case '--set-mark':
      return { target: 'MARK', value: bits, mask: (bits | mask) >>> 0 };
    case '--or-mark':
      return { target: 'MARK', value: bits, mask: bits };
    case '--and-mark':
      return { target: 'MARK', value: 0, mask: ~bits >>> 0 };
    case '--xor-mark':
      return { target: 'MARK', value: bits, mask: 0 };
    default:
      return undefined;
  }
};

const connmark = (options: readonly string[]): Target | undefined => {
  const [option = '', value = ''] = options;
  if (option === '--set-xmark' || option === '--set-mark') {
    const given = masked(value);
    return given && { target: 'CONNMARK', op: 'set', ...given };
  }
  const op = option === '--save-mark' ? 'save' : option === '--restore-mark' ? 'restore' : undefined;
  const mask = number(options[options.indexOf('--nfmask') + 1]) ?? FULL_MASK;
  const other = number(options[options.indexOf('--ctmask') + 1]) ?? FULL_MASK;
  return op && mask === other ? { target: 'CONNMARK', op, value: 0, mask } : undefined;
};

/** What stands after `-j`; undefined where it is neither a modelled target nor a chain of the table. */
export const targetOf = (
  name: string,
  options: readonly string[],
  isChain: (name: string) => boolean,
  family: Family,
): Target | undefined => {
  const [option = '', value = ''] = options;
  switch (name) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
    case 'NOTRACK':
      return { target: name };
    case 'CT':
      return option === '--notrack' ? { target: 'NOTRACK' } : undefined;
    case 'NFLOG': {
      const group = number(value);
      return option === '--nflog-group' && options.length === 2 && group !== undefined
        ? { target: 'NFLOG', group }
        : undefined;
    }
    case 'REJECT':
      if (option === '') return { target: 'REJECT', with: 'icmp-port-unreachable' };
      return isReject(value) && value.startsWith('icmp6') === (family === 6 && value !== 'tcp-reset')
        ? { target: 'REJECT', with: REJECTS[value] }
        : undefined;
    case 'MARK':
      return mark(option, value);
    case 'CONNMARK':
      return connmark(options);
    case 'DNAT':
    case 'SNAT': {
      const to = parseNatTo(value);
      return to && options.length === 2 ? { target: name, to } : undefined;
    }
    case 'MASQUERADE':
      if (option === '') return { target: 'MASQUERADE' };
      return option === '--random-fully' ? { target: 'MASQUERADE', fullyRandom: true } : undefined;
    case 'REDIRECT': {
      const port = number(value);
      return port === undefined ? undefined : { target: 'REDIRECT', port };
    }
    default:
      return isChain(name) && options.length === 0 ? { target: 'jump', chain: name } : undefined;
  }
};
