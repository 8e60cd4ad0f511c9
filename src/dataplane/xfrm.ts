import type { Netns, XfrmPolicy } from '../linux/netns.ts';
import { printXfrm } from '../linux/print/index.ts';
import { sysctl } from '../linux/sysctl.ts';
import { contains } from '../net/prefix.ts';
import { sendLocal } from './output.ts';
import type { Packet } from './packet.ts';
import { type Ended, type Path, type Skb, step } from './path.ts';
import type { Because, Reason } from './walk.ts';

const because = (policy: XfrmPolicy): Because => ({
  of: 'xfrm',
  line: printXfrm(policy),
  ...(policy.origin && { origin: policy.origin }),
});

const matching = (netns: Netns, dir: XfrmPolicy['dir'], packet: Packet): XfrmPolicy | undefined =>
  netns.xfrm.find((p) => p.dir === dir && contains(p.src, packet.src) && contains(p.dst, packet.dst));

/** The policy that an outgoing packet falls under. */
export const xfrmPolicyOut = (netns: Netns, packet: Packet): XfrmPolicy | undefined =>
  netns.xfrm.length === 0 ? undefined : matching(netns, 'out', packet);

/** xfrm4_output(): wraps the packet in ESP and sends that as a packet of our own, or undefined where no policy wants it. */
export const xfrmOut = (path: Path, netns: Netns, skb: Skb): Ended[] | undefined => {
  const policy = xfrmPolicyOut(netns, skb.packet);
  if (!policy) return undefined;
  const { src, dst } = policy.tmpl;
  const inner = skb.packet;
  const length = (inner.fragment ?? inner.length) + policy.overhead;
  const l4 = policy.udpEncap
    ? ({ proto: 'udp', sport: 4500, dport: 4500, carries: { kind: 'esp', packet: inner } } as const)
    : ({ proto: 'esp', inner } as const);
  const outer = { src, dst, ttl: sysctl(netns, 'net.ipv4.ip_default_ttl'), length, df: inner.df, l4 };
  const detail = { kind: 'encapsulate', dev: 'xfrm', tunnel: 'esp', outer, overhead: policy.overhead } as const;
  return sendLocal(step(path, netns.id, skb, detail, [because(policy)]), netns, outer, skb.mark);
};

type Refusal = { readonly reason: Reason; readonly because: readonly Because[] };

const refuses = (netns: Netns, dir: 'in' | 'fwd', skb: Skb): Refusal | undefined => {
  const policy = netns.xfrm.length === 0 ? undefined : matching(netns, dir, skb.packet);
  if (!policy || skb.secpath) return undefined;
  return { reason: { code: 'XFRM_MISMATCH', dropReason: 'XFRM_POLICY' }, because: [because(policy)] };
};

/** A packet that a policy wants encrypted but that came in clear is not forwarded. */
export const xfrmForwardRefuses = (netns: Netns, skb: Skb): Refusal | undefined => refuses(netns, 'fwd', skb);
/** The same for a packet to the namespace itself. */
export const xfrmInputRefuses = (netns: Netns, skb: Skb): Refusal | undefined => refuses(netns, 'in', skb);
