import type { Entry } from './json.ts';
import { readRegular } from './regular-yaml.ts';
import type { Spans } from './yaml.ts';
import { valueOfYaml } from './yaml-text.ts';

type Piece = { readonly start: number; readonly end: number };

/**
 * Reads a long List as `kubectl get -o yaml` writes it (`items:` and then `- ` in the first column) item by item, which keeps
 * memory flat; places are found by reading the one item again. Undefined where the text is not of that form, or an item has a flaw.
 */
export const readLongList = (
  text: string,
):
  | {
      readonly value: Record<string, unknown>;
      readonly find: (path: readonly (string | number)[]) => Entry | undefined;
    }
  | undefined => {
  const items = /^items:[ \t]*\r?\n(?=- )/m.exec(text);
  if (!items || /^(---|\.\.\.)/m.test(text.slice(items.index))) return undefined;
  const first = items.index + items[0].length;
  const rest = /\n(?=[^-\s#])/g;
  rest.lastIndex = first;
  const end = (rest.exec(text)?.index ?? text.length) + 1;
  const list: unknown[] = [];
  const pieces = piecesOf(text, first, end);
  for (const piece of pieces) {
    const source = text.slice(piece.start, piece.end);
    const item = readRegular(source)?.value ?? valueOfYaml(source);
    if (!Array.isArray(item) || item.length !== 1) return undefined;
    list.push(item[0]);
  }
  const envelope = valueOfYaml(text.slice(0, items.index) + text.slice(end));
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) return undefined;
  return { value: { ...envelope, items: list }, find: (path) => findIn(text, pieces, path) };
};

const piecesOf = (text: string, first: number, end: number): Piece[] => {
  const pieces: Piece[] = [];
  for (let start = first; start < end; ) {
    const next = text.indexOf('\n- ', start);
    const stop = next < 0 || next >= end ? end : next + 1;
    pieces.push({ start, end: stop });
    start = stop;
  }
  return pieces;
};

const findIn = (text: string, pieces: readonly Piece[], path: readonly (string | number)[]): Entry | undefined => {
  const [key, index, ...rest] = path;
  const piece = key === 'items' ? pieces[typeof index === 'number' ? index : 0] : undefined;
  // The few keys of the envelope are not worth a search: they stand in the first line.
  if (!piece) return { key: { start: 0, end: 1 }, value: { start: 0, end: 1 } };
  const spans: Spans = new WeakMap();
  let at = valueOfYaml(text.slice(piece.start, piece.end), spans);
  let entry: Entry | undefined;
  for (const part of [0, ...rest]) {
    if (typeof at !== 'object' || at === null) return undefined;
    entry = spans.get(at)?.get(part);
    at = Reflect.get(at, part);
  }
  return entry && { key: shift(entry.key, piece.start), value: shift(entry.value, piece.start) };
};

const shift = ({ start, end }: Piece, by: number): Piece => ({ start: start + by, end: end + by });
