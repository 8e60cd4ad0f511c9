import type { Netns } from '../linux/netns.ts';
import { familyOf } from '../net/ip.ts';
import { track } from './conntrack.ts';
import { filterStage } from './filter-hook.ts';
import type { HookPlace, Next, Stage } from './hook-place.ts';
import { ipvsStages } from './ipvs.ts';
import { manipOf } from './nat.ts';
import { natStage } from './nat-hook.ts';
import type { Ended, Path, Skb } from './path.ts';

const CONNTRACK = -200;
const NAT = { prerouting: -100, output: -100, input: 100, postrouting: 100, forward: 0 } as const;

// nf_defrag (priority -400) puts the pieces together before conntrack looks at them.
const defragment = (skb: Skb): Skb => {
  const { fragment, ...packet } = skb.packet;
  return fragment === undefined ? skb : { ...skb, packet, fragMax: fragment };
};

/**
 * Runs all that hangs on one IP hook in the order of priorities: raw, conntrack, mangle, nat, filter.
 * Filter chains of several tables must all accept; an ACCEPT ends only its own base chain.
 */
export const runHook = (path: Path, netns: Netns, skb: Skb, place: HookPlace, next: Next): Ended[] => {
  if (netns.tables.length === 0 && !netns.ipvs) return next(path, skb);
  const family = familyOf(skb.packet.src);
  const index = path.env.netfilter(netns);
  const bases = index.bases(family, place.hook);
  const nat = bases.filter((base) => base.chain.base?.type === 'nat');
  const stages: { priority: number; stage: Stage }[] = bases
    .filter((base) => base.chain.base?.type !== 'nat')
    .map((base) => ({ priority: base.priority, stage: filterStage(netns, place, base) }));
  stages.push(...ipvsStages(netns, place));
  if (index.tracks(family)) {
    if (place.hook === 'prerouting' || place.hook === 'output') {
      const stage: Stage = (p, s, n) => {
        const tracked = track(p, netns.id, defragment(s));
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
