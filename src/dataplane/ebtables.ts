import type { Netns } from '../linux/netns.ts';
import { runChain } from './chain.ts';
import type { HookPlace, Next } from './hook-place.ts';
import { branch, drop, type Ended, type Path, type Skb, step } from './path.ts';

/** Runs what ebtables has on one of the bridge's own hooks; it can only let a frame pass, mark it or drop it. */
export const runEbtables = (path: Path, netns: Netns, skb: Skb, place: HookPlace, next: Next): Ended[] => {
  const bases = path.env.netfilter(netns).bases('bridge', place.hook);
  const run =
    (index: number): Next =>
    (p, s) => {
      const base = bases[index];
      if (!base) return next(p, s);
      const view = { path: p, netns, skb: s, iif: place.iif, oif: place.oif };
      return runChain(base, view, 0).flatMap((decision) => {
        const fork = branch(p, decision.probability);
        const dropped = decision.target.target === 'DROP';
        const detail = {
          kind: 'filter',
          hook: place.hook,
          table: `ebtables ${base.table.name}`,
          chain: base.chain.name,
          verdict: dropped ? 'drop' : 'accept',
          tried: decision.tried,
          policy: decision.policy,
        } as const;
        const seen = decision.tried.length === 0 ? fork : step(fork, netns.id, s, detail, decision.because);
        const at = { netns: netns.id, dev: place.oif ?? place.iif };
        if (dropped)
          return drop(
            seen,
            at,
            s,
            { code: 'EBTABLES_DROP', detail: base.chain.name, dropReason: 'NETFILTER_DROP' },
            decision.because,
          );
        return run(index + 1)(seen, { ...s, mark: decision.mark });
      });
    };
  return bases.length === 0 ? next(path, skb) : run(0)(path, skb);
};
