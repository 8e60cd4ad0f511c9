import type { Netns } from '../linux/netns.ts';
import { sysctl } from '../linux/sysctl.ts';
import { formatIp, isLoopback } from '../net/ip.ts';
import { linkBecause, routeBecause } from './because.ts';
import { connectionOf, dropConnection, putConnection } from './conntrack.ts';
import type { HookPlace, Next } from './hook-place.ts';
import { sendError } from './icmp.ts';
import type { IpvsConnection } from './ipvs-table.ts';
import { mtuOf, mustRefuseToServer } from './mtu.ts';
import { alternatives, refusalOf, sendOn, type Taken } from './output.ts';
import { branch, drop, type Ended, type Path, type Skb } from './path.ts';

/** A packet on its way to a real server. */
export type Request = {
  readonly connection: IpvsConnection;
  /** Notes the rewrite as a step, and gives the rewritten packet. */
  readonly rewrite: (path: Path, skb: Skb) => { readonly path: Path; readonly skb: Skb };
  /** It is an ICMP error about the connection, which is sent on whatever its size. */
  readonly error: boolean;
};

/**
 * ip_vs_update_conntrack(): with net.ipv4.vs.conntrack the answers are expected from the real server; the connection does not
 * count as destination NAT of netfilter, since ip_vs itself undoes it. Without, conntrack forgets the connection.
 */
const noteConntrack = (path: Path, netns: Netns, skb: Skb, { real }: IpvsConnection): { path: Path; skb: Skb } => {
  if (sysctl(netns, 'net.ipv4.vs.conntrack') === 0) return untracked(path, netns, skb);
  const known = connectionOf(path, netns.id, skb.nfct);
  if (!known || skb.nfct?.dir !== 'original' || skb.nfct.state !== 'NEW') return { path, skb };
  const reply = { ...known.reply, src: real.ip, sport: real.port };
  return { path: putConnection(path, netns.id, { ...known, reply }), skb };
};

/** ip_vs_notrack(). */
export const untracked = (path: Path, netns: Netns, skb: Skb): { path: Path; skb: Skb } => {
  const fresh = skb.nfct?.state === 'NEW';
  const forgotten = fresh ? dropConnection(path, netns.id, skb.nfct) : path;
  return { path: forgotten, skb: { ...skb, nfct: undefined, notrack: true } };
};

/**
 * ip_vs_nat_xmit(): to a real server of this namespace the packet goes on in the hook where it is, to another one it is routed
 * anew, through OUTPUT and POSTROUTING. It never sees FORWARD.
 */
export const xmit = (path: Path, netns: Netns, place: HookPlace, skb: Skb, request: Request, next: Next): Ended[] => {
  const { connection } = request;
  const { real } = connection;
  const at = { netns: netns.id, dev: place.iif };
  const own = place.hook === 'output';
  // The destination alone decides: neither source nor mark take part (do_output_route4).
  const found = path.env.fib(netns).lookup({ dst: real.ip });
  if (!found || found.hops.length === 0) {
    const { reason, because } = refusalOf(found, real.ip);
    const error = sendError(path, netns, skb, 'host-unreachable', { ownToo: own });
    return drop(path, at, skb, reason, because, error);
  }
  if (found.route.type === 'local') {
    const to = isLoopback(real.ip) && !own;
    if (to) return drop(path, at, skb, { code: 'MARTIAN_DESTINATION', detail: formatIp(real.ip) }, routeBecause(found));
    const noted = noteConntrack(path, netns, { ...skb, ipvs: true }, connection);
    const rewritten = request.rewrite(noted.path, noted.skb);
    return next(rewritten.path, rewritten.skb);
  }
  if (isLoopback(skb.packet.src))
    return drop(path, at, skb, { code: 'MARTIAN_SOURCE', detail: formatIp(skb.packet.src) }, routeBecause(found));
  return alternatives(found).flatMap((taken) =>
    xmitBy(branch(path, taken.probability), netns, place, skb, request, taken),
  );
};

const xmitBy = (path: Path, netns: Netns, place: HookPlace, skb: Skb, request: Request, taken: Taken): Ended[] => {
  const { packet } = skb;
  const at = { netns: netns.id, dev: place.iif };
  // What the namespace sends itself is told by way of lo.
  const tell = { ownToo: place.hook === 'output' };
  if (packet.ttl <= 1) {
    const error = sendError(path, netns, skb, 'ttl-exceeded', tell);
    return drop(path, at, skb, { code: 'TTL_EXPIRED', dropReason: 'IP_INHDR' }, [], error);
  }
  const less: Skb = { ...skb, packet: { ...packet, ttl: packet.ttl - 1 } };
  const mtu = mtuOf(netns, taken, skb);
  if (!request.error && mustRefuseToServer(less, mtu)) {
    const error = sendError(path, netns, less, 'frag-needed', { ...tell, mtu });
    const code = error?.verdict === 'delivered' || error === undefined ? 'MTU_EXCEEDED_DF' : 'PMTU_BLACKHOLE';
    const detail = `${packet.fragment ?? packet.length} bytes, ${taken.hop.dev} takes ${mtu}`;
    const because = linkBecause(netns, taken.hop.dev);
    return drop(path, { ...at, dev: taken.hop.dev }, less, { code, detail }, because, error);
  }
  const noted = noteConntrack(path, netns, { ...skb, ipvs: true }, request.connection);
  const rewritten = request.rewrite(noted.path, noted.skb);
  const sent: Skb = { ...rewritten.skb, packet: { ...rewritten.skb.packet, ttl: packet.ttl - 1 } };
  return sendOn(rewritten.path, netns, sent, taken);
};
