import {
  type AliasEvent,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  type Event,
  getScalarValue,
  type ScalarEvent,
} from 'js-yaml';
import type { Entry, Range } from './json.ts';
import { coreTag, scalarValue } from './yaml-value.ts';

/** Something wrong at a place of the text, before lines are counted. */
export type Flaw = { readonly code: string; readonly message: string; readonly range: Range; readonly hint?: string };
/** Where the entries of each mapping and sequence stand, by the object that holds them. */
export type Spans = WeakMap<object, Map<string | number, Entry>>;
export type YamlDocument = { readonly value: unknown; readonly root: Range };

/** Nodes that aliases may add in one text, all expansions counted: enough for people, too few for a bomb. */
const ALIAS_BUDGET = 1_000_000;

type Mapping = Record<string, unknown>;
type Anchor = { value: unknown; size: number; range: Range; open: boolean };
type Frame = {
  /** The list or mapping that is being filled; undefined for the document itself. */
  readonly into: unknown[] | Mapping | undefined;
  readonly start: number;
  readonly entries: Map<string | number, Entry> | undefined;
  readonly anchor: Anchor | undefined;
  key: string | undefined;
  keyRange: Range;
  merges: boolean;
  /** Keys that came through `<<`: the mapping's own keys may replace them. */
  merged: Set<string> | undefined;
  /** Nodes inside, aliases expanded. */
  size: number;
  value: unknown;
  valueRange: Range;
};

/**
 * Builds values from js-yaml's events: core schema, anchors, `<<` merges. Never throws; what is wrong becomes a flaw and the
 * rest is built. `spans`, where given, receives the place of every entry.
 */
export const buildYaml = (
  text: string,
  events: readonly Event[],
  spans?: Spans,
): { readonly documents: readonly YamlDocument[]; readonly flaws: readonly Flaw[] } => {
  const documents: YamlDocument[] = [];
  const flaws: Flaw[] = [];
  let anchors = new Map<string, Anchor>();
  const stack: Frame[] = [];
  let aliased = 0;
  let last = 0;
  const flaw = (code: string, message: string, range: Range, hint?: string) =>
    flaws.push({ code, message, range, ...(hint === undefined ? {} : { hint }) });

  const merge = (frame: Frame, into: Mapping, value: unknown, range: Range) => {
    // An alias without an anchor has its own flaw.
    if (value === null) return;
    const from = Array.isArray(value) ? value : [value];
    if (!from.every(isMapping)) {
      flaw('YAML_MERGE', 'only mappings can be merged with <<', range);
      return;
    }
    for (const source of from) {
      for (const key of Object.keys(source)) {
        if (Object.hasOwn(into, key)) continue;
        aliased++;
        if (aliased > ALIAS_BUDGET) return;
        setKey(into, key, source[key]);
        frame.merged ??= new Set();
        frame.merged.add(key);
        const entry = spans?.get(source)?.get(key);
        if (entry) frame.entries?.set(key, entry);
      }
    }
  };

  const addToMapping = (frame: Frame, into: Mapping, value: unknown, range: Range) => {
    const key = frame.key ?? '';
    frame.key = undefined;
    if (frame.merges) {
      merge(frame, into, value, range);
      return;
    }
    if (Object.hasOwn(into, key) && !frame.merged?.delete(key)) {
      const first = frame.entries?.get(key);
      flaw('DUPLICATE_KEY', `key "${key}" stands here twice`, frame.keyRange, first && 'remove one of the two');
      return;
    }
    setKey(into, key, value);
    frame.entries?.set(key, { key: frame.keyRange, value: range });
  };

  const add = (value: unknown, range: Range, size: number) => {
    const frame = stack[stack.length - 1];
    if (!frame) return;
    frame.size += size;
    last = Math.max(last, range.end);
    if (Array.isArray(frame.into)) {
      frame.entries?.set(frame.into.length, { key: range, value: range });
      frame.into.push(value);
    } else if (frame.into) {
      if (frame.key !== undefined) addToMapping(frame, frame.into, value, range);
      else {
        flaw('YAML_KEY', 'a key must be a plain word, not a list, a mapping or an alias', range);
        setPending(frame, `?${range.start}`, range, false);
      }
    } else {
      frame.value = value;
      frame.valueRange = range;
    }
  };

  const addScalar = (event: ScalarEvent) => {
    const range = scalarRange(event, last);
    const frame = stack[stack.length - 1];
    if (frame?.into && !Array.isArray(frame.into) && frame.key === undefined) {
      const key = getScalarValue(text, event);
      setPending(frame, key, range, key === '<<' && event.style === 1);
      last = range.end;
      return;
    }
    if (event.tagStart >= 0) checkTag(event.tagStart, event.tagEnd);
    const value = scalarValue(text, event);
    if (event.anchorStart >= 0) {
      anchors.set(text.slice(event.anchorStart, event.anchorEnd), { value, size: 1, range, open: false });
    }
    add(value, range, 1);
  };

  const addAlias = (event: AliasEvent) => {
    const range = { start: event.anchorStart - 1, end: event.anchorEnd };
    const name = text.slice(event.anchorStart, event.anchorEnd);
    const anchor = anchors.get(name);
    const size = anchor?.size ?? 1;
    const wasFine = aliased <= ALIAS_BUDGET;
    aliased += size;
    const isFine = aliased <= ALIAS_BUDGET;
    if (!anchor) flaw('YAML_ALIAS', `*${name} has no anchor &${name} before it`, range);
    else if (anchor.open) flaw('YAML_ALIAS', `*${name} stands inside its own anchor`, range);
    else if (wasFine && !isFine) {
      flaw('YAML_ALIAS', `aliases expand to more than ${ALIAS_BUDGET} nodes`, range, 'write the values out');
    }
    add(anchor && !anchor.open && isFine ? anchor.value : null, range, size);
  };

  const checkTag = (start: number, end: number) => {
    const tag = text.slice(start, end);
    if (coreTag(tag) === undefined) flaw('YAML_TAG', `the tag ${tag} is unknown`, { start, end }, 'remove it');
  };

  const open = (event: Event) => {
    const isDocument = event.type === EVENT_DOCUMENT;
    if (isDocument) anchors = new Map();
    const start = event.type === EVENT_SEQUENCE || event.type === EVENT_MAPPING ? event.start : last;
    const into = event.type === EVENT_SEQUENCE ? [] : event.type === EVENT_MAPPING ? {} : undefined;
    const range = { start, end: start + 1 };
    let anchor: Anchor | undefined;
    if (event.type === EVENT_SEQUENCE || event.type === EVENT_MAPPING) {
      if (event.tagStart >= 0) checkTag(event.tagStart, event.tagEnd);
      if (event.anchorStart >= 0) {
        anchor = { value: into, size: 1, range, open: true };
        anchors.set(text.slice(event.anchorStart, event.anchorEnd), anchor);
      }
    }
    const entries = into && spans ? new Map<string | number, Entry>() : undefined;
    if (into && entries) spans?.set(into, entries);
    stack.push({
      into,
      start,
      entries,
      anchor,
      key: undefined,
      keyRange: range,
      merges: false,
      merged: undefined,
      size: 1,
      value: undefined,
      valueRange: range,
    });
  };

  const close = () => {
    const frame = stack.pop();
    if (!frame) return;
    if (!frame.into) {
      documents.push({ value: frame.value, root: frame.valueRange });
      return;
    }
    if (frame.anchor) {
      frame.anchor.open = false;
      frame.anchor.size = frame.size;
    }
    add(frame.into, { start: frame.start, end: frame.start + 1 }, frame.size);
  };

  for (const event of events) {
    if (event.type === EVENT_SCALAR) addScalar(event);
    else if (event.type === EVENT_ALIAS) addAlias(event);
    else if (event.type === EVENT_DOCUMENT || event.type === EVENT_SEQUENCE || event.type === EVENT_MAPPING)
      open(event);
    else close();
  }
  return { documents, flaws };
};

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const setPending = (frame: Frame, key: string, range: Range, merges: boolean) => {
  frame.key = key;
  frame.keyRange = range;
  frame.merges = merges;
};

const setKey = (into: Mapping, key: string, value: unknown) => {
  // Assigning to __proto__ would change the prototype instead of adding a key.
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, writable: true });
  else into[key] = value;
};

/** What a scalar covers in the text, quotes included; one that is not written stands right behind `last`. */
const scalarRange = ({ valueStart, valueEnd, style }: ScalarEvent, last: number): Range => {
  if (valueStart < 0) return { start: last, end: last + 1 };
  const quoted = style === 2 || style === 3;
  return { start: quoted ? valueStart - 1 : valueStart, end: quoted ? valueEnd + 1 : valueEnd };
};
