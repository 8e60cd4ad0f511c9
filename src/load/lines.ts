import type { Span } from '../model/place.ts';

/** Turns offsets of one text into places; lines are found when the first place is looked at. */
export type Locator = { readonly file: string; readonly span: (offset: number, length?: number) => Span };

/** Index of the last element that is not above `value`, in an ascending list that starts with 0. */
const lastNotAbove = (starts: readonly number[], value: number): number => {
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
  // Offsets of line starts, as far as they have been asked for, and the first that is not known yet.
  const starts = [0];
  let next = -1;
  let isComplete = false;
  const lineOf = (offset: number): number => {
    while (!isComplete && (starts[starts.length - 1] ?? 0) <= offset) {
      next = text.indexOf('\n', next + 1);
      if (next < 0) isComplete = true;
      else starts.push(next + 1);
    }
    return lastNotAbove(starts, offset);
  };
  const span = (offset: number, length = 1): Span => ({
    file,
    get line() {
      return lineOf(offset) + 1;
    },
    get column() {
      return offset - (starts[lineOf(offset)] ?? 0) + 1;
    },
    length,
  });
  return { file, span };
};
