import type { Netns } from '../linux/netns.ts';
import { confKey, confMax, confOr } from '../linux/sysctl.ts';
import { familyOf, isLoopback, isMulticast, isUnspecified } from '../net/ip.ts';
import type { Env, Skb } from './path.ts';
import type { Because, Reason } from './walk.ts';

export type Refusal = { readonly reason: Reason; readonly because: readonly Because[] };

const sysctlLine = (netns: Netns, ifname: string, key: string, value: number): Because => ({
  of: 'sysctl',
  line: `${(netns.sysctls[confKey(4, ifname, key)] ?? 0) === value ? confKey(4, ifname, key) : confKey(4, 'all', key)} = ${value}`,
});

/**
 * fib_validate_source() (net/ipv4/fib_frontend.c): may a packet with this source come in by `iif`?
 * @param mode the strictness to test with instead of the link's rp_filter, for the rpfilter match
 * @returns undefined if it may
 */
export const validateSource = (env: Env, netns: Netns, skb: Skb, iif: string, mode?: number): Refusal | undefined => {
  const { src } = skb.packet;
  // IPv6 has no such check of its own.
  if (familyOf(src) === 6 && mode === undefined) return undefined;
  const rpf = mode ?? (skb.secpath ? 0 : confMax(netns, 4, iif, 'rp_filter'));
  const fib = env.fib(netns);
  const acceptLocal = confOr(netns, 4, iif, 'accept_local');
  const martian: Refusal = {
    reason: { code: 'MARTIAN_SOURCE', dropReason: 'IP_LOCAL_SOURCE' },
    because: [sysctlLine(netns, iif, 'accept_local', 0)],
  };
  if (rpf === 0) return fib.isLocal(src) && !acceptLocal ? martian : undefined;
  const refuse: Refusal = {
    reason: { code: 'RP_FILTER', dropReason: 'IP_RPFILTER' },
    because: [sysctlLine(netns, iif, 'rp_filter', rpf)],
  };
  const noAddress = !netns.addresses.some((address) => address.dev === iif && typeof address.local === 'number');
  const found = fib.lookup({ dst: src, src: skb.packet.dst, iif: 'lo', mark: skb.mark });
  if (!found) return refuse;
  if (found.route.type === 'local') return acceptLocal ? undefined : martian;
  if (found.route.type !== 'unicast') return refuse;
  if (found.route.nexthops.some((hop) => hop.dev === iif)) return undefined;
  return noAddress || rpf === 1 ? refuse : undefined;
};

/** Addresses that no forwarded or received packet may carry (ip_route_input_slow). */
export const martian = (netns: Netns, skb: Skb, iif: string): Refusal | undefined => {
  const { src, dst } = skb.packet;
  const refuse = (code: string, dropReason: string): Refusal => ({ reason: { code, dropReason }, because: [] });
  const localnet = familyOf(src) === 4 && confOr(netns, 4, iif, 'route_localnet');
  if (isMulticast(src) || src === 0xffffffff) return refuse('MARTIAN_SOURCE', 'IP_INVALID_SOURCE');
  if (isUnspecified(src) && familyOf(src) === 4 && dst !== 0xffffffff)
    return refuse('MARTIAN_SOURCE', 'IP_INVALID_SOURCE');
  if (isUnspecified(dst)) return refuse('MARTIAN_DESTINATION', 'IP_INVALID_DEST');
  if (isLoopback(src) && iif !== 'lo' && !localnet) return refuse('MARTIAN_SOURCE', 'IP_LOCALNET');
  if (isLoopback(dst) && iif !== 'lo' && !localnet) return refuse('MARTIAN_DESTINATION', 'IP_LOCALNET');
  return undefined;
};
