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

/** An origin with its position. The line is counted only when someone asks for it. */
export const originAt = (
  about: Omit<Origin, 'file' | 'line'>,
  place: { readonly file: string; readonly line: number } | undefined,
): Origin =>
  place
    ? {
        ...about,
        file: place.file,
        get line() {
          return place.line;
        },
      }
    : about;
