import type { Chain, Table } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { runChain } from './chain.ts';
import type { Decision } from './chain-state.ts';
import { connectionOf, putConnection } from './conntrack.ts';
import type { HookPlace, Next, Stage } from './hook-place.ts';
import type { Base } from './nf-index.ts';
import type { Ended, Path, Skb } from './path.ts';
import { branch, drop, step } from './path.ts';
import { rejectError } from './reject.ts';
import type { StepDetail } from './walk.ts';

/** A base chain of type filter: every one of a hook must let the packet pass. */
export const filterStage =
  (netns: Netns, place: HookPlace, base: Base): Stage =>
  (path, skb, next) => {
    const connection = connectionOf(path, netns.id, skb.nfct);
    const view = { path, netns, skb, iif: place.iif, oif: place.oif };
    return runChain(base, view, connection?.mark ?? 0).flatMap((decision) =>
      conclude(branch(path, decision.probability), netns, place, base.table, base.chain, skb, decision, next),
    );
  };

/** What follows from the decision of a chain: on with the packet, or its end. */
export const conclude = (
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
    return drop(
      rejected,
      at,
      skb,
      reason,
      because,
      rejectError(rejected, netns, skb, target.with, place.hook),
      'rejected',
    );
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
