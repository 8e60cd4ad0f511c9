import type { World } from '../fabric/world.ts';
import type { Netns } from '../linux/netns.ts';
import { type Cell, cons, toArray } from './cell.ts';
import type { Connections } from './conntrack.ts';
import type { Fib } from './fib.ts';
import type { Scheduled } from './ipvs-table.ts';
import type { NfIndex } from './nf-index.ts';
import type { Frame, Packet } from './packet.ts';
import type { Because, Reason, Step, StepDetail, Tap, Verdict, Walk } from './walk.ts';

/** What all walks through one world share: the world and the indexes made of it. */
export type Env = {
  readonly world: World;
  readonly fib: (netns: Netns) => Fib;
  readonly netfilter: (netns: Netns) => NfIndex;
};

export type Copy = Walk['copies'][number];

/** What the namespaces remember of packets that came before. */
export type Memory = {
  readonly connections: Connections;
  /** The connections of ip_vs, which it keeps beside those of conntrack. */
  readonly scheduled: Scheduled;
};

/** How far one packet has come, and what it left behind on the way. A fork copies it; nothing in it is changed in place. */
export type Path = Memory & {
  readonly env: Env;
  readonly probability: number;
  readonly steps: Cell<Step> | undefined;
  readonly taps: Cell<Tap> | undefined;
  /** The places and headers seen, for finding loops. */
  readonly crumbs: Cell<string> | undefined;
  readonly copies: readonly Copy[];
};

/** Which connection a packet belongs to, as conntrack found it in this namespace. */
export type Nfct = {
  readonly id: number;
  readonly dir: 'original' | 'reply';
  readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED';
};

/** A packet inside a namespace, with what the kernel notes beside it. */
export type Skb = {
  readonly packet: Packet;
  readonly mark: number;
  /** The link it came in by; absent for what the namespace sends itself. */
  readonly iif?: string;
  readonly nfct?: Nfct | undefined;
  readonly notrack?: boolean;
  /** The largest piece it came in, when defragmentation put it together: it leaves in pieces no larger. */
  readonly fragMax?: number;
  /** That size was forgotten between br_netfilter and IP: the packet is cut to whatever the way out takes. */
  readonly fragLost?: boolean;
  /** br_netfilter has run PREROUTING already (ip_sabotage_in). */
  readonly prerouted?: boolean;
  /** The bridge port it came in by, for physdev matches. */
  readonly physin?: string;
  readonly physout?: string;
  readonly frame?: Frame;
  /** It came out of an IPsec tunnel: its policies have been satisfied and rp_filter is skipped. */
  readonly secpath?: boolean;
  /** ip_vs has rewritten it here, and leaves it alone from now on (skb->ipvs_property). */
  readonly ipvs?: boolean;
};

/** A walk that came to its end, with the state it left, from which the reply starts. */
export type Ended = Walk & { readonly path: Path };

/** A packet at its start, in namespaces that remember nothing, or what `memory` says. */
export const startPath = (env: Env, memory?: Memory): Path => ({
  env,
  probability: 1,
  steps: undefined,
  taps: undefined,
  crumbs: undefined,
  copies: [],
  connections: memory?.connections ?? new Map(),
  scheduled: memory?.scheduled ?? new Map(),
});

type StepExtra = { readonly mtu?: number | undefined; readonly note?: string };

/** Adds what just happened. A fact that is only assumed marks its step. */
export const step = (
  path: Path,
  netns: string,
  skb: Pick<Skb, 'packet' | 'mark'>,
  detail: StepDetail,
  because: readonly Because[] = [],
  extra: StepExtra = {},
): Path => {
  const assumed = because.some((b) => b.origin?.known === 'assumed');
  const full: Step = {
    netns,
    packet: skb.packet,
    because,
    ...(skb.mark !== 0 && { mark: skb.mark }),
    ...(extra.mtu !== undefined && { mtu: extra.mtu }),
    ...(extra.note !== undefined && { note: extra.note }),
    known: assumed ? 'assumed' : 'modelled',
    ...detail,
  };
  return { ...path, steps: cons(full, path.steps) };
};

/** Notes what a capture on `dev` sees. */
export const tap = (path: Path, netns: string, dev: string, dir: Tap['dir'], packet: Packet, frame?: Frame): Path => ({
  ...path,
  taps: cons({ netns, dev, dir, packet, ...(frame && { frame }) }, path.taps),
});

type EndPlace = { readonly netns: string; readonly dev?: string | undefined };

/** Ends a walk. */
export const end = (
  path: Path,
  at: EndPlace,
  packet: Packet,
  verdict: Verdict,
  reason: Reason,
  error?: Walk,
): Ended[] => [
  {
    path,
    probability: path.probability,
    verdict,
    reason,
    netns: at.netns,
    ...(at.dev !== undefined && { dev: at.dev }),
    packet,
    steps: toArray(path.steps),
    taps: toArray(path.taps),
    copies: path.copies,
    ...(error && { error }),
  },
];

/** Ends a walk with a drop, as a step of its own. */
export const drop = (
  path: Path,
  at: EndPlace,
  skb: Pick<Skb, 'packet' | 'mark'>,
  reason: Reason,
  because: readonly Because[] = [],
  error?: Walk,
  verdict: Verdict = 'dropped',
): Ended[] => {
  const detail: StepDetail = at.dev === undefined ? { kind: 'drop' } : { kind: 'drop', dev: at.dev };
  return end(step(path, at.netns, skb, detail, because), at, skb.packet, verdict, reason, error);
};

/** Multiplies the probability of a fork. */
export const branch = (path: Path, probability: number): Path =>
  probability === 1 ? path : { ...path, probability: path.probability * probability };
