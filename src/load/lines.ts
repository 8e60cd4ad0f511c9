import type { Span } from '../model/place.ts';

/** Turns offsets of one text into places; lines are found when the first place is looked at. */
export type Locator = { readonly file: string; readonly span: (offset: number, length?: number) => Span };

const lineStartsOf = (text: string): Uint32Array => {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return Uint32Array.from(starts);
};

/** Index of the last element that is not above `value`, in an ascending list that starts with 0. */
const lastNotAbove = (starts: Uint32Array, value: number): number => {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
};

export const locate = (file: string, text: string): Locator => {
  let starts: Uint32Array | undefined;
  const startsOf = (): Uint32Array => {
    starts ??= lineStartsOf(text);
    return starts;
  };
  const span = (offset: number, length = 1): Span => ({
    file,
    get line() {
      return lastNotAbove(startsOf(), offset) + 1;
    },
    get column() {
      const known = startsOf();
      return offset - (known[lastNotAbove(known, offset)] ?? 0) + 1;
    },
    length,
  });
  return { file, span };
};
