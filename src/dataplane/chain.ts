import type { Match, NfRule, NftField } from '../linux/netfilter.ts';
import { lineOfRule } from '../linux/print/index.ts';
import { cons, toArray } from './cell.ts';
import { act, enter, type Then } from './chain-act.ts';
import { type Decision, policyLine, type State, toolOf } from './chain-state.ts';
import { type HookView, matches } from './match.ts';
import type { Base } from './nf-index.ts';
import { keyOf } from './nft-lookup.ts';
import type { Because, Tried } from './walk.ts';

const describe = (match: Match): string => {
  const name = match.match === 'saddr' ? 'source' : match.match === 'daddr' ? 'destination' : match.match;
  return match.not ? `${name} is excepted` : `${name} differs`;
};

const chanceOf = (rule: NfRule): number =>
  rule.matches.reduce(
    (p, m) => (m.match === 'statistic' ? (m.not ? p * (1 - m.probability) : p * m.probability) : p),
    1,
  );

const decisionOf = (
  state: State,
  target: Decision['target'],
  because: readonly Because[],
  policy: boolean,
): Decision => ({
  probability: state.probability,
  target,
  mark: state.mark,
  ctmark: state.ctmark,
  notrack: state.notrack,
  tried: toArray(state.tried),
  because: [...state.stack.flatMap(({ via }) => via), ...because],
  policy,
});

// The statements before the verdict change the packet's marks; then the verdict.
const carryOut = (state: State, base: Base, view: HookView, rule: NfRule, because: Because): Then => {
  let current = state;
  for (const statement of rule.before ?? []) {
    const then = act(current, base, view, statement, because);
    if ('go' in then) current = then.go[0] ?? current;
  }
  return act(current, base, view, rule.action, because);
};

/**
 * Runs a base chain over a packet: first match decides, jumps return, RETURN in the base chain is the policy.
 * A rule that draws lots forks, so there are several decisions, in the order of the rules, whose probabilities sum to one.
 */
export const runChain = (base: Base, view: HookView, ctmark: number): Decision[] => {
  const { table } = base;
  const policy = { target: base.chain.base?.policy ?? 'ACCEPT' } as const;
  const lookup = (set: string, fields: readonly NftField[]) => {
    const key = keyOf(view.skb.packet, fields);
    return key !== undefined && view.path.env.netfilter(view.netns).inSet(table, set, key, view.skb.packet);
  };
  const { mark, notrack = false } = view.skb;
  const decisions: Decision[] = [];
  const waiting: State[] = [
    { stack: [enter(base.chain, view, [])], probability: 1, mark, ctmark, notrack, tried: undefined },
  ];
  for (let state = waiting.pop(); state; state = waiting.pop()) {
    const frame = state.stack.at(-1);
    const rule = frame?.rules[frame.next];
    if (!frame) continue;
    if (!rule) {
      // The end of a chain: back to where it was called, or the policy.
      if (state.stack.length > 1) waiting.push({ ...state, stack: state.stack.slice(0, -1) });
      else decisions.push(decisionOf(state, policy, [policyLine(table, base.chain)], true));
      continue;
    }
    const seen = { ...view, skb: { ...view.skb, mark: state.mark, notrack: state.notrack }, lookup };
    const failed = rule.matches.find((match) => !matches(match, seen));
    const origin = rule.origin && { origin: rule.origin };
    const line = () => lineOfRule(table, frame.chain, rule);
    const tried: Tried = {
      // Printed when someone reads it: most lines of a walk never are.
      get line() {
        return line();
      },
      matched: !failed,
      ...(failed && { failed: describe(failed) }),
      ...origin,
    };
    const stack = [...state.stack.slice(0, -1), { ...frame, next: frame.next + 1 }];
    const looked: State = { ...state, stack, tried: cons(tried, state.tried) };
    if (failed) {
      waiting.push(looked);
      continue;
    }
    const chance = chanceOf(rule);
    if (chance < 1) {
      const missed: Tried = { line: line(), matched: false, failed: 'not drawn', ...origin };
      const probability = state.probability * (1 - chance);
      waiting.push({ ...looked, probability, tried: cons(missed, state.tried) });
    }
    if (chance === 0) continue;
    const because: Because = {
      of: toolOf(table),
      get line() {
        return line();
      },
      ...origin,
    };
    const then = carryOut({ ...looked, probability: state.probability * chance }, base, view, rule, because);
    if ('go' in then) waiting.push(...then.go.toReversed());
    else
      for (const { state: at, target, because: led } of then.decide)
        decisions.push(decisionOf(at, target, led, rule.action.target === 'RETURN'));
  }
  return decisions;
};
