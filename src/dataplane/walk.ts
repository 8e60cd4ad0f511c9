import type { Hook } from '../linux/netfilter.ts';
import type { Origin } from '../linux/origin.ts';
import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Frame, Packet } from './packet.ts';

export type Known = 'modelled' | 'assumed' | 'unsupported';

/** The entry of state that decided. `line` is what the Linux tool prints for it. */
export type Because = {
  readonly of:
    | 'route'
    | 'rule'
    | 'neigh'
    | 'fdb'
    | 'netfilter'
    | 'ebtables'
    | 'link'
    | 'address'
    | 'sysctl'
    | 'xfrm'
    | 'daemon'
    | 'flow'
    | 'fabric'
    | 'socket'
    | 'conntrack'
    | 'ipvs';
  readonly line: string;
  readonly origin?: Origin;
};

/** A rule that was looked at; `matched` false with the test that failed. */
export type Tried = {
  readonly line: string;
  readonly matched: boolean;
  readonly origin?: Origin;
  readonly failed?: string;
};

export type StepDetail =
  | { readonly kind: 'originate' }
  | { readonly kind: 'receive'; readonly dev: string; readonly frame?: Frame }
  /** A frame leaves by a link towards another namespace or the fabric. */
  | { readonly kind: 'transmit'; readonly dev: string; readonly frame?: Frame; readonly peer?: string }
  | {
      readonly kind: 'bridge';
      readonly dev: string;
      readonly port?: string;
      readonly out: readonly string[];
      readonly action: 'forward' | 'flood' | 'local' | 'both';
    }
  /** One hook's chains of one table were run. `verdict` is the end of it; nat tables report `translate` instead when they rewrite. */
  | {
      readonly kind: 'filter';
      readonly hook: Hook;
      readonly table: string;
      readonly chain: string;
      readonly verdict: 'accept' | 'drop' | 'reject';
      readonly tried: readonly Tried[];
      readonly policy?: boolean;
    }
  | {
      readonly kind: 'mark';
      readonly hook: Hook;
      readonly table: string;
      readonly before: number;
      readonly after: number;
    }
  | {
      readonly kind: 'translate';
      readonly hook: Hook;
      readonly table: string;
      readonly nat: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'un-dnat' | 'un-snat';
      readonly before: Packet;
      readonly tried: readonly Tried[];
    }
  /** Something that did not happen, and why: e.g. no rule of nat POSTROUTING masquerades. */
  | {
      readonly kind: 'skip';
      readonly what: 'nat';
      readonly hook: Hook;
      readonly table: string;
      readonly tried: readonly Tried[];
    }
  | {
      readonly kind: 'route';
      readonly lookup: Ip;
      readonly table: number;
      readonly type: string;
      readonly dev?: string;
      readonly gateway?: Ip;
      readonly source?: Ip;
      readonly iif?: string;
    }
  /** The TTL went down by one on the way through. */
  | { readonly kind: 'forward'; readonly dev: string }
  | {
      readonly kind: 'resolve';
      readonly dev: string;
      readonly ip: Ip;
      readonly mac?: Mac;
      readonly how: 'permanent' | 'arp' | 'proxy' | 'failed' | 'noarp';
    }
  | {
      readonly kind: 'encapsulate';
      readonly dev: string;
      readonly tunnel: Tunnel;
      readonly outer: Packet;
      readonly overhead: number;
    }
  | { readonly kind: 'decapsulate'; readonly dev: string; readonly tunnel: Tunnel; readonly outer: Packet }
  /** A daemon searched its own table. */
  | { readonly kind: 'lookup'; readonly daemon: string; readonly name: string; readonly ip: Ip; readonly via?: Ip }
  | { readonly kind: 'fragment'; readonly dev: string; readonly mtu: number; readonly pieces: number }
  | { readonly kind: 'fabric'; readonly segment: string; readonly to?: string }
  | { readonly kind: 'icmp'; readonly name: string; readonly to: Ip }
  | { readonly kind: 'deliver'; readonly dev: string }
  | { readonly kind: 'drop'; readonly dev?: string };

export type Tunnel = 'udp' | 'vxlan' | 'ipip' | 'wireguard' | 'esp' | 'geneve';

/** One thing that happened, and what decided it. `packet` is the packet after the step; `netns` where. */
export type Step = {
  readonly netns: string;
  readonly packet: Packet;
  readonly because: readonly Because[];
  readonly mark?: number;
  /** MTU of the link concerned. */
  readonly mtu?: number;
  readonly note?: string;
  readonly known?: Known;
} & StepDetail;

/** What `tcpdump -i any` in `netns` would show: one entry per packet tap, in order. */
export type Tap = {
  readonly netns: string;
  readonly dev: string;
  readonly dir: 'in' | 'out';
  readonly packet: Packet;
  readonly frame?: Frame;
};

export type Verdict = 'delivered' | 'exits' | 'dropped' | 'rejected' | 'looped' | 'unknown';

/** Stable upper-case codes; their words are in explain/reasons. `dropReason` is the kernel's SKB_DROP_REASON_*. */
export type Reason = { readonly code: string; readonly detail?: string; readonly dropReason?: string };

/** One way that a packet can go, to its end. */
export type Walk = {
  readonly probability: number;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** Where it ended. */
  readonly netns: string;
  readonly dev?: string;
  readonly packet: Packet;
  readonly steps: readonly Step[];
  readonly taps: readonly Tap[];
  /** Other copies of the frame that came to nothing, or that arrived as well (flooding, promiscuous bridges). */
  readonly copies: readonly {
    readonly verdict: Verdict;
    readonly reason: Reason;
    readonly netns: string;
    readonly dev?: string;
    /** What captures see of it after it parted from the frame. */
    readonly taps: readonly Tap[];
  }[];
  /** The ICMP error that the drop caused, on its way to the sender. */
  readonly error?: Walk;
};
