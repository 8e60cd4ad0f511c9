import type { Path } from '../model/place.ts';

/** Start and end of a piece of text, in characters from its beginning. */
export type Range = { readonly start: number; readonly end: number };
/** Where an entry of a container stands: its key (for list items, the item itself) and its value. */
export type Entry = { readonly key: Range; readonly value: Range };

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;

const skipSpace = (text: string, i: number): number => {
  let at = i;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
};

const skipString = (text: string, i: number): number => {
  for (let at = i + 1; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) return at + 1;
    if (c === BACKSLASH) at++;
  }
  return text.length;
};

/**
 * The offset just behind the value that starts at `i`. The text must be valid JSON; on other text it only ends somewhere. This walks over
 * hundreds of megabytes: a plain loop is many times as fast as a regular expression or a call per string.
 */
const skipJson = (text: string, i: number): number => {
  const first = text.charCodeAt(i);
  if (first === QUOTE) return skipString(text, i);
  if (first !== OPEN_LIST && first !== OPEN_MAP) {
    const stop = /[\s,\]}]/g;
    stop.lastIndex = i;
    return stop.exec(text)?.index ?? text.length;
  }
  let depth = 0;
  let inString = false;
  for (let at = i; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (inString) {
      if (c === QUOTE) inString = false;
      else if (c === BACKSLASH) at++;
    } else if (c === QUOTE) inString = true;
    else if (c === OPEN_LIST || c === OPEN_MAP) depth++;
    else if ((c === CLOSE_LIST || c === CLOSE_MAP) && --depth === 0) return at + 1;
  }
  return text.length;
};

/** What the value at `start` covers; of a list or mapping, its opening bracket. */
const rangeAt = (text: string, start: number): Range => {
  const first = text.charCodeAt(start);
  return { start, end: first === OPEN_LIST || first === OPEN_MAP ? start + 1 : skipJson(text, start) };
};

/** The entries of the object that starts at `i`, read as far as the caller goes. */
function* entriesOf(text: string, i: number): Generator<Entry & { readonly name: string }> {
  let at = skipSpace(text, i + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = skipString(text, at);
    const colon = skipSpace(text, keyEnd);
    if (text.charCodeAt(colon) !== COLON) return;
    const start = skipSpace(text, colon + 1);
    // The value is skipped only if the caller goes on: it may be most of the text.
    yield { name: text.slice(at + 1, keyEnd - 1), key: { start: at, end: keyEnd }, value: rangeAt(text, start) };
    at = skipSpace(text, skipJson(text, start));
    if (text.charCodeAt(at) !== COMMA) return;
    at = skipSpace(text, at + 1);
  }
}

/** Where the items of the list at `i` start, read as far as the caller goes. */
function* itemsOf(text: string, i: number): Generator<number> {
  let start = skipSpace(text, i + 1);
  while (start < text.length && text.charCodeAt(start) !== CLOSE_LIST) {
    yield start;
    const comma = skipSpace(text, skipJson(text, start));
    if (text.charCodeAt(comma) !== COMMA) return;
    start = skipSpace(text, comma + 1);
  }
}

/**
 * The same for a list of objects only, as kubectl and jq print it, each on lines of its own. JSON text has line breaks only between tokens, so in
 * text of even indentation `},` and a `{` below it, as far in as the first, part two items. Undefined for text that is not of that form.
 */
const printedItemsOf = (text: string, i: number): Generator<number> | undefined => {
  const first = skipSpace(text, i + 1);
  const lineBreak = text.lastIndexOf('\n', first);
  if (text.charCodeAt(first) !== OPEN_MAP || lineBreak <= i) return undefined;
  const separator = `},${text.slice(lineBreak, first)}{`;
  return (function* () {
    for (let start = first; start >= 0; ) {
      yield start;
      const next = text.indexOf(separator, start);
      start = next < 0 ? -1 : next + separator.length - 1;
    }
  })();
};

/** Where the items of a list start, found once and as far as needed. */
const scanOf = (
  text: string,
  i: number,
  list: unknown,
): { readonly known: number[]; readonly rest: Iterator<number> } => {
  const isMixed =
    !Array.isArray(list) || !list.every((item) => typeof item === 'object' && !Array.isArray(item) && item);
  return { known: [], rest: (isMixed ? undefined : printedItemsOf(text, i)) ?? itemsOf(text, i) };
};

/** Finds where the value of a path stands in JSON text that was parsed to `root`. */
export const jsonFinder = (text: string, start: number, root: unknown): ((path: Path) => Entry | undefined) => {
  const lists = new Map<number, ReturnType<typeof scanOf>>();
  const item = (list: number, index: number, value: unknown): Entry | undefined => {
    const scan = lists.get(list) ?? scanOf(text, list, value);
    lists.set(list, scan);
    while (scan.known.length <= index) {
      const next = scan.rest.next();
      if (next.done) return undefined;
      scan.known.push(next.value);
    }
    const range = rangeAt(text, scan.known[index] ?? list);
    return { key: range, value: range };
  };
  const entry = (map: number, key: string): Entry | undefined => {
    for (const found of entriesOf(text, map)) if (sameKey(found.name, key)) return found;
    return undefined;
  };
  return (path) => {
    const whole = rangeAt(text, skipSpace(text, start));
    let at: Entry | undefined = { key: whole, value: whole };
    let value = root;
    for (const part of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
      const from: number = at.value.start;
      at = Array.isArray(value) ? item(from, Number(part), value) : entry(from, String(part));
      if (!at) return undefined;
      value = Reflect.get(value, part);
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
