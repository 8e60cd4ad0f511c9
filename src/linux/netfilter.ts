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
  /** `module: 'state'`: asked by iptables' old `-m state --state`. */
  | { readonly match: 'ctstate'; readonly states: readonly CtState[]; readonly module?: 'state' }
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
  /** `bridged`: and only where the frame is forwarded from port to port, in one `-m physdev`. */
  | {
      readonly match: 'physdev';
      readonly dir: 'in' | 'out' | 'is-in' | 'is-bridged';
      readonly ifname?: string;
      readonly bridged?: true;
    }
  /** xt_policy: whether IPsec will wrap (out) or has unwrapped (in) the packet. */
  | { readonly match: 'policy'; readonly dir: 'in' | 'out'; readonly pol: 'none' | 'ipsec' }
  /** nft: one of these prefixes, `ip saddr { 10.0.0.0/8, 192.0.2.1 }`. */
  | { readonly match: 'saddr-in' | 'daddr-in'; readonly prefixes: readonly Prefix[] }
  /** nft: a set of the rule's own table, `ip daddr . meta l4proto . th dport @name`. */
  | { readonly match: 'lookup'; readonly fields: readonly NftField[]; readonly set: string }
  /** xt_recent. A walk sends the first packet of a client, so no list has an entry: `rcheck` never holds. */
  | {
      readonly match: 'recent';
      readonly op: 'rcheck' | 'set';
      readonly name: string;
      readonly seconds?: number;
      readonly reap?: boolean;
      readonly v6?: boolean;
    }
  /** xt_nfacct: counts, and always holds. */
  | { readonly match: 'nfacct'; readonly name: string }
  /** xt_ipvs: the connection was scheduled by this virtual server. */
  | { readonly match: 'ipvs'; readonly vaddr: Ip; readonly protocol: L4Name; readonly vport: number }
  | { readonly match: 'ether-saddr' | 'ether-daddr'; readonly mac: Mac }
  | { readonly match: 'ether-type'; readonly type: 'IPv4' | 'IPv6' | 'ARP' }
  /** ebtables: neither broadcast nor multicast, `-s Unicast`. */
  | { readonly match: 'ether-unicast'; readonly side: 'saddr' | 'daddr' }
  /** ebtables: an ARP packet, and which address it asks or tells about. */
  | { readonly match: 'arp'; readonly op: 'Request' | 'Reply'; readonly dst?: Prefix }
);

/** What of a packet an nft expression takes: `ip saddr`, `meta l4proto`, `th dport`. */
export type NftField = 'saddr' | 'daddr' | 'l4proto' | 'sport' | 'dport';

/** Where a translation sends to; a missing part stays as it is. */
export type NatTo = { readonly ip?: Ip; readonly port?: number };

/** What a rule does when all its tests hold, spelled as iptables does; `none` is a rule without target (a counter). */
export type Target =
  | { readonly target: 'ACCEPT' | 'DROP' | 'RETURN' | 'none' | 'NOTRACK' }
  /** A copy goes to user space; the next rule follows. */
  | { readonly target: 'NFLOG'; readonly group: number }
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
  | { readonly target: 'REDIRECT'; readonly port: number }
  /** nft: `ip daddr . meta l4proto . th dport vmap @map`; without an element the next rule follows. */
  | { readonly target: 'vmap'; readonly fields: readonly NftField[]; readonly map: string }
  /** nft: `numgen random mod N vmap { 0 : goto a, … }`: each chain as likely as the others. */
  | { readonly target: 'numgen-vmap'; readonly verdict: 'jump' | 'goto'; readonly chains: readonly string[] }
  /** nft: `dnat ip addr . port to numgen random mod N map { 0 : 10.0.0.1 . 80, … }`. */
  | { readonly target: 'numgen-dnat'; readonly to: readonly (Required<NatTo> & { readonly origin?: Origin })[] }
  /** ebtables: another MAC, and the end of the table; `arp`: inside of ARP packets too (`--snat-arp`). */
  | {
      readonly target: 'ether-dnat' | 'ether-snat';
      readonly mac: Mac;
      readonly arp?: true;
    }
  /** ebtables: answers an ARP request for whoever was asked, and drops it. */
  | { readonly target: 'arpreply'; readonly mac: Mac }
  /** nft: `update @set { ip saddr }`; goes on with the next rule. */
  | { readonly target: 'update'; readonly set: string; readonly fields: readonly NftField[] };

export type NfRule = {
  readonly matches: readonly Match[];
  /** nft: statements that run before `action`, e.g. a mark that is set where the rule also masquerades. */
  readonly before?: readonly Target[];
  readonly action: Target;
  readonly comment?: string;
  /** How many extension matches iptables-save shows before the comment; without it, none. */
  readonly commentAt?: number;
  /** Its maker puts it in front again whenever another rule gets there: what others insert comes behind it. */
  readonly staysFirst?: true;
  readonly origin?: Origin;
};

/** A base chain hangs on a hook; the lower `priority` runs first (iptables: raw -300, mangle -150, nat -100/100, filter 0, security 50). */
export type BaseChain = {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
  readonly policy: 'ACCEPT' | 'DROP';
};

export type Chain = {
  readonly name: string;
  readonly base?: BaseChain;
  /** May be a getter that makes them: ask only for what is needed. */
  readonly rules: readonly NfRule[];
  /** For long chains: those of `rules`, in their order, that a packet to this destination may match. */
  readonly narrow?: (dst: Ip, dport: number | undefined) => readonly NfRule[];
  readonly comment?: string;
};

/** A named set of an nft table. Elements are spelled as nft does: `10.0.0.1 . tcp . 80`. */
export type NftSet = {
  readonly name: string;
  readonly fields: readonly NftField[];
  readonly elements: readonly string[];
  readonly flags?: readonly ('interval' | 'dynamic' | 'timeout')[];
  /** Seconds. */
  readonly timeout?: number;
  readonly comment?: string;
  /** Whether it has the element, where asking is cheaper than listing. */
  readonly has?: (element: string) => boolean;
};

export type NftMapElement = {
  readonly key: string;
  readonly action: Target;
  readonly origin?: Origin;
  readonly comment?: string;
};

/** A named verdict map of an nft table. */
export type NftMap = {
  readonly name: string;
  readonly fields: readonly NftField[];
  readonly elements: readonly NftMapElement[];
  readonly comment?: string;
  /** The element of a key, where asking is cheaper than listing. */
  readonly find?: (key: string) => NftMapElement | undefined;
};

/**
 * A table. `tool` says who speaks to it and so how it is printed: iptables-save, `nft list ruleset`, or ebtables-save.
 * iptables and ip6tables tables are two Tables, with family ip and ip6.
 */
export type Table = {
  readonly tool: 'iptables' | 'nft' | 'ebtables';
  readonly family: 'ip' | 'ip6' | 'inet' | 'bridge';
  readonly name: string;
  /** May be a getter that makes them all; `lazy` then gives what a packet needs without that. */
  readonly chains: readonly Chain[];
  readonly lazy?: {
    /** The chains with a hook. */
    readonly bases: readonly Chain[];
    readonly chain: (name: string) => Chain | undefined;
    /** nft only. */
    readonly set?: (name: string) => NftSet | undefined;
  };
  /** nft only. May be a getter that makes them all. */
  readonly sets?: readonly NftSet[];
  readonly maps?: readonly NftMap[];
  readonly comment?: string;
};

export type IpSet = {
  readonly name: string;
  readonly type: 'hash:ip' | 'hash:net' | 'hash:ip,port' | 'hash:ip,port,ip' | 'hash:ip,port,net' | 'bitmap:port';
  readonly family: 4 | 6;
  /** One text per entry as `ipset save` writes it: `10.1.0.0/16`, `10.96.0.1,tcp:443`, `10.0.0.0/8 nomatch`. */
  readonly entries: readonly string[];
  /** Whether one of the entries is this text, where asking is cheaper than listing; only for types without ranges. */
  readonly has?: (entry: string) => boolean;
  readonly comment?: string;
};
