import type { Chain, NfRule, Table, Target } from '../linux/netfilter.ts';
import type { Cell } from './cell.ts';
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

/** A chain that is being run: the rules of it that the packet may match, and what led here. */
export type Frame = {
  readonly chain: Chain;
  readonly rules: readonly NfRule[];
  readonly next: number;
  readonly via: readonly Because[];
};

/** How far a packet has come in a base chain and those called from it. A rule that draws lots makes two of it. */
export type State = {
  readonly stack: readonly Frame[];
  readonly probability: number;
  readonly mark: number;
  readonly ctmark: number;
  readonly notrack: boolean;
  readonly tried: Cell<Tried> | undefined;
};

export const toolOf = (table: Table): Because['of'] => (table.tool === 'ebtables' ? 'ebtables' : 'netfilter');

/** The line of a base chain's policy. */
export const policyLine = (table: Table, chain: Chain): Because => ({
  of: toolOf(table),
  line:
    table.tool === 'nft'
      ? `chain ${chain.name} policy ${(chain.base?.policy ?? 'ACCEPT').toLowerCase()}`
      : `-P ${chain.name} ${chain.base?.policy ?? 'ACCEPT'}`,
});
