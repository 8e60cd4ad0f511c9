import fc from 'fast-check';
import { dump } from 'js-yaml';
import { expect, test } from 'vitest';
import { readSource } from '../../src/load/source.ts';
import type { Path } from '../../src/model/place.ts';

const word = fc.oneof(fc.constantFrom('a', 'items', 'k"q', 'x\ny', '},\n  {', ''), fc.string({ maxLength: 3 }));
const json = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(
      word.filter((key) => key !== '__proto__' && key !== '<<'),
      tie('any'),
      { maxKeys: 4 },
    ),
  ),
}));
const document = fc.oneof(fc.array(json.any, { minLength: 1 }), fc.record({ kind: fc.constant('List'), items: fc.array(fc.record({ v: json.any })) }));

type Leaf = { readonly path: Path; readonly value: unknown };
const leavesOf = (value: unknown, path: Path = []): readonly Leaf[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, Array.isArray(value) ? Number(key) : key]))
    : [{ path, value }];

const offsetOf = (text: string, line: number, column: number) =>
  text
    .split('\n')
    .slice(0, line - 1)
    .reduce((sum, one) => sum + one.length + 1, column - 1);

test.for([undefined, 1, 2, 4])('JSON, indented by %s: each scalar stands where its place says', async (indent) => {
  await fc.assert(
    fc.asyncProperty(document, async (value) => {
      const text = JSON.stringify(value, null, indent);
      const [read] = (await readSource('a.json', text)).documents;
      expect(read?.value).toEqual(value);
      for (const leaf of leavesOf(value)) {
        const place = read?.at(leaf.path);
        if (!place) throw new Error(`no place of ${JSON.stringify(leaf.path)}`);
        const start = offsetOf(text, place.line, place.column);
        expect(JSON.parse(text.slice(start, start + place.length))).toEqual(leaf.value);
      }
    }),
    { numRuns: 100 },
  );
});

test('YAML: each plain scalar stands where its place says', async () => {
  await fc.assert(
    fc.asyncProperty(document, async (value) => {
      const text = dump(value);
      const [read] = (await readSource('a.yaml', text)).documents;
      expect(read?.value).toEqual(value);
      for (const leaf of leavesOf(value)) {
        const place = read?.at(leaf.path);
        expect(place).toBeDefined();
        if (!place || typeof leaf.value === 'string') continue;
        const start = offsetOf(text, place.line, place.column);
        expect(text.slice(start, start + place.length)).toBe(String(leaf.value));
      }
    }),
    { numRuns: 200 },
  );
});
