import { plainValue } from './yaml-value.ts';

/**
 * Reads the regular YAML that kubectl writes: block mappings and lists, scalars on one line, `|` blocks, `{}` and `[]`. Several times
 * faster than a full parser. Undefined for anything else, flaws included: then the full parser decides. Never wrong, only unsure.
 */
export const readRegular = (text: string): { readonly value: unknown } | undefined => {
  const reader: Reader = { text, at: 0, indent: 0, sure: true };
  nextLine(reader);
  const value = readBlock(reader, 0);
  return reader.sure && reader.at >= text.length ? { value } : undefined;
};

type Reader = {
  readonly text: string;
  /** Start of the content of the line at hand, behind its indentation. */
  at: number;
  indent: number;
  /** False once something irregular was met. */
  sure: boolean;
};

const DASH = 45;
const SPACE = 32;
const NEWLINE = 10;
const COLON = 58;
const HASH = 35;
const BACKSLASH = 92;

const unsure = (reader: Reader): undefined => {
  reader.sure = false;
  reader.at = reader.text.length;
  return undefined;
};

/** Goes to the content of the next line that has any. `at` must stand at the start of a line. */
const nextLine = (reader: Reader): void => {
  const { text } = reader;
  for (;;) {
    const start = reader.at;
    while (text.charCodeAt(reader.at) === SPACE) reader.at++;
    reader.indent = reader.at - start;
    if (text.charCodeAt(reader.at) !== NEWLINE) return;
    reader.at++;
  }
};

const isItem = ({ text, at }: Reader): boolean => text.charCodeAt(at) === DASH && text.charCodeAt(at + 1) === SPACE;

const readBlock = (reader: Reader, least: number): unknown => {
  if (reader.indent < least || reader.at >= reader.text.length) return unsure(reader);
  return isItem(reader) ? readList(reader, reader.indent) : readMapping(reader, reader.indent);
};

const readList = (reader: Reader, indent: number): unknown[] => {
  const list: unknown[] = [];
  const { text } = reader;
  while (reader.at < text.length && reader.indent === indent && isItem(reader)) {
    reader.at += 2;
    if (text.charCodeAt(reader.at) === SPACE || isItem(reader)) {
      unsure(reader);
      break;
    }
    if (keyEnd(text, reader.at) > 0) {
      reader.indent = indent + 2;
      list.push(readMapping(reader, indent + 2));
    } else list.push(readScalar(reader, indent));
  }
  // Neither a further item nor the end of the list: e.g. a comment.
  if (reader.at < text.length && reader.indent > indent) unsure(reader);
  return list;
};

const readMapping = (reader: Reader, indent: number): Record<string, unknown> => {
  const mapping: Record<string, unknown> = {};
  const { text } = reader;
  while (reader.at < text.length && reader.indent === indent && !isItem(reader)) {
    const end = keyEnd(text, reader.at);
    const key = end > 0 ? text.slice(reader.at, end) : '';
    if (end <= 0 || key === '__proto__' || key in mapping) {
      unsure(reader);
      break;
    }
    reader.at = end + 1;
    if (text.charCodeAt(reader.at) === NEWLINE) {
      reader.at++;
      nextLine(reader);
      const isNested = reader.indent > indent || (reader.indent === indent && isItem(reader));
      mapping[key] = isNested && reader.at < text.length ? readBlock(reader, indent) : null;
    } else {
      reader.at++;
      mapping[key] = readScalar(reader, indent);
    }
  }
  if (reader.at < text.length && reader.indent > indent) unsure(reader);
  return mapping;
};

/** Where the plain key at `start` ends, if a key of ordinary characters stands there and a colon behind it; else 0. */
const keyEnd = (text: string, start: number): number => {
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    // Letters, digits and the marks of label keys and file names.
    const isWord = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 45 && c <= 57) || c === 95;
    if (isWord) continue;
    if (c !== COLON || i === start || text.charCodeAt(start) === DASH) return 0;
    const next = text.charCodeAt(i + 1);
    if (next === SPACE || next === NEWLINE) return i;
  }
  return 0;
};

/** Reads a scalar that begins at `at` and goes on to the next line. `indent` is that of the mapping or list it belongs to. */
const readScalar = (reader: Reader, indent: number): unknown => {
  const { text } = reader;
  const start = reader.at;
  const newline = text.indexOf('\n', start);
  const end = newline < 0 ? text.length : newline;
  const first = text[start];
  if (first === '|') return readLiteral(reader, indent, end);
  reader.at = end + 1;
  nextLine(reader);
  let raw = text.slice(start, end);
  // Deeper lines are the rest of this scalar, folded: kubectl breaks long ones. After an empty line other rules hold.
  for (let last = end; reader.at < text.length && reader.indent > indent; ) {
    if (reader.at - reader.indent !== last + 1 || text.charCodeAt(reader.at) === HASH) return unsure(reader);
    if (text.charCodeAt(last - 1) === SPACE || text.charCodeAt(last - 1) === BACKSLASH) return unsure(reader);
    const next = text.indexOf('\n', reader.at);
    last = next < 0 ? text.length : next;
    raw += ` ${text.slice(reader.at, last)}`;
    reader.at = last + 1;
    nextLine(reader);
  }
  // Tabs, carriage returns and what YAML forbids or folds.
  if (/[^\x20-\x7e]/.test(raw)) return unsure(reader);
  if (first === '"') return doubleQuoted(reader, raw);
  if (first === "'") return /^'(?:[^']|'')*'$/.test(raw) ? raw.slice(1, -1).replaceAll("''", "'") : unsure(reader);
  if (raw === '{}') return {};
  if (raw === '[]') return [];
  return isPlain(raw) ? plainValue(raw) : unsure(reader);
};

const doubleQuoted = (reader: Reader, raw: string): unknown => {
  if (raw.indexOf('"', 1) === raw.length - 1 && raw.length > 1 && !raw.includes('\\')) return raw.slice(1, -1);
  try {
    // JSON's escapes mean the same in YAML; what JSON does not know is left to the full parser.
    return JSON.parse(raw);
  } catch {
    return unsure(reader);
  }
};

/** Whether a plain scalar is what it looks like: no indicator in front, no comment, no mapping on one line. */
const isPlain = (raw: string): boolean => {
  const last = raw.charCodeAt(raw.length - 1);
  if (raw === '' || last === SPACE || last === COLON) return false;
  if (!/^[\w./(<=~^$+;\\]|^-[^\s]/.test(raw)) return false;
  for (let i = raw.indexOf(' '); i >= 0; i = raw.indexOf(' ', i + 1)) {
    if (raw.charCodeAt(i + 1) === HASH || raw.charCodeAt(i - 1) === COLON) return false;
  }
  return true;
};

/** A `|` or `|-` block. */
const readLiteral = (reader: Reader, indent: number, headerEnd: number): unknown => {
  const { text } = reader;
  const header = text.slice(reader.at, headerEnd);
  if (header !== '|' && header !== '|-') return unsure(reader);
  const lines: string[] = [];
  let width = -1;
  let at = headerEnd + 1;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    let content = at;
    while (text.charCodeAt(content) === SPACE) content++;
    if (content < end) {
      if (content - at <= indent) break;
      if (width < 0) width = content - at;
      if (content - at < width) return unsure(reader);
    } else if (content > at) return unsure(reader);
    lines.push(content < end ? text.slice(at + width, end) : '');
    at = end + 1;
  }
  // Blank lines before the first one, non-ASCII or a carriage return inside: rare, and full of rules.
  while (lines.at(-1) === '') lines.pop();
  if (lines.length === 0 || lines[0] === '' || lines.some((line) => /[^\t\x20-\x7e]/.test(line))) return unsure(reader);
  reader.at = at;
  nextLine(reader);
  return lines.join('\n') + (header === '|' ? '\n' : '');
};
