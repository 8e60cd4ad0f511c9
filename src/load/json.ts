/** Start and end of a piece of text, in characters from its beginning. */
export type Range = { readonly start: number; readonly end: number };
/** Where an entry of a container stands: its key (for list items, the item itself) and its value. */
export type Entry = { readonly key: Range; readonly value: Range };

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const OPEN_MAP = 123;

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
  if (first !== OPEN_LIST && first !== OPEN_MAP) {
    const stop = /[\s,\]}]/g;
    stop.lastIndex = i;
    return stop.exec(text)?.index ?? text.length;
  }
  const mark = /["[\]{}]/g;
  mark.lastIndex = i;
  let depth = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const c = text.charCodeAt(found.index);
    if (c === QUOTE) mark.lastIndex = skipString(text, found.index);
    else if (c === OPEN_LIST || c === OPEN_MAP) depth++;
    else if (--depth === 0) return found.index + 1;
  }
  return text.length;
};

/** The entries of the object that starts at `i`, read as far as the caller goes. */
function* entriesOf(text: string, i: number): Generator<Entry & { readonly name: string }> {
  let at = skipSpace(text, i + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = skipString(text, at);
    const colon = skipSpace(text, keyEnd);
    if (text.charCodeAt(colon) !== COLON) return;
    const start = skipSpace(text, colon + 1);
    const end = skipJson(text, start);
    yield { name: text.slice(at + 1, keyEnd - 1), key: { start: at, end: keyEnd }, value: { start, end } };
    at = skipSpace(text, end);
    if (text.charCodeAt(at) !== COMMA) return;
    at = skipSpace(text, at + 1);
  }
}

function* itemsOf(text: string, i: number): Generator<Range> {
  let start = skipSpace(text, i + 1);
  while (start < text.length && text.charCodeAt(start) !== 93) {
    const end = skipJson(text, start);
    yield { start, end };
    const comma = skipSpace(text, end);
    if (text.charCodeAt(comma) !== COMMA) return;
    start = skipSpace(text, comma + 1);
  }
}

/** Finds where the value of a path stands in JSON text that has already been parsed. Long lists are scanned once, as far as needed. */
export const jsonFinder = (
  text: string,
  start: number,
): ((path: readonly (string | number)[]) => Entry | undefined) => {
  const lists = new Map<number, { readonly known: Range[]; readonly rest: Iterator<Range> }>();
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
    return scan.known[index];
  };
  const entry = (map: number, key: string): Entry | undefined => {
    for (const found of entriesOf(text, map)) if (sameKey(found.name, key)) return found;
    return undefined;
  };
  return (path) => {
    const root = { start: skipSpace(text, start), end: start + 1 };
    let at: Entry | undefined = { key: root, value: root };
    for (const part of path) {
      const opening: number = text.charCodeAt(at.value.start);
      if (opening === OPEN_LIST) {
        const found: Range | undefined = item(at.value.start, Number(part));
        at = found && { key: found, value: found };
      } else at = opening === OPEN_MAP ? entry(at.value.start, String(part)) : undefined;
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
