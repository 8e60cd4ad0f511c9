import type { World } from '../fabric/world.ts';
import type { Netns } from '../linux/netns.ts';
import { sysctl } from '../linux/sysctl.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { invert, sameTuple, tupleOf } from './conntrack.ts';
import { enter } from './fabric.ts';
import { createFib, type Fib } from './fib.ts';
import { memo } from './memo.ts';
import { mtuOf } from './mtu.ts';
import { indexNetfilter, type NfIndex } from './nf-index.ts';
import { sendLocal } from './output.ts';
import type { L4, Packet } from './packet.ts';
import { drop, type Ended, type Env, type Path, startPath, step } from './path.ts';
import type { Walk } from './walk.ts';

export type Probe = {
  /** Where it is sent from; `internet` for a packet that comes from outside. */
  readonly netns: string;
  /** Left out: the kernel chooses. */
  readonly src?: Ip;
  readonly dst: Ip;
  readonly protocol: 'icmp' | 'icmpv6' | 'tcp' | 'udp' | 'sctp';
  readonly port?: number;
  /** Of the IP packet, header included. */
  readonly length: number;
  readonly df: boolean;
  readonly ttl?: number;
};

export type Journey = { readonly forward: Walk; readonly replies: readonly Walk[] };

/** Moves packets through one world; indexes made for one walk serve the next. */
export type Dataplane = {
  readonly walk: (probe: Probe, options: { readonly reply: boolean }) => readonly Journey[];
};

/** The end of `internet`, as a place that packets come from. */
export const OUTSIDE = 'internet';

const SOURCE_PORT = 40000;
const ECHO_ID = 4711;

const requestOf = (probe: Probe): L4 => {
  const ports = { sport: SOURCE_PORT, dport: probe.port ?? 0 };
  switch (probe.protocol) {
    case 'tcp':
      return { proto: 'tcp', ...ports, flags: 'SYN' };
    case 'udp':
    case 'sctp':
      return { proto: probe.protocol, ...ports };
    case 'icmp':
      return { proto: 'icmp', type: 8, code: 0, id: ECHO_ID };
    case 'icmpv6':
      return { proto: 'icmpv6', type: 128, code: 0, id: ECHO_ID };
  }
};

const answerTo = (l4: L4): L4 | undefined => {
  switch (l4.proto) {
    case 'tcp':
      return { proto: 'tcp', sport: l4.dport, dport: l4.sport, flags: 'SYN-ACK' };
    case 'udp':
    case 'sctp':
      return { proto: l4.proto, sport: l4.dport, dport: l4.sport };
    case 'icmp':
      return l4.type === 8 ? { ...l4, type: 0 } : undefined;
    case 'icmpv6':
      return l4.type === 128 ? { ...l4, type: 129 } : undefined;
    default:
      return undefined;
  }
};

const forwardWalks = (env: Env, probe: Probe): Ended[] => {
  const start = startPath(env);
  const l4 = requestOf(probe);
  const netns = env.world.netns(probe.netns);
  const ttl = probe.ttl ?? (netns ? sysctl(netns, 'net.ipv4.ip_default_ttl') : 64);
  const packet = {
    dst: probe.dst,
    ttl,
    length: probe.length,
    df: probe.df,
    l4,
    ...(probe.src !== undefined && { src: probe.src }),
  };
  if (probe.netns === OUTSIDE) {
    const src = probe.src ?? (parseIp('203.0.113.10') as Ip);
    const sent = { ...packet, src };
    return enter(step(start, OUTSIDE, { packet: sent, mark: 0 }, { kind: 'originate' }), sent, false);
  }
  const shown = { ...packet, src: probe.src ?? probe.dst };
  if (!netns)
    return drop(
      start,
      { netns: probe.netns },
      { packet: shown, mark: 0 },
      { code: 'MISSING_INPUT_NETNS', detail: probe.netns },
      [],
      undefined,
      'unknown',
    );
  return sendLocal(step(start, netns.id, { packet: shown, mark: 0 }, { kind: 'originate' }), netns, packet);
};

// The packet as its sender knows it: what the route step after `originate` carries, when the source has been chosen.
const sentPacket = (walk: Walk): Packet => (walk.steps[1] ?? walk.steps[0])?.packet ?? walk.packet;

// The kernel's own echo answers leave DF clear; sockets set it on what the way out takes in one piece (IP_PMTUDISC_WANT).
const setsDf = (env: Env, netns: Netns | undefined, reply: Omit<Packet, 'df'>): boolean => {
  if (reply.l4.proto.startsWith('icmp') || typeof reply.dst === 'bigint') return false;
  const found = netns && env.fib(netns).lookup({ dst: reply.dst, src: reply.src });
  const hop = found?.hops[0];
  const mtu =
    netns && found && hop
      ? mtuOf(netns, { found, hop, probability: 1 }, { packet: { ...reply, df: true }, mark: 0 })
      : 1500;
  return reply.length <= mtu;
};

const replyWalks = (env: Env, probe: Probe, forward: Ended): Walk[] => {
  const l4 = answerTo(forward.packet.l4);
  const answers = forward.verdict === 'delivered' || forward.verdict === 'exits';
  if (!l4 || !answers) return [];
  const asked = sentPacket(forward);
  const { packet } = forward;
  const start: Path = startPath(env, forward.path);
  const outside = forward.verdict === 'exits';
  const netns = outside ? undefined : env.world.netns(forward.netns);
  const ttl = netns ? sysctl(netns, 'net.ipv4.ip_default_ttl') : 64;
  const answer = { src: packet.dst, dst: packet.src, ttl, length: packet.length, l4 };
  const reply: Packet = { ...answer, df: setsDf(env, netns, answer) };
  const place = netns?.id ?? OUTSIDE;
  const originated = step(start, place, { packet: reply, mark: 0 }, { kind: 'originate' });
  const walks = netns ? sendLocal(originated, netns, reply) : enter(originated, reply, true);
  return walks.map((walk) =>
    walk.verdict === 'delivered' ? recognised(walk, probe, asked) : strip(walk, probe, asked),
  );
};

// Whether a packet answers the one that was sent: from the address and port it went to, to those it came from.
const fitsAsked = ({ packet }: Ended, asked: Packet): boolean => sameTuple(tupleOf(packet), invert(tupleOf(asked)));

const unwanted = (walk: Ended, code: string, detail: string): Walk => ({
  ...withoutPath(walk),
  verdict: 'dropped',
  reason: { code, detail, dropReason: 'NO_SOCKET' },
});

// The sender takes only what answers its packet.
const recognised = (walk: Ended, probe: Probe, asked: Packet): Walk => {
  if (walk.netns !== probe.netns) return unwanted(walk, 'REPLY_ASTRAY', walk.netns);
  return fitsAsked(walk, asked) ? withoutPath(walk) : unwanted(walk, 'REPLY_NOT_RECOGNISED', walk.netns);
};

// A reply to someone outside is at its goal when it leaves, if it is the answer to what was sent from there.
const strip = (walk: Ended, probe: Probe, asked: Packet): Walk => {
  if (walk.verdict !== 'exits') return withoutPath(walk);
  if (probe.netns !== OUTSIDE) {
    const reason = { code: 'REPLY_ASTRAY', detail: 'it leaves the cluster again' };
    return { ...withoutPath(walk), verdict: 'dropped', reason };
  }
  // There it is a socket that takes it or not.
  return fitsAsked(walk, asked)
    ? { ...withoutPath(walk), verdict: 'delivered', reason: { code: 'DELIVERED' } }
    : unwanted(walk, 'REPLY_NOT_RECOGNISED', 'outside');
};

const withoutPath = ({ path: _path, ...walk }: Ended): Walk => walk;

/** Prepares a world for walking. */
export const createDataplane = (world: World): Dataplane => {
  const fibs = new Map<string, Fib>();
  const fib = (netns: Netns): Fib => memo(fibs, netns.id, () => createFib(netns));
  const indexes = new Map<string, NfIndex>();
  const netfilter = (netns: Netns): NfIndex => memo(indexes, netns.id, () => indexNetfilter(netns));
  const env: Env = { world, fib, netfilter };
  return {
    walk: (probe, options) =>
      forwardWalks(env, probe).map((forward) => ({
        forward: withoutPath(forward),
        replies: options.reply ? replyWalks(env, probe, forward) : [],
      })),
  };
};

/** Walks one probe through a world: every way it can go, each with its replies. */
export const walkProbe = (world: World, probe: Probe, options: { readonly reply: boolean }): readonly Journey[] =>
  createDataplane(world).walk(probe, options);
