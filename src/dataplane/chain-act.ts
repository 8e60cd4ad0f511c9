import type { Chain, Target } from '../linux/netfilter.ts';
import { printNftElement } from '../linux/print/index.ts';
import { type Frame, policyLine, type State } from './chain-state.ts';
import type { HookView } from './match.ts';
import type { Base } from './nf-index.ts';
import { keyOf } from './nft-lookup.ts';
import type { Because } from './walk.ts';

/** What a target does: decide, or go on with one state, or with one for each lot. */
export type Then =
  | { readonly go: readonly State[] }
  | {
      readonly decide: readonly {
        readonly state: State;
        readonly target: Target;
        readonly because: readonly Because[];
      }[];
    };

const go = (...states: readonly State[]): Then => ({ go: states });
const final = (state: State, target: Target, because: readonly Because[]): Then => ({
  decide: [{ state, target, because }],
});

/** Begins a chain. */
export const enter = (chain: Chain, { skb }: HookView, via: readonly Because[]): Frame => {
  const { dst, l4 } = skb.packet;
  const rules = chain.narrow?.(dst, 'dport' in l4 ? l4.dport : undefined) ?? chain.rules;
  return { chain, rules, next: 0, via };
};

// A goto does not come back: the chain that it leaves counts as run to its end, and stays for the lines that led here.
const into = (
  state: State,
  { table }: Base,
  view: HookView,
  { target, chain: name }: Extract<Target, { readonly target: 'jump' | 'goto' }>,
  because: readonly Because[],
): State => {
  const chain = view.path.env.netfilter(view.netns).chain(table, name);
  const left = state.stack.at(-1);
  if (!chain || !left) return state;
  const below = target === 'goto' ? [...state.stack.slice(0, -1), { ...left, next: left.rules.length }] : state.stack;
  return { ...state, stack: [...below, enter(chain, view, because)] };
};

const connmark = (state: State, action: Extract<Target, { readonly target: 'CONNMARK' }>): State => {
  const { mark, ctmark } = state;
  if (action.op === 'restore') return { ...state, mark: ((mark & ~action.mask) | (ctmark & action.mask)) >>> 0 };
  const value = action.op === 'save' ? mark & action.mask : action.value;
  return { ...state, ctmark: ((ctmark & ~action.mask) | value) >>> 0 };
};

const vmap = (
  state: State,
  base: Base,
  view: HookView,
  { map, fields }: Extract<Target, { readonly target: 'vmap' }>,
  because: Because,
): Then => {
  const key = keyOf(view.skb.packet, fields);
  const element = key === undefined ? undefined : view.path.env.netfilter(view.netns).element(base.table, map, key);
  if (!element) return go(state);
  const { action, origin } = element;
  const line = printNftElement(base.table, map, element);
  const led: readonly Because[] = [because, { of: 'netfilter', line, ...(origin && { origin }) }];
  return action.target === 'jump' || action.target === 'goto'
    ? go(into(state, base, view, action, led))
    : final(state, action, led);
};

/** Carries out one target of a rule whose tests all hold. */
export const act = (state: State, base: Base, view: HookView, action: Target, because: Because): Then => {
  switch (action.target) {
    case 'none':
    case 'NFLOG':
    // What a dynamic set learns is for later packets.
    case 'update':
      return go(state);
    case 'MARK':
      return go({ ...state, mark: ((state.mark & ~action.mask) ^ action.value) >>> 0 });
    case 'CONNMARK':
      return go(connmark(state, action));
    case 'NOTRACK':
      return go({ ...state, notrack: true });
    case 'jump':
    case 'goto':
      return go(into(state, base, view, action, [because]));
    case 'vmap':
      return vmap(state, base, view, action, because);
    case 'numgen-vmap': {
      const drawn = { ...state, probability: state.probability / action.chains.length };
      return go(...action.chains.map((chain) => into(drawn, base, view, { target: action.verdict, chain }, [because])));
    }
    case 'numgen-dnat': {
      const drawn = { ...state, probability: state.probability / action.to.length };
      return {
        decide: action.to.map((to) => ({ state: drawn, target: { target: 'DNAT', to } as const, because: [because] })),
      };
    }
    case 'RETURN': {
      if (state.stack.length > 1) return go({ ...state, stack: state.stack.slice(0, -1) });
      const policy = { target: base.chain.base?.policy ?? 'ACCEPT' } as const;
      return final(state, policy, [because, policyLine(base.table, base.chain)]);
    }
    default:
      return final(state, action, [because]);
  }
};
