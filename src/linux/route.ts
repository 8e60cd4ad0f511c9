import type { Family, Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import type { L4Name, PortRange } from '../net/protocol.ts';
import type { Origin } from './origin.ts';

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw';
export type RouteScope = 'global' | 'link' | 'host';

export type NextHop = {
  readonly gateway?: Ip;
  readonly dev: string;
  readonly weight?: number;
  readonly onlink?: boolean;
};

/** A route, as iproute2 names its attributes; `nexthops` holds one entry, or several for ECMP, or none for blackhole and kin. */
export type Route = {
  readonly type: RouteType;
  readonly dst: Prefix;
  readonly nexthops: readonly NextHop[];
  readonly table: number;
  readonly protocol?: string;
  readonly scope: RouteScope;
  readonly prefsrc?: Ip;
  readonly metric?: number;
  /** Locked or advised path MTU (`mtu`, `mtu lock`). */
  readonly mtu?: number;
  readonly origin?: Origin;
};

export const RT_TABLE = { local: 255, main: 254, default: 253 } as const;

/** A policy routing rule (`ip rule`): the first whose selectors match and whose table has an answer decides. */
export type Rule = {
  readonly priority: number;
  readonly family: Family;
  readonly src?: Prefix;
  readonly dst?: Prefix;
  readonly fwmark?: number;
  readonly fwmask?: number;
  readonly iif?: string;
  readonly oif?: string;
  readonly ipproto?: L4Name;
  readonly dport?: PortRange;
  readonly not?: boolean;
  readonly action: { readonly lookup: number } | 'blackhole' | 'unreachable' | 'prohibit';
  readonly origin?: Origin;
};
