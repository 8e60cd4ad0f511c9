import type { Hook } from '../linux/netfilter.ts';
import type { Ip } from '../net/ip.ts';
import type { Ended, Path, Skb } from './path.ts';

/** Where a hook runs: the links it sees, and for MASQUERADE the next hop of the route taken. */
export type HookPlace = {
  readonly hook: Hook;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  readonly nexthop?: Ip | undefined;
};

/** Goes on with the packet as the hook left it. */
export type Next = (path: Path, skb: Skb) => Ended[];

/** One thing that hangs on a hook. */
export type Stage = (path: Path, skb: Skb, next: Next) => Ended[];
