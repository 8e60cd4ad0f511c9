import type { VirtualServer } from '../linux/ipvs.ts';
import type { Hook } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { printRealServer, printVirtualServer } from '../linux/print/index.ts';
import { sysctl } from '../linux/sysctl.ts';
import type { HookPlace, Stage } from './hook-place.ts';
import { sendError } from './icmp.ts';
import { choicesOf, decidedBy, serviceFor } from './ipvs-schedule.ts';
import { type End, type IpvsConnection, putScheduled, replyOf, requestOf, reversed } from './ipvs-table.ts';
import { type Request, untracked, xmit } from './ipvs-xmit.ts';
import { rewrite } from './nat.ts';
import type { Packet } from './packet.ts';
import { branch, drop, type Path, type Skb, step } from './path.ts';
import type { Because } from './walk.ts';

const aboutOf = ({ l4 }: Packet): Packet | undefined => ('about' in l4 ? l4.about : undefined);

const to = ({ ip, port }: End) => ({ src: ip, dst: ip, sport: port, dport: port });

// An ICMP error is rewritten outside, and inside the packet that it quotes (ip_vs_nat_icmp).
const withEnd = (packet: Packet, side: 'src' | 'dst', end: End): Packet => {
  const { l4 } = packet;
  if (!('about' in l4) || !l4.about) return rewrite(packet, side, to(end));
  const outer = side === 'src' ? { ...packet, src: end.ip } : { ...packet, dst: end.ip };
  return { ...outer, l4: { ...l4, about: rewrite(l4.about, side === 'src' ? 'dst' : 'src', to(end)) } };
};

const because = ({ service, server }: IpvsConnection): Because => {
  const origin = server.origin ?? service.origin;
  return { of: 'ipvs', line: printRealServer(service, server), ...(origin && { origin }) };
};

const translated = (
  path: Path,
  netns: Netns,
  hook: Hook,
  skb: Skb,
  connection: IpvsConnection,
  side: 'src' | 'dst',
  note?: string,
): { path: Path; skb: Skb } => {
  const packet = withEnd(skb.packet, side, side === 'src' ? connection.virtual : connection.real);
  const after: Skb = { ...skb, packet };
  const nat = side === 'src' ? 'un-dnat' : 'dnat';
  const detail = { kind: 'translate', hook, table: 'ipvs', nat, before: skb.packet, tried: [] } as const;
  const extra = note === undefined ? {} : { note };
  return { path: step(path, netns.id, after, detail, [because(connection)], extra), skb: after };
};

/** ip_vs_out(): a packet from a real server to a client, or an ICMP error about one to it, gets the virtual address back. */
const replyStage =
  (netns: Netns, place: HookPlace): Stage =>
  (path, skb, next) => {
    if (skb.ipvs) return next(path, skb);
    const about = aboutOf(skb.packet);
    const connection = replyOf(path, netns.id, about ? reversed(about) : skb.packet);
    if (!connection) return next(path, skb);
    const done = translated(path, netns, place.hook, { ...skb, ipvs: true }, connection, 'src');
    const noted = sysctl(netns, 'net.ipv4.vs.conntrack') === 0 ? untracked(done.path, netns, done.skb) : done;
    return next(noted.path, noted.skb);
  };

const requestFor = (netns: Netns, place: HookPlace, connection: IpvsConnection, note?: string): Request => ({
  connection,
  error: false,
  rewrite: (path, skb) => translated(path, netns, place.hook, skb, connection, 'dst', note),
});

/** ip_vs_in_icmp(): an ICMP error about what a client was sent goes to the real server that sent it. */
const errorStage =
  (netns: Netns, place: HookPlace): Stage =>
  (path, skb, next) => {
    const about = aboutOf(skb.packet);
    const connection = about && !skb.ipvs ? requestOf(path, netns.id, reversed(about)) : undefined;
    if (!connection) return next(path, skb);
    return xmit(path, netns, place, skb, { ...requestFor(netns, place, connection), error: true }, next);
  };

const noteOf = (service: VirtualServer, choices: number): string =>
  `ip_vs takes the packet for a virtual server and sends it to one of ${choices} real servers: ${decidedBy(service)}.`;

/** ip_vs_in(): a packet to a virtual server goes to the real server of its connection, or to one that is chosen now. */
const requestStage =
  (netns: Netns, place: HookPlace): Stage =>
  (path, skb, next) => {
    if (skb.ipvs || !netns.ipvs) return next(path, skb);
    if (aboutOf(skb.packet)) return errorStage(netns, place)(path, skb, next);
    const { packet } = skb;
    const known = requestOf(path, netns.id, packet);
    if (known) return xmit(path, netns, place, skb, requestFor(netns, place, known), next);
    const service = serviceFor(netns.ipvs, packet);
    const { l4 } = packet;
    if (!service || (l4.proto !== 'tcp' && l4.proto !== 'udp' && l4.proto !== 'sctp')) return next(path, skb);
    // What a real server of this namespace sends is an answer, even if it goes to a virtual server's port.
    const own = place.iif === undefined || place.iif === 'lo';
    if (own && requestOf(path, netns.id, reversed(packet))) return next(path, skb);
    const choices = choicesOf(service);
    if (choices.length === 0) {
      // ip_vs_leave(): an ICMP error, for TCP too, since no socket can send a reset.
      const error = sendError(path, netns, skb, 'port-unreachable', { ownToo: place.hook === 'output' });
      const line: Because = {
        of: 'ipvs',
        line: printVirtualServer(service),
        ...(service.origin && { origin: service.origin }),
      };
      const reason = { code: 'IPVS_NO_DESTINATION', dropReason: 'NETFILTER_DROP' };
      return drop(path, { netns: netns.id, dev: place.iif }, skb, reason, [line], error, 'rejected');
    }
    const note = choices.length === 1 ? undefined : noteOf(service, choices.length);
    return choices.flatMap(({ server, probability }) => {
      const connection: IpvsConnection = {
        protocol: l4.proto,
        client: { ip: packet.src, port: l4.sport },
        virtual: { ip: packet.dst, port: l4.dport },
        real: { ip: server.ip, port: server.port === 0 ? l4.dport : server.port },
        service,
        server,
      };
      const fork = putScheduled(branch(path, probability), netns.id, connection);
      return xmit(fork, netns, place, skb, requestFor(netns, place, connection, note), next);
    });
  };

/**
 * What ip_vs hangs on a hook, by priority: rewrites answers, then schedules and sends requests (ip_vs_ops in
 * net/netfilter/ipvs/ip_vs_core.c). Empty where the namespace has no virtual servers.
 */
export const ipvsStages = (netns: Netns, place: HookPlace): readonly { priority: number; stage: Stage }[] => {
  if (!netns.ipvs) return [];
  const reply = replyStage(netns, place);
  const request = requestStage(netns, place);
  switch (place.hook) {
    case 'input':
      return [
        { priority: 98, stage: reply },
        { priority: 99, stage: request },
      ];
    case 'output':
      return [
        { priority: -99, stage: reply },
        { priority: -98, stage: request },
      ];
    case 'forward':
      return [
        { priority: 99, stage: errorStage(netns, place) },
        { priority: 100, stage: reply },
      ];
    case 'prerouting':
    case 'postrouting':
      return [];
  }
};
