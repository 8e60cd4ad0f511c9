import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Prefix } from '../net/prefix.ts';
import type { L4Name, PortRange } from '../net/protocol.ts';
import type { Origin } from './origin.ts';

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
export type CtState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED' | 'SNAT' | 'DNAT';
export type AddrType = 'LOCAL' | 'UNICAST' | 'BROADCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT';

/** One test of a rule. All tests of a rule must hold; `not` inverts one. */
export type Match = { readonly not?: boolean } & (
  | { readonly match: 'saddr' | 'daddr'; readonly prefix: Prefix }
  /** A trailing + (nft: *) matches any ending. */
  | { readonly match: 'iifname' | 'oifname'; readonly ifname: string }
  | { readonly match: 'l4proto'; readonly protocol: L4Name }
  /** `multiport`: said with `-m multiport` even where one port is listed, as portmap does. */
  | { readonly match: 'sport' | 'dport'; readonly ports: readonly PortRange[]; readonly multiport?: true }
  | { readonly match: 'icmp'; readonly type: number; readonly code?: number }
  | { readonly match: 'mark' | 'ctmark'; readonly value: number; readonly mask: number }
  | { readonly match: 'ctstate'; readonly states: readonly CtState[] }
  | {
      readonly match: 'addrtype';
      readonly side: 'src' | 'dst';
      readonly type: AddrType;
      readonly limitIface?: 'in' | 'out';
    }
  | { readonly match: 'set'; readonly set: string; readonly dirs: readonly ('src' | 'dst')[] }
  | { readonly match: 'statistic'; readonly probability: number }
  | {
      readonly match: 'rpfilter';
      readonly loose?: boolean;
      readonly validmark?: boolean;
      readonly acceptLocal?: boolean;
    }
  | { readonly match: 'physdev'; readonly dir: 'in' | 'out' | 'is-bridged'; readonly ifname?: string }
  | { readonly match: 'ether-saddr' | 'ether-daddr'; readonly mac: Mac }
  | { readonly match: 'ether-type'; readonly type: 'IPv4' | 'IPv6' | 'ARP' }
);

/** Where a translation sends to; a missing part stays as it is. */
export type NatTo = { readonly ip?: Ip; readonly port?: number };

/** What a rule does when all its tests hold, spelled as iptables does; `none` is a rule without target (a counter). */
export type Target =
  | { readonly target: 'ACCEPT' | 'DROP' | 'RETURN' | 'none' | 'NOTRACK' }
  | {
      readonly target: 'REJECT';
      readonly with: 'icmp-port-unreachable' | 'icmp-host-prohibited' | 'icmp-admin-prohibited' | 'tcp-reset';
    }
  | { readonly target: 'jump' | 'goto'; readonly chain: string }
  /** mark = (mark & ~mask) ^ value, as `--set-xmark value/mask`. */
  | { readonly target: 'MARK'; readonly value: number; readonly mask: number }
  | {
      readonly target: 'CONNMARK';
      readonly op: 'save' | 'restore' | 'set';
      readonly value: number;
      readonly mask: number;
    }
  | { readonly target: 'DNAT' | 'SNAT'; readonly to: NatTo }
  | { readonly target: 'MASQUERADE'; readonly fullyRandom?: boolean }
  | { readonly target: 'REDIRECT'; readonly port: number };

export type NfRule = {
  readonly matches: readonly Match[];
  readonly action: Target;
  readonly comment?: string;
  /** How many extension matches iptables-save shows before the comment; without it, none. */
  readonly commentAt?: number;
  readonly origin?: Origin;
};

/** A base chain hangs on a hook; the lower `priority` runs first (iptables: raw -300, mangle -150, nat -100/100, filter 0, security 50). */
export type BaseChain = {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
  readonly policy: 'ACCEPT' | 'DROP';
};

export type Chain = { readonly name: string; readonly base?: BaseChain; readonly rules: readonly NfRule[] };

/**
 * A table. `tool` says who speaks to it and so how it is printed: iptables-save, `nft list ruleset`, or ebtables-save.
 * iptables and ip6tables tables are two Tables, with family ip and ip6.
 */
export type Table = {
  readonly tool: 'iptables' | 'nft' | 'ebtables';
  readonly family: 'ip' | 'ip6' | 'inet' | 'bridge';
  readonly name: string;
  readonly chains: readonly Chain[];
};

export type IpSet = {
  readonly name: string;
  readonly type: 'hash:ip' | 'hash:net' | 'hash:ip,port' | 'hash:ip,port,ip' | 'hash:ip,port,net' | 'bitmap:port';
  readonly family: 4 | 6;
  /** One text per entry as `ipset save` writes it: `10.1.0.0/16`, `10.96.0.1,tcp:443`, `10.0.0.0/8 nomatch`. */
  readonly entries: readonly string[];
};
