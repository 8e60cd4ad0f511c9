import type { Netns, XfrmPolicy } from '../linux/netns.ts';
import { printXfrm } from '../linux/print/index.ts';
import { sysctl } from '../linux/sysctl.ts';
import { contains } from '../net/prefix.ts';
import { sendLocal } from './output.ts';
import { type Ended, type Path, type Skb, step } from './path.ts';
import type { Because, Reason } from './walk.ts';

const because = (policy: XfrmPolicy): Because => ({
  of: 'xfrm',
  line: printXfrm(policy),
  ...(policy.origin && { origin: policy.origin }),
});

type Marked = Pick<Skb, 'packet' | 'mark'>;

const selects = (policy: XfrmPolicy, { packet, mark }: Marked): boolean => {
  const { l4 } = packet;
  if (!contains(policy.src, packet.src) || !contains(policy.dst, packet.dst)) return false;
  if (policy.udpPort !== undefined && !(l4.proto === 'udp' && l4.dport === policy.udpPort)) return false;
  return !policy.mark || (mark & policy.mark.mask) >>> 0 === policy.mark.value;
};

const matching = (netns: Netns, dir: XfrmPolicy['dir'], skb: Marked): XfrmPolicy | undefined =>
  netns.xfrm.find((p) => p.dir === dir && selects(p, skb));

/** The policy that an outgoing packet falls under. */
export const xfrmPolicyOut = (netns: Netns, skb: Marked): XfrmPolicy | undefined =>
  netns.xfrm.length === 0 ? undefined : matching(netns, 'out', skb);

// What pads the bytes behind the IP header, and ESP's two of trailer, to whole blocks.
const padding = ({ align }: XfrmPolicy, size: number): number =>
  align ? (align - ((size - 20 + 2) % align)) % align : 0;

/** The largest packet that fits into `mtu` after ESP (esp4_get_mtu). */
export const xfrmMtu = ({ overhead, align = 1 }: XfrmPolicy, mtu: number): number => {
  const blocks = mtu - overhead - 20 + 2;
  return blocks - (blocks % align) + 20 - 2;
};

/**
 * xfrm4_output(): wraps the packet in ESP and sends that as a packet of our own, or undefined where no policy wants it. In transport mode
 * the IP header stays, with its TTL.
 */
export const xfrmOut = (path: Path, netns: Netns, skb: Skb): Ended[] | undefined => {
  const policy = xfrmPolicyOut(netns, skb);
  if (!policy) return undefined;
  const { src, dst } = policy.tmpl;
  const inner = skb.packet;
  const size = inner.fragment ?? inner.length;
  const overhead = policy.overhead + padding(policy, size);
  const length = size + overhead;
  const l4 = policy.udpEncap
    ? ({ proto: 'udp', sport: 4500, dport: 4500, carries: { kind: 'esp', packet: inner } } as const)
    : ({ proto: 'esp', inner } as const);
  const ttl = policy.mode === 'transport' ? inner.ttl : sysctl(netns, 'net.ipv4.ip_default_ttl');
  const outer = { src, dst, ttl, length, df: inner.df, l4 };
  const detail = { kind: 'encapsulate', dev: 'xfrm', tunnel: 'esp', outer, overhead } as const;
  return sendLocal(step(path, netns.id, skb, detail, [because(policy)]), netns, outer, skb.mark);
};

type Refusal = { readonly reason: Reason; readonly because: readonly Because[] };

const refuses = (netns: Netns, dir: 'in' | 'fwd', skb: Skb): Refusal | undefined => {
  const policy = netns.xfrm.length === 0 ? undefined : matching(netns, dir, skb);
  if (!policy || skb.secpath) return undefined;
  return { reason: { code: 'XFRM_MISMATCH', dropReason: 'XFRM_POLICY' }, because: [because(policy)] };
};

/** A packet that a policy wants encrypted but that came in clear is not forwarded. */
export const xfrmForwardRefuses = (netns: Netns, skb: Skb): Refusal | undefined => refuses(netns, 'fwd', skb);
/** The same for a packet to the namespace itself. */
export const xfrmInputRefuses = (netns: Netns, skb: Skb): Refusal | undefined => refuses(netns, 'in', skb);
