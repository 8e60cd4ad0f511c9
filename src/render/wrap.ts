/** Where a token that is longer than a line may break: after punctuation that is no part of an address. */
const pieces = (token: string, width: number): string[] => {
  const parts: string[] = [];
  let rest = token;
  while (rest.length > width) {
    const head = rest.slice(0, width);
    const soft = Math.max(head.lastIndexOf(','), head.lastIndexOf('}'), head.lastIndexOf(';'));
    const cut = soft > 0 ? soft + 1 : Math.max(head.lastIndexOf('/'), head.lastIndexOf('-')) + 1 || width;
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...parts, rest];
};

// A word that names the next one stays with it: `-j RETURN`, `-> 10.1.20.2`, `dev eth0`.
const tokens = (text: string, width: number): string[] => {
  const joined: string[] = [];
  for (const word of text.split(/ +/)) {
    const last = joined.at(-1);
    const glued =
      last !== undefined && /^((! )?-\S+|!|via|dev|ttl|mtu)$/.test(last) && (last === '!' || !word.startsWith('-'));
    if (glued && last.length + 1 + word.length <= width) joined[joined.length - 1] = `${last} ${word}`;
    else joined.push(word);
  }
  return joined;
};

/**
 * Breaks text into lines of at most `width` characters, at spaces. Where the whole does not fit, what stands in parentheses, or
 * in the brackets of a packet inside another, begins a new line: it is read as a unit.
 */
export const wrap = (text: string, width: number): string[] => {
  const flat = text.trimEnd();
  if (flat.length <= width) return [flat];
  const bracket = / +(?=\[[^\]]* -> |\()/.exec(flat);
  if (bracket && bracket.index <= width && bracket.index > 16)
    return [flat.slice(0, bracket.index), ...wrap(flat.slice(bracket.index).trimStart(), width)];
  const lines: string[] = [];
  let line = '';
  for (const word of tokens(flat, width).flatMap((token) => pieces(token, width))) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' ? lines : [...lines, line];
};

/** Lines with the first behind `head` and the others below it. */
export const hang = (head: string, text: string, width: number): string[] =>
  wrap(text, Math.max(20, width - head.length)).map((line, i) => (i === 0 ? head : ' '.repeat(head.length)) + line);
