import type { Netns } from '../linux/netns.ts';
import { printRoute } from '../linux/print/index.ts';
import type { NextHop } from '../linux/route.ts';
import { familyOf, formatIp, type Ip } from '../net/ip.ts';
import { routeBecause } from './because.ts';
import type { Found } from './fib.ts';
import { finishOutput } from './finish.ts';
import { runHook } from './hook.ts';
import { receiveIp } from './input.ts';
import { opaque } from './opaque.ts';
import type { Packet } from './packet.ts';
import { branch, drop, type Ended, type Path, type Skb, step, tap } from './path.ts';
import { sourceFor } from './source.ts';
import type { Because, Reason } from './walk.ts';
import { xfrmOut } from './xfrm.ts';

/** A packet that this namespace sends itself; the kernel picks the source where none is given. */
export type LocalPacket = Omit<Packet, 'src'> & { readonly src?: Ip };

export type Taken = { readonly found: Found; readonly hop: NextHop; readonly probability: number };

/** The next hops of a route as alternatives: ECMP picks by hash, so each is as likely as its weight. */
export const alternatives = (found: Found): Taken[] => {
  // What goes to an own address goes by lo, whichever link has the address (ip_route_output_key_hash_rcu).
  if (found.route.type === 'local') return [{ found, hop: { dev: 'lo' }, probability: 1 }];
  const total = found.hops.reduce((sum, hop) => sum + (hop.weight ?? 1), 0);
  return found.hops.map((hop) => ({ found, hop, probability: (hop.weight ?? 1) / total }));
};

const REFUSALS: Readonly<Record<string, Reason>> = {
  blackhole: { code: 'BLACKHOLE_ROUTE', dropReason: 'IP_OUTNOROUTES' },
  unreachable: { code: 'UNREACHABLE_ROUTE', dropReason: 'IP_OUTNOROUTES' },
  prohibit: { code: 'PROHIBIT_ROUTE', dropReason: 'IP_OUTNOROUTES' },
};

/** Why a lookup gave no way on, with the route that said so. */
export const refusalOf = (found: Found | undefined, dst: Ip): { reason: Reason; because: Because[] } => {
  if (!found) return { reason: { code: 'NO_ROUTE', detail: formatIp(dst), dropReason: 'IP_OUTNOROUTES' }, because: [] };
  const { route } = found;
  const reason = REFUSALS[route.type] ?? { code: 'NO_ROUTE', dropReason: 'IP_OUTNOROUTES' };
  return { reason: { ...reason, detail: printRoute(route) }, because: routeBecause(found) };
};

const routeStep = (path: Path, netns: Netns, skb: Skb, taken: Taken, source?: Ip): Path => {
  const { found, hop } = taken;
  return step(
    path,
    netns.id,
    skb,
    {
      kind: 'route',
      lookup: skb.packet.dst,
      table: found.route.table,
      type: found.route.type,
      dev: hop.dev,
      ...(hop.gateway !== undefined && { gateway: hop.gateway }),
      ...(source !== undefined && { source }),
    },
    routeBecause(found),
  );
};

const flowOf = (packet: LocalPacket, mark: number) => ({
  dst: packet.dst,
  src: packet.src,
  mark,
  proto: packet.l4.proto,
  ...('dport' in packet.l4 && { dport: packet.l4.dport }),
});

/**
 * Sends a packet from inside a namespace, as a socket or a tunnel device does: route, OUTPUT, POSTROUTING, link.
 * @param mark what a tunnel's packet inherits from the packet inside
 */
export const sendLocal = (path: Path, netns: Netns, packet: LocalPacket, mark = 0): Ended[] => {
  const hidden = opaque(path, netns, undefined, { packet: { ...packet, src: packet.src ?? packet.dst }, mark });
  if (hidden) return hidden;
  const found = path.env.fib(netns).lookup(flowOf(packet, mark));
  if (!found || found.hops.length === 0) {
    const { reason, because } = refusalOf(found, packet.dst);
    const src = packet.src ?? packet.dst;
    return drop(path, { netns: netns.id }, { packet: { ...packet, src }, mark }, reason, because);
  }
  return alternatives(found).flatMap((taken) => {
    const src = packet.src ?? sourceFor(netns, found.route, taken.hop, packet.dst);
    const forked = branch(path, taken.probability);
    if (src === undefined) {
      const skb = { packet: { ...packet, src: packet.dst }, mark };
      return drop(
        forked,
        { netns: netns.id, dev: taken.hop.dev },
        skb,
        { code: 'NO_SOURCE_ADDRESS' },
        routeBecause(found),
      );
    }
    const skb: Skb = { packet: { ...packet, src }, mark };
    return localOut(routeStep(forked, netns, skb, taken, src), netns, skb, taken);
  });
};

/** A packet that something in this namespace sends by a route it has found already: OUTPUT, POSTROUTING, link. */
export const sendOn = (path: Path, netns: Netns, skb: Skb, taken: Taken): Ended[] =>
  localOut(routeStep(path, netns, skb, taken), netns, skb, taken);

/** __ip_local_out(): OUTPUT, and a new look at the route if the hook changed where the packet goes. */
const localOut = (path: Path, netns: Netns, skb: Skb, taken: Taken): Ended[] =>
  runHook(path, netns, skb, { hook: 'output', oif: taken.hop.dev }, (after, out) => {
    // ip_vs keeps the route of what stays here, and looks again for an answer with another source (snat_reroute).
    const same = out.packet.dst === skb.packet.dst && out.packet.src === skb.packet.src;
    const stays = out.ipvs && taken.found.route.type === 'local' && path.env.fib(netns).isLocal(out.packet.dst);
    if (out.mark === skb.mark && (same || stays)) return postrouting(after, netns, out, taken);
    const newSource = out.mark === skb.mark && out.packet.dst === skb.packet.dst;
    return reroute(after, netns, out, newSource ? taken : undefined);
  });

/**
 * ip_route_me_harder(): another look at the route after a hook changed a packet, then POSTROUTING.
 * @param before the way so far, which a changed source seldom changes: the same route again is no step
 */
export const reroute = (path: Path, netns: Netns, skb: Skb, before: Taken | undefined): Ended[] => {
  const found = path.env.fib(netns).lookup(flowOf(skb.packet, skb.mark));
  if (!found || found.hops.length === 0) {
    const { reason, because } = refusalOf(found, skb.packet.dst);
    return drop(path, { netns: netns.id }, skb, reason, because);
  }
  if (found.route === before?.found.route) return postrouting(path, netns, skb, before);
  return alternatives(found).flatMap((next) =>
    postrouting(routeStep(branch(path, next.probability), netns, skb, next), netns, skb, next),
  );
};

/** ip_output(): POSTROUTING, then IPsec where a policy wants it, then the link. */
export const postrouting = (path: Path, netns: Netns, skb: Skb, taken: Taken): Ended[] => {
  const { hop } = taken;
  const nexthop =
    hop.gateway !== undefined && familyOf(hop.gateway) === familyOf(skb.packet.dst) ? hop.gateway : skb.packet.dst;
  return runHook(path, netns, skb, { hook: 'postrouting', iif: skb.iif, oif: hop.dev, nexthop }, (after, out) => {
    const secured = xfrmOut(after, netns, out);
    if (secured) return secured;
    if (netns.links.find((link) => link.ifname === hop.dev)?.kind === 'loopback' || taken.found.route.type === 'local')
      return loopback(after, netns, out);
    return finishOutput(after, netns, out, taken);
  });
};

// What goes to an own address comes back in by lo, with the connection that it has already.
// A capture sees it once: libpcap leaves out what goes out by lo.
const loopback = (path: Path, netns: Netns, skb: Skb): Ended[] =>
  receiveIp(tap(path, netns.id, 'lo', 'in', skb.packet), netns, 'lo', skb);
