/**
 * Who put a line of state there: carried along, never read, by the kernel model.
 * `file` and `line` point into the user's input; `known` is 'assumed' where the fact behind the line is unverified.
 */
export type Origin = {
  readonly plugin?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly file?: string;
  readonly line?: number;
  readonly note?: string;
  readonly known?: 'assumed';
};
