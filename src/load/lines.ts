import type { Span } from '../model/place.ts';

/** Turns offsets of one text into places; lines are counted when a place is looked at, and no further than that. */
export type Locator = { readonly file: string; readonly span: (offset: number, length?: number) => Span };

/** A mark is kept every so many lines: a dump of millions of lines is counted once, and its marks stay small. */
const STRIDE = 512;

type Position = { readonly line: number; readonly column: number };

const counterOf = (text: string): ((offset: number) => Position) => {
  // Where line 1, 1 + STRIDE, … begin, as far as they were asked for.
  const marks = [0];
  const extend = (offset: number) => {
    let start = marks.at(-1) ?? 0;
    for (let line = 1; start <= offset; line++) {
      const newline = text.indexOf('\n', start);
      if (newline < 0) return;
      start = newline + 1;
      if (line % STRIDE === 0) marks.push(start);
    }
  };
  return (offset) => {
    extend(offset);
    const mark = lastNotAbove(marks, offset);
    let start = marks[mark] ?? 0;
    let line = mark * STRIDE + 1;
    for (
      let newline = text.indexOf('\n', start);
      newline >= 0 && newline < offset;
      newline = text.indexOf('\n', start)
    ) {
      start = newline + 1;
      line++;
    }
    return { line, column: offset - start + 1 };
  };
};

/** Index of the last element that is not above `value`, in an ascending list that starts with 0. */
const lastNotAbove = (marks: readonly number[], value: number): number => {
  let low = 0;
  let high = marks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((marks[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
};

export const locate = (file: string, text: string): Locator => {
  const position = counterOf(text);
  const span = (offset: number, length = 1): Span => ({
    file,
    get line() {
      return position(offset).line;
    },
    get column() {
      return position(offset).column;
    },
    length,
  });
  return { file, span };
};
