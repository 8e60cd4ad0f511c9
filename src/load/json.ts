/** Start and end of a piece of text, in characters from its beginning. */
export type Range = { readonly start: number; readonly end: number };
/** Where an entry of a container stands: its key (for list items, the item itself) and its value. */
export type Entry = { readonly key: Range; readonly value: Range };

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;

const skipSpace = (text: string, i: number): number => {
  let at = i;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
};

const skipString = (text: string, i: number): number => {
  for (let end = text.indexOf('"', i + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
};

/** The offset just behind the value that starts at `i`. The text must be valid JSON; on other text it only ends somewhere. */
const skipJson = (text: string, i: number): number => {
  const first = text.charCodeAt(i);
  if (first === QUOTE) return skipString(text, i);
  let at = i;
  if (first !== OPEN_LIST && first !== OPEN_MAP) {
    for (let c = first; at < text.length && c > 32 && c !== COMMA && c !== CLOSE_LIST && c !== CLOSE_MAP; ) {
      at++;
      c = text.charCodeAt(at);
    }
    return at;
  }
  let depth = 0;
  while (at < text.length) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) at = skipString(text, at);
    else {
      at++;
      if (c === OPEN_LIST || c === OPEN_MAP) depth++;
      else if (c === CLOSE_LIST || c === CLOSE_MAP) {
        depth--;
        if (depth === 0) return at;
      }
    }
  }
  return text.length;
};

/** What a message underlines: all of a scalar, the bracket of a container. */
const rangeAt = (text: string, start: number): Range => {
  const c = text.charCodeAt(start);
  return { start, end: c === OPEN_LIST || c === OPEN_MAP ? start + 1 : skipJson(text, start) };
};

/** Finds a key of the object that starts at `i`. Reads no further than the key. */
const entryOf = (text: string, i: number, key: string): Entry | undefined => {
  let at = skipSpace(text, i + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = skipString(text, at);
    const colon = skipSpace(text, keyEnd);
    if (text.charCodeAt(colon) !== COLON) return undefined;
    const start = skipSpace(text, colon + 1);
    if (sameKey(text.slice(at + 1, keyEnd - 1), key))
      return { key: { start: at, end: keyEnd }, value: rangeAt(text, start) };
    at = skipSpace(text, skipJson(text, start));
    if (text.charCodeAt(at) !== COMMA) return undefined;
    at = skipSpace(text, at + 1);
  }
  return undefined;
};

/** Offsets of the items of the list that starts at `i`, read as far as the caller goes. */
function* itemsOf(text: string, i: number): Generator<number> {
  let start = skipSpace(text, i + 1);
  const line = text.lastIndexOf('\n', start);
  if (line > i && text.startsWith('{\n', start)) {
    // Objects whose braces are alone on their lines, as kubectl prints them: each next one is found by its indentation alone.
    const opening = text.slice(line, start + 2);
    const end = closingOf(text, i);
    while (start >= 0 && start < end) {
      yield start;
      const next = text.indexOf(opening, start);
      start = next < 0 ? -1 : next + opening.length - 2;
    }
    return;
  }
  while (start < text.length && text.charCodeAt(start) !== CLOSE_LIST) {
    yield start;
    const comma = skipSpace(text, skipJson(text, start));
    if (text.charCodeAt(comma) !== COMMA) return;
    start = skipSpace(text, comma + 1);
  }
}

/** Where a list ends whose bracket is alone on its line: indented as the line on which the list begins. */
const closingOf = (text: string, i: number): number => {
  const line = text.lastIndexOf('\n', i) + 1;
  const indent = /^[ \t]*/.exec(text.slice(line, i))?.[0] ?? '';
  const end = text.indexOf(`\n${indent}]`, i);
  return end < 0 ? text.length : end;
};

/** Finds where the value of a path stands in JSON text that has already been parsed. Long lists are scanned once, as far as needed. */
export const jsonFinder = (
  text: string,
  start: number,
): ((path: readonly (string | number)[]) => Entry | undefined) => {
  const lists = new Map<number, { readonly known: number[]; readonly rest: Iterator<number> }>();
  const item = (list: number, index: number): Range | undefined => {
    let scan = lists.get(list);
    if (!scan) {
      scan = { known: [], rest: itemsOf(text, list) };
      lists.set(list, scan);
    }
    while (scan.known.length <= index) {
      const next = scan.rest.next();
      if (next.done) return undefined;
      scan.known.push(next.value);
    }
    const start = scan.known[index];
    return start === undefined ? undefined : rangeAt(text, start);
  };
  return (path) => {
    const root = { start: skipSpace(text, start), end: start + 1 };
    let at: Entry | undefined = { key: root, value: root };
    for (const part of path) {
      const opening: number = text.charCodeAt(at.value.start);
      if (opening === OPEN_LIST) {
        const found: Range | undefined = item(at.value.start, Number(part));
        at = found && { key: found, value: found };
      } else at = opening === OPEN_MAP ? entryOf(text, at.value.start, String(part)) : undefined;
      if (!at) return undefined;
    }
    return at;
  };
};

// A key may be written with escapes; the text was parsed before, so that it parses again.
const sameKey = (raw: string, key: string): boolean =>
  raw === key || (raw.includes('\\') && JSON.parse(`"${raw}"`) === key);

/** Splits JSON values that follow one another, as `jq` writes them; undefined where the text is anything else. */
export const splitJson = (text: string): readonly { readonly value: unknown; readonly start: number }[] | undefined => {
  const values: { value: unknown; start: number }[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    const end = skipJson(text, at);
    try {
      values.push({ value: JSON.parse(text.slice(at, end)), start: at });
    } catch {
      return undefined;
    }
    at = skipSpace(text, end);
  }
  return values;
};
