import { formatIp } from '../../net/ip.ts';
import { never } from '../../net/never.ts';
import type { NatTo, Table, Target } from '../netfilter.ts';
import { hex, words } from './words.ts';

/** `10.0.0.1:80`, `[fd00::1]:80`, `:80`, `10.0.0.1`: how every tool writes the end of a translation. */
export const natTo = ({ ip, port }: NatTo): string => {
  const address = ip === undefined ? '' : formatIp(ip);
  if (port === undefined) return address;
  return `${typeof ip === 'bigint' ? `[${address}]` : address}:${port}`;
};

const REJECT6 = {
  'icmp-port-unreachable': 'icmp6-port-unreachable',
  'icmp-host-prohibited': 'icmp6-adm-prohibited',
  'icmp-admin-prohibited': 'icmp6-adm-prohibited',
  'tcp-reset': 'tcp-reset',
} as const;

const connmark = (target: Extract<Target, { readonly target: 'CONNMARK' }>): string =>
  target.op === 'set'
    ? `--set-xmark ${hex(target.value)}/${hex(target.mask)}`
    : `--${target.op}-mark --nfmask ${hex(target.mask)} --ctmask ${hex(target.mask)}`;

/** The end of a rule, `-j …`; empty for a rule without target. */
export const targetWords = (action: Target, family: Table['family']): string => {
  switch (action.target) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return `-j ${action.target}`;
    case 'NOTRACK':
      return '-j CT --notrack';
    case 'none':
      return '';
    case 'NFLOG':
      return `-j NFLOG --nflog-group ${action.group}`;
    case 'REJECT':
      return `-j REJECT --reject-with ${family === 'ip6' ? REJECT6[action.with] : action.with}`;
    case 'jump':
      return `-j ${action.chain}`;
    case 'goto':
      return `-g ${action.chain}`;
    case 'MARK':
      return `-j MARK --set-xmark ${hex(action.value)}/${hex(action.mask)}`;
    case 'CONNMARK':
      return `-j CONNMARK ${connmark(action)}`;
    case 'DNAT':
      return `-j DNAT --to-destination ${natTo(action.to)}`;
    case 'SNAT':
      return `-j SNAT --to-source ${natTo(action.to)}`;
    case 'MASQUERADE':
      return words('-j MASQUERADE', action.fullyRandom && '--random-fully');
    case 'REDIRECT':
      return `-j REDIRECT --to-ports ${action.port}`;
    // Only nft has these.
    case 'vmap':
    case 'numgen-vmap':
    case 'numgen-dnat':
    case 'update':
      return '';
    // And only ebtables these.
    case 'ether-dnat':
    case 'ether-snat': {
      const name = action.target === 'ether-dnat' ? 'dnat' : 'snat';
      const to = action.target === 'ether-dnat' ? '--to-dst' : '--to-src';
      return words(`-j ${name} ${to} ${action.mac}`, action.arp && '--snat-arp', `--${name}-target ACCEPT`);
    }
    case 'arpreply':
      return `-j arpreply --arpreply-mac ${action.mac}`;
    default:
      return never(action);
  }
};
