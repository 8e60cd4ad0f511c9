import type { Chain, Match, NfRule, Table, Target } from '../linux/netfilter.ts';
import { lineOfRule } from '../linux/print/index.ts';
import { type HookView, matches } from './match.ts';
import type { Because, Tried } from './walk.ts';

/** What a rule with a final target decided; `policy` when the end of the base chain did. */
export type Decision = {
  readonly probability: number;
  readonly target: Target;
  readonly mark: number;
  readonly ctmark: number;
  readonly notrack: boolean;
  readonly tried: readonly Tried[];
  readonly because: readonly Because[];
  readonly policy: boolean;
};

type Frame = { readonly chain: Chain; readonly next: number };

type State = {
  readonly stack: readonly Frame[];
  readonly probability: number;
  readonly mark: number;
  readonly ctmark: number;
  readonly notrack: boolean;
  readonly tried: readonly Tried[];
  /** The jumps that led here. */
  readonly jumps: readonly Because[];
};

const describe = (match: Match): string => {
  const name = match.match === 'saddr' ? 'source' : match.match === 'daddr' ? 'destination' : match.match;
  return match.not ? `${name} is excepted` : `${name} differs`;
};

const chanceOf = (rule: NfRule): number =>
  rule.matches.reduce(
    (p, m) => (m.match === 'statistic' ? (m.not ? p * (1 - m.probability) : p * m.probability) : p),
    1,
  );

/**
 * Runs a base chain over a packet: first match decides, jumps return, RETURN in the base chain is the policy.
 * A rule that draws lots forks, so there are several decisions, whose probabilities sum to one.
 */
export const runChain = (table: Table, base: Chain, view: HookView, ctmark: number): Decision[] => {
  const decisions: Decision[] = [];
  const index = view.path.env.netfilter(view.netns);
  const policyLine = (chain: Chain): Because => ({
    of: table.tool === 'ebtables' ? 'ebtables' : 'netfilter',
    line:
      table.tool === 'nft'
        ? `chain ${chain.name} policy ${(chain.base?.policy ?? 'ACCEPT').toLowerCase()}`
        : `-P ${chain.name} ${chain.base?.policy ?? 'ACCEPT'}`,
  });

  const decide = (state: State, target: Target, because: readonly Because[], policy: boolean) => {
    const { probability, mark, ctmark: connMark, notrack, tried } = state;
    decisions.push({
      probability,
      target,
      mark,
      ctmark: connMark,
      notrack,
      tried,
      because: [...state.jumps, ...because],
      policy,
    });
  };

  const run = (start: State): void => {
    let state = start;
    for (;;) {
      const frame = state.stack.at(-1);
      if (!frame) return;
      const rule = frame.chain.rules[frame.next];
      if (!rule) {
        if (state.stack.length === 1) {
          decide(state, { target: base.base?.policy ?? 'ACCEPT' }, [policyLine(base)], true);
          return;
        }
        state = { ...state, stack: state.stack.slice(0, -1), jumps: state.jumps.slice(0, -1) };
        continue;
      }
      const advanced = { ...state, stack: [...state.stack.slice(0, -1), { ...frame, next: frame.next + 1 }] };
      const seen: HookView = { ...view, skb: { ...view.skb, mark: state.mark, notrack: state.notrack } };
      const failed = rule.matches.find((match) => !matches(match, seen));
      const line = () => lineOfRule(table, frame.chain, rule);
      const tried: Tried = {
        get line() {
          return line();
        },
        matched: !failed,
        ...(failed && { failed: describe(failed) }),
        ...(rule.origin && { origin: rule.origin }),
      };
      const looked: State = { ...advanced, tried: [...state.tried, tried] };
      if (failed) {
        state = looked;
        continue;
      }
      const chance = chanceOf(rule);
      if (chance < 1)
        run({
          ...looked,
          probability: looked.probability * (1 - chance),
          tried: [...state.tried, { ...tried, line: line(), matched: false, failed: 'not drawn' }],
        });
      if (chance === 0) return;
      const hit: State = { ...looked, probability: looked.probability * chance };
      const next = apply(hit, frame, rule, line);
      if (!next) return;
      state = next;
    }
  };

  // The state after a rule that matched, or undefined where it decided.
  const apply = (state: State, frame: Frame, rule: NfRule, line: () => string): State | undefined => {
    const because: Because = {
      of: table.tool === 'ebtables' ? 'ebtables' : 'netfilter',
      get line() {
        return line();
      },
      ...(rule.origin && { origin: rule.origin }),
    };
    const { action } = rule;
    switch (action.target) {
      case 'none':
        return state;
      case 'MARK':
        return { ...state, mark: ((state.mark & ~action.mask) ^ action.value) >>> 0 };
      case 'CONNMARK': {
        if (action.op === 'restore')
          return { ...state, mark: ((state.mark & ~action.mask) | (state.ctmark & action.mask)) >>> 0 };
        const value = action.op === 'save' ? state.mark & action.mask : action.value;
        return { ...state, ctmark: ((state.ctmark & ~action.mask) | value) >>> 0 };
      }
      case 'NOTRACK':
        return { ...state, notrack: true };
      case 'jump':
      case 'goto': {
        const chain = index.chain(table, action.chain);
        if (!chain) return state;
        // A goto does not come back here: this chain counts as run to its end.
        const stack =
          action.target === 'goto'
            ? [...state.stack.slice(0, -1), { ...frame, next: frame.chain.rules.length }]
            : state.stack;
        return { ...state, stack: [...stack, { chain, next: 0 }], jumps: [...state.jumps, because] };
      }
      case 'RETURN': {
        if (state.stack.length > 1)
          return { ...state, stack: state.stack.slice(0, -1), jumps: state.jumps.slice(0, -1) };
        decide(state, { target: base.base?.policy ?? 'ACCEPT' }, [because, policyLine(frame.chain)], true);
        return undefined;
      }
      default:
        decide(state, action, [because], false);
        return undefined;
    }
  };

  run({
    stack: [{ chain: base, next: 0 }],
    probability: 1,
    mark: view.skb.mark,
    ctmark,
    notrack: view.skb.notrack ?? false,
    tried: [],
    jumps: [],
  });
  return decisions;
};
