import type { Chain, Hook, Table, Target } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import { type Decision, runChain } from './chain.ts';
import { connectionOf, putConnection, track, tracks } from './conntrack.ts';
import { isManipulated, manipOf, manipulate, type NatChoice, setupNat } from './nat.ts';
import type { Ended, Path, Skb } from './path.ts';
import { branch, drop, step } from './path.ts';
import { rejectError } from './reject.ts';
import { selectAddress } from './source.ts';
import type { StepDetail } from './walk.ts';

/** Where a hook runs: the links it sees, and for MASQUERADE the next hop of the route taken. */
export type HookPlace = {
  readonly hook: Hook;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  readonly nexthop?: Ip | undefined;
};

/** Goes on with the packet as the hook left it. */
export type Next = (path: Path, skb: Skb) => Ended[];

type Base = { readonly table: Table; readonly chain: Chain; readonly priority: number };
const CONNTRACK = -200;
const NAT = { prerouting: -100, output: -100, input: 100, postrouting: 100, forward: 0 } as const;

const baseChains = (netns: Netns, family: 4 | 6, hook: Hook): Base[] => {
  const families = ['inet', family === 4 ? 'ip' : 'ip6'];
  return netns.tables
    .filter((table) => families.includes(table.family))
    .flatMap((table) =>
      table.chains.flatMap((chain) =>
        chain.base?.hook === hook ? [{ table, chain, priority: chain.base.priority }] : [],
      ),
    )
    .sort((a, b) => a.priority - b.priority);
};

type Stage = (path: Path, skb: Skb, next: Next) => Ended[];

const filterStage =
  (netns: Netns, place: HookPlace, { table, chain }: Base): Stage =>
  (path, skb, next) => {
    const connection = connectionOf(path, netns.id, skb.nfct);
    const view = { path, netns, skb, iif: place.iif, oif: place.oif };
    return runChain(table, chain, view, connection?.mark ?? 0).flatMap((decision) =>
      conclude(branch(path, decision.probability), netns, place, table, chain, skb, decision, next),
    );
  };

const conclude = (
  path: Path,
  netns: Netns,
  place: HookPlace,
  table: Table,
  chain: Chain,
  skb: Skb,
  decision: Decision,
  next: Next,
): Ended[] => {
  const { target, because, tried, policy } = decision;
  const detail = (verdict: 'accept' | 'drop' | 'reject'): StepDetail => ({
    kind: 'filter',
    hook: place.hook,
    table: table.name,
    chain: chain.name,
    verdict,
    tried,
    policy,
  });
  const at = { netns: netns.id, dev: place.oif ?? place.iif };
  if (target.target === 'DROP') {
    const dropped = step(path, netns.id, skb, detail('drop'), because);
    const code = policy ? 'FILTER_POLICY_DROP' : 'FILTERED';
    return drop(
      dropped,
      at,
      skb,
      { code, detail: `${table.name} ${chain.name}`, dropReason: 'NETFILTER_DROP' },
      because,
    );
  }
  if (target.target === 'REJECT') {
    const rejected = step(path, netns.id, skb, detail('reject'), because);
    const reason = { code: 'REJECTED_BY_RULE', detail: target.with, dropReason: 'NETFILTER_DROP' };
    return drop(rejected, at, skb, reason, because, rejectError(rejected, netns, skb, target.with), 'rejected');
  }
  const connection = connectionOf(path, netns.id, skb.nfct);
  const saved =
    connection && connection.mark !== decision.ctmark
      ? putConnection(path, netns.id, { ...connection, mark: decision.ctmark })
      : path;
  const marked: Skb = { ...skb, mark: decision.mark, ...(decision.notrack && { notrack: true }) };
  // A chain without rules and with policy ACCEPT does nothing that anyone needs to read.
  const silent = tried.length === 0;
  const seen = silent ? saved : step(saved, netns.id, marked, detail('accept'), because);
  const remarked: StepDetail = {
    kind: 'mark',
    hook: place.hook,
    table: table.name,
    before: skb.mark,
    after: marked.mark,
  };
  return next(marked.mark === skb.mark ? seen : step(seen, netns.id, marked, remarked, because), marked);
};

const natKind = (target: Target): 'dnat' | 'snat' | 'masquerade' | 'redirect' =>
  target.target === 'MASQUERADE'
    ? 'masquerade'
    : target.target === 'REDIRECT'
      ? 'redirect'
      : target.target === 'SNAT'
        ? 'snat'
        : 'dnat';

const choiceOf = (netns: Netns, place: HookPlace, skb: Skb, target: Target): NatChoice | 'no-address' | undefined => {
  switch (target.target) {
    case 'DNAT':
      return { side: 'dst', ...target.to };
    case 'SNAT':
      return { side: 'src', ...target.to };
    case 'REDIRECT': {
      const ip =
        place.hook === 'output'
          ? familyOf(skb.packet.dst) === 4
            ? 0x7f000001
            : 1n
          : selectAddress(netns, place.iif ?? 'lo', skb.packet.src);
      return { side: 'dst', ip, port: target.port };
    }
    case 'MASQUERADE': {
      const ip = place.oif === undefined ? undefined : selectAddress(netns, place.oif, place.nexthop ?? skb.packet.dst);
      return ip === undefined ? 'no-address' : { side: 'src', ip };
    }
    default:
      return undefined;
  }
};

// nf_nat_inet_fn(): chains are asked only by the first packet, then every packet is rewritten as was decided.
const natStage =
  (netns: Netns, place: HookPlace, chains: readonly Base[]): Stage =>
  (path, skb, next) => {
    const side = manipOf(place.hook);
    const connection = connectionOf(path, netns.id, skb.nfct);
    if (!side || !connection || !skb.nfct) return next(path, skb);
    const done = side === 'src' ? connection.srcDone : connection.dstDone;
    if (skb.nfct.state === 'NEW' && skb.nfct.dir === 'original' && !done)
      return ask(netns, place, chains, path, skb, next);
    return translate(netns, place, path, skb, next);
  };

const ask = (netns: Netns, place: HookPlace, chains: readonly Base[], path: Path, skb: Skb, next: Next): Ended[] => {
  const side = manipOf(place.hook);
  const connection = connectionOf(path, netns.id, skb.nfct);
  const [first, ...rest] = chains;
  if (!side || !connection) return next(path, skb);
  if (!first) {
    // The null binding: the port may still have to make way for another connection's.
    const bound = setupNat(path.connections, netns.id, connection, skb.packet, { side });
    const recorded = putConnection(path, netns.id, bound);
    return next(recorded, { ...skb, packet: skb.nfct ? manipulate(skb.packet, bound, skb.nfct, side) : skb.packet });
  }
  const view = { path, netns, skb, iif: place.iif, oif: place.oif };
  return runChain(first.table, first.chain, view, connection.mark).flatMap((decision) => {
    const fork = branch(path, decision.probability);
    const marked: Skb = { ...skb, mark: decision.mark };
    const choice = choiceOf(netns, place, skb, decision.target);
    if (decision.target.target === 'DROP' || decision.target.target === 'REJECT' || choice === 'no-address')
      return conclude(
        fork,
        netns,
        place,
        first.table,
        first.chain,
        marked,
        { ...decision, target: { target: 'DROP' } },
        next,
      );
    if (!choice) {
      const skip: StepDetail = {
        kind: 'skip',
        what: 'nat',
        hook: place.hook,
        table: first.table.name,
        tried: decision.tried,
      };
      const quiet = decision.tried.length === 0 ? fork : step(fork, netns.id, marked, skip, decision.because);
      return ask(netns, place, rest, quiet, marked, next);
    }
    const bound = setupNat(fork.connections, netns.id, connection, skb.packet, choice);
    const recorded = putConnection(fork, netns.id, bound);
    const packet = skb.nfct ? manipulate(skb.packet, bound, skb.nfct, side) : skb.packet;
    const detail: StepDetail = {
      kind: 'translate',
      hook: place.hook,
      table: first.table.name,
      nat: natKind(decision.target),
      before: skb.packet,
      tried: decision.tried,
    };
    const translated: Skb = { ...marked, packet };
    return next(step(recorded, netns.id, translated, detail, decision.because), translated);
  });
};

const translate = (netns: Netns, place: HookPlace, path: Path, skb: Skb, next: Next): Ended[] => {
  const side = manipOf(place.hook);
  const connection = connectionOf(path, netns.id, skb.nfct);
  if (!side || !connection || !skb.nfct || !isManipulated(connection, skb.nfct, side)) return next(path, skb);
  const packet = manipulate(skb.packet, connection, skb.nfct, side);
  const reply = skb.nfct.dir === 'reply';
  const nat = reply ? (side === 'dst' ? 'un-snat' : 'un-dnat') : side === 'dst' ? 'dnat' : 'snat';
  const detail: StepDetail = {
    kind: 'translate',
    hook: place.hook,
    table: 'conntrack',
    nat,
    before: skb.packet,
    tried: [],
  };
  const line = 'decided by the first packet of the connection; no rule is evaluated';
  return next(step(path, netns.id, { ...skb, packet }, detail, [{ of: 'conntrack', line }]), { ...skb, packet });
};

/**
 * Runs all that hangs on one IP hook in the order of priorities: raw, conntrack, mangle, nat, filter.
 * Filter chains of several tables must all accept; an ACCEPT ends only its own base chain.
 */
export const runHook = (path: Path, netns: Netns, skb: Skb, place: HookPlace, next: Next): Ended[] => {
  if (netns.tables.length === 0) return next(path, skb);
  const family = familyOf(skb.packet.src);
  const bases = baseChains(netns, family, place.hook);
  const nat = bases.filter((base) => base.chain.base?.type === 'nat');
  const stages: { priority: number; stage: Stage }[] = bases
    .filter((base) => base.chain.base?.type !== 'nat')
    .map((base) => ({ priority: base.priority, stage: filterStage(netns, place, base) }));
  if (tracks(netns, family)) {
    if (place.hook === 'prerouting' || place.hook === 'output') {
      const stage: Stage = (p, s, n) => {
        const tracked = track(p, netns.id, s);
        return n(tracked.path, tracked.skb);
      };
      stages.push({ priority: CONNTRACK, stage });
    }
    if (manipOf(place.hook)) stages.push({ priority: NAT[place.hook], stage: natStage(netns, place, nat) });
  }
  stages.sort((a, b) => a.priority - b.priority);
  const run =
    (index: number): Next =>
    (p, s) => {
      const stage = stages[index];
      return stage ? stage.stage(p, s, run(index + 1)) : next(p, s);
    };
  return run(0)(path, skb);
};
