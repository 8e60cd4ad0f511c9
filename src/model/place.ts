/** A position in the user's input; line and column count from 1. `line` and `column` may be getters: ask only when shown. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

/** A place with the length of what stands there, in characters on its first line. */
export type Span = Place & { readonly length: number };

export type Path = readonly (string | number)[];

/**
 * Finds where a value of a document stands. `part` 'key' gives the key that leads to it (for list items, the item).
 * Undefined where the path does not exist.
 */
export type At = (path: Path, part?: 'key' | 'value') => Span | undefined;

export type Severity = 'error' | 'warning';

/** One thing wrong with the input: a value, never an exception. */
export type Problem = {
  readonly severity: Severity;
  /** Stable, upper case, explained by `k8snet explain CODE`, e.g. UNKNOWN_KEY. */
  readonly code: string;
  readonly message: string;
  readonly place?: Place;
  readonly hint?: string;
  /** Length of what the caret underlines. */
  readonly length?: number;
};

/** A value the input did not state; `change` names the key or flag that states it. `evidence` is what an inference rests on. */
export type Assumption = {
  readonly code: string;
  readonly text: string;
  readonly change?: string;
  readonly evidence?: string;
};
