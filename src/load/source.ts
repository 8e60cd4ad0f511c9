import { type Event, parseEvents, YAMLException } from 'js-yaml';
import type { At, Path, Place, Problem } from '../model/place.ts';
import { type Entry, jsonFinder, splitJson } from './json.ts';
import { type Locator, locate } from './lines.ts';
import { readLongList } from './long-list.ts';
import { buildYaml, type Flaw, type Spans } from './yaml.ts';

/** One document of a text: its value as JSON would hold it, and where each part of it stands. */
export type SourceDocument = {
  readonly file: string;
  readonly value: unknown;
  readonly at: At;
};
export type Source = {
  readonly name: string;
  readonly text: string;
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly Problem[];
};

/** Above this many characters, positions cost too much memory to keep for values that nobody asks about. */
const LONG = 2_000_000;

/**
 * Reads JSON or YAML, any number of documents. Never throws: what cannot be read is a problem with its position, and the other
 * documents are there. Empty documents are left out.
 */
export const readSource = async (name: string, text: string): Promise<Source> => {
  const locator = locate(name, text);
  const json = /^\s*[{[]/.test(text.slice(0, 1000)) ? readJson(text, locator) : undefined;
  if (json) return { name, text, documents: json, problems: [] };
  if (text.includes('\0')) {
    const place = locator.span(text.indexOf('\0'));
    const hint = 'k8snet reads YAML and JSON text';
    return {
      name,
      text,
      documents: [],
      problems: [
        { severity: 'error', code: 'NOT_TEXT', message: 'this is no text: it holds a zero byte', place, hint },
      ],
    };
  }
  const { documents, flaws } = await readYaml(text, locator);
  return { name, text, documents, problems: flaws.map((flaw) => problemOf(flaw, locator)) };
};

const readJson = (text: string, locator: Locator): SourceDocument[] | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return [{ file: locator.file, value, at: atIn(locator, jsonFinder(text, 0, value)) }];
  } catch {
    // `{` also starts YAML's flow style, and several JSON values may follow one another.
    return splitJson(text)?.map(({ value, start }) => ({
      file: locator.file,
      value,
      at: atIn(locator, jsonFinder(text, start, value)),
    }));
  }
};

const readYaml = async (
  text: string,
  locator: Locator,
): Promise<{ documents: SourceDocument[]; flaws: readonly Flaw[] }> => {
  if (text.length > LONG) {
    const list = readLongList(text);
    if (list)
      return { documents: [{ file: locator.file, value: list.value, at: atIn(locator, list.find) }], flaws: [] };
  }
  const events = eventsOf(text);
  if (!Array.isArray(events)) return { documents: [], flaws: await allFlaws(text, events) };
  const spans: Spans = new WeakMap();
  const built = buildYaml(text, events, spans);
  const documents = built.documents
    .filter(({ value }) => value !== undefined && value !== null)
    .map(({ value, root }) => ({
      file: locator.file,
      value,
      at: atIn(locator, (path) => findEntry(value, { key: root, value: root }, path, spans)),
    }));
  return { documents, flaws: built.flaws };
};

/** Walks a built value along a path, and finds the entry that its last step names. */
const findEntry = (value: unknown, root: Entry, path: Path, spans: Spans): Entry | undefined => {
  let at: unknown = value;
  let entry: Entry | undefined = root;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    entry = spans.get(at)?.get(part);
    if (!entry) return undefined;
    at = Reflect.get(at, part);
  }
  return entry;
};

const atIn =
  (locator: Locator, find: (path: Path) => Entry | undefined): At =>
  (path, part = 'value') => {
    const range = find(path)?.[part];
    return range && locator.span(range.start, Math.max(1, range.end - range.start));
  };

/** The events of a YAML text, or the error that ends them. */
const eventsOf = (text: string): Event[] | Flaw => {
  try {
    return parseEvents(text, {});
  } catch (error) {
    const start = (error instanceof YAMLException && error.mark?.position) || 0;
    const message = error instanceof YAMLException ? error.reason : 'this cannot be read as YAML';
    return { code: 'YAML_SYNTAX', message, range: { start, end: start + 1 } };
  }
};

/** js-yaml's first error, or all errors where another parser finds them in reasonable time. */
const allFlaws = async (text: string, first: Flaw): Promise<readonly Flaw[]> => {
  if (text.length > LONG) return [first];
  try {
    const { syntaxFlaws } = await import('./syntax.ts');
    const flaws = syntaxFlaws(text);
    return flaws.length > 0 ? flaws : [first];
  } catch {
    return [first];
  }
};

const problemOf = ({ code, message, range, hint }: Flaw, locator: Locator): Problem => {
  const place: Place = locator.span(range.start);
  const length = Math.max(1, range.end - range.start);
  return { severity: 'error', code, message, place, length, ...(hint === undefined ? {} : { hint }) };
};
