/** Edits (insert, delete, replace, swap neighbours) from `a` to `b`, ignoring case; stops counting above `limit`. */
export const distance = (a: string, b: string, limit = Number.POSITIVE_INFINITY): number => {
  const from = a.toLowerCase();
  const to = b.toLowerCase();
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    if (Math.min(...row) > limit) return limit + 1;
    before = above;
    above = row;
  }
  return above[to.length] ?? 0;
};

/** The candidate nearest to `word`, or undefined where none is near enough to be what was meant. */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  let best: string | undefined;
  // A third of the word may be wrong; of two-letter words, one letter.
  let limit = Math.max(1, Math.floor(word.length / 3));
  for (const candidate of candidates) {
    const cost = distance(word, candidate, limit);
    if (cost <= limit && (best === undefined || cost < limit)) {
      best = candidate;
      limit = cost;
    }
  }
  return best;
};

/** `did you mean "pod-a"?`, or undefined. */
export const didYouMean = (word: string, candidates: Iterable<string>): string | undefined => {
  const best = nearest(word, candidates);
  return best === undefined ? undefined : `did you mean "${best}"?`;
};
