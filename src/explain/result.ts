import type { Journey } from '../dataplane/index.ts';
import type { Walk } from '../dataplane/walk.ts';
import type { TraceDoc } from './document.ts';

/** Whether a walk got where it was to go. A packet to the outside has done so when it leaves; an answer must reach the asker. */
export const hasArrived = (walk: Walk, direction: 'forward' | 'reply'): boolean =>
  walk.verdict === 'delivered' || (direction === 'forward' && walk.verdict === 'exits');

type Outcome = { readonly good: boolean; readonly unknown: boolean };

const outcomesOf = ({ forward, replies }: Journey): Outcome[] => {
  const one = (walk: Walk, direction: 'forward' | 'reply'): Outcome => ({
    good: hasArrived(walk, direction),
    unknown: walk.verdict === 'unknown',
  });
  return hasArrived(forward, 'forward') && replies.length > 0
    ? replies.map((reply) => one(reply, 'reply'))
    : [one(forward, 'forward')];
};

/**
 * Rolls all branches and replies up into one word. A lost answer is as bad as a lost question; what is not known is never
 * guessed.
 */
export const resultOf = (journeys: readonly Journey[]): TraceDoc['result'] => {
  const outcomes = journeys.flatMap(outcomesOf);
  if (outcomes.length === 0 || outcomes.some(({ unknown }) => unknown)) return 'unknown';
  const good = outcomes.filter((outcome) => outcome.good).length;
  return good === outcomes.length ? 'reachable' : good === 0 ? 'unreachable' : 'partial';
};

/** The trace that keeps the result from being `reachable`: a question that got lost before an answer that did. */
export const culpritOf = (
  journeys: readonly Journey[],
): { readonly walk: Walk; readonly journey: number; readonly reply?: number } | undefined => {
  for (const [journey, { forward, replies }] of journeys.entries()) {
    if (!hasArrived(forward, 'forward')) return { walk: forward, journey };
    const reply = replies.findIndex((walk) => !hasArrived(walk, 'reply'));
    const walk = replies[reply];
    if (walk) return { walk, journey, reply };
  }
  return undefined;
};
