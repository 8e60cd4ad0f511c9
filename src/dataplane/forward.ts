import type { Netns } from '../linux/netns.ts';
import { linkBecause, routeBecause } from './because.ts';
import type { Found } from './fib.ts';
import { runHook } from './hook.ts';
import { sendError } from './icmp.ts';
import { mtuOf, mustRefuse } from './mtu.ts';
import { alternatives, postrouting, reroute, type Taken } from './output.ts';
import { branch, drop, type Ended, type Path, type Skb, step } from './path.ts';
import { xfrmForwardRefuses } from './xfrm.ts';

/** ip_forward() for each next hop: TTL, MTU, FORWARD, then out. */
export const forward = (path: Path, netns: Netns, dev: string, skb: Skb, found: Found): Ended[] =>
  alternatives(found).flatMap((taken) => forwardBy(branch(path, taken.probability), netns, dev, skb, taken));

const forwardBy = (path: Path, netns: Netns, dev: string, skb: Skb, taken: Taken): Ended[] => {
  const { hop, found } = taken;
  const { packet } = skb;
  const routed = step(
    path,
    netns.id,
    skb,
    {
      kind: 'route',
      lookup: packet.dst,
      table: found.route.table,
      type: found.route.type,
      dev: hop.dev,
      iif: dev,
      ...(hop.gateway !== undefined && { gateway: hop.gateway }),
    },
    routeBecause(found),
  );
  const at = { netns: netns.id, dev };
  const unsecured = xfrmForwardRefuses(netns, skb);
  if (unsecured) return drop(routed, at, skb, unsecured.reason, unsecured.because);
  if (packet.ttl <= 1) {
    const error = sendError(routed, netns, skb, 'ttl-exceeded');
    return drop(routed, at, skb, { code: 'TTL_EXPIRED', dropReason: 'IP_INHDR' }, [], error);
  }
  const mtu = mtuOf(netns, taken, skb);
  const size = packet.fragment ?? packet.length;
  if (mustRefuse(skb, mtu)) {
    const error = sendError(routed, netns, skb, 'frag-needed', { mtu });
    const code = error?.verdict === 'delivered' || error === undefined ? 'MTU_EXCEEDED_DF' : 'PMTU_BLACKHOLE';
    const detail = `${size} bytes, ${hop.dev} takes ${mtu}`;
    return drop(
      routed,
      { ...at, dev: hop.dev },
      skb,
      { code, detail, dropReason: 'PKT_TOO_BIG' },
      linkBecause(netns, hop.dev),
      error,
    );
  }
  const less: Skb = { ...skb, packet: { ...packet, ttl: packet.ttl - 1 } };
  const decremented = step(routed, netns.id, less, { kind: 'forward', dev: hop.dev });
  return runHook(decremented, netns, less, { hook: 'forward', iif: dev, oif: hop.dev }, (after, out) =>
    // An answer to which ip_vs gave another source is routed as if this host had sent it (snat_reroute).
    out.packet.src === packet.src ? postrouting(after, netns, out, taken) : reroute(after, netns, out, taken),
  );
};
