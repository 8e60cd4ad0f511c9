import { describe, expect, test } from 'vitest';
import { readSource } from '../../src/load/source.ts';
import type { Path } from '../../src/model/place.ts';

const valuesOf = async (text: string) => (await readSource('a.yaml', text)).documents.map(({ value }) => value);
const flawsOf = async (text: string) => (await readSource('a.yaml', text)).problems.map(({ place, message }) => `${place?.line}:${place?.column} ${message}`);

const short = `plugin: {name: flannel}   # a comment
nodes:
- name: node-1
  ip: [10.0.0.1, "fd00::1"]
`;
const list = `{
  "items": [
    {"name": "a\\"b", "at": [1, {"x": null}]},
    {"k\\u0065y": "v"}
  ]
}`;

test.for<[what: string, text: string, path: Path, part: 'key' | 'value', want: string | undefined]>([
  ['the document', short, [], 'value', '1:1'],
  ['a key', short, ['plugin'], 'key', '1:1 plugin'],
  ['a value in a flow mapping', short, ['plugin', 'name'], 'value', '1:16 flannel'],
  ['a key in a list item', short, ['nodes', 0, 'ip'], 'key', '4:3 ip'],
  ['an item of a flow list', short, ['nodes', 0, 'ip', 0], 'value', '4:8 10.0.0.1'],
  ['a quoted item', short, ['nodes', 0, 'ip', 1], 'value', '4:18 "fd00::1"'],
  ['a block mapping', short, ['nodes', 0], 'value', '3:3'],
  ['no such key', short, ['nodes', 0, 'mtu'], 'value', undefined],
  ['no such item', short, ['nodes', 7], 'value', undefined],
  ['JSON: a key', list, ['items', 0, 'at'], 'key', '3:22 "at"'],
  ['JSON: deep', list, ['items', 0, 'at', 1, 'x'], 'value', '3:38 null'],
  ['JSON: behind an escaped quote', list, ['items', 1], 'value', '4:5'],
  ['JSON: an escaped key', list, ['items', 1, 'key'], 'value', '4:18 "v"'],
  ['JSON: no such key', list, ['items', 1, 'nokey'], 'value', undefined],
  ['CRLF', short.replaceAll('\n', '\r\n'), ['nodes', 0, 'ip'], 'key', '4:3 ip'],
])('%s stands at its place', async ([, text, path, part, want]) => {
  const [document] = (await readSource('a.yaml', text)).documents;
  const place = document?.at(path, part);
  if (place === undefined) {
    expect(want).toBeUndefined();
    return;
  }
  const line = text.split(/\r?\n/)[place.line - 1] ?? '';
  const [position, word] = (want ?? '').split(' ');
  expect(`${place.line}:${place.column}`).toBe(position);
  if (word !== undefined) expect(line.slice(place.column - 1, place.column - 1 + place.length)).toBe(word);
});

test.for<[text: string, want: readonly unknown[]]>([
  ['', []],
  ['# only a comment\n', []],
  ['---\n---\n', []],
  ['a: 1\n---\nb: 2\n...\n', [{ a: 1 }, { b: 2 }]],
  ['{"a": 1}\n{"b": [2]}\n', [{ a: 1 }, { b: [2] }]],
  ['{a: 1, b: [x, y]}', [{ a: 1, b: ['x', 'y'] }]],
  [
    'a: yes\nb: 0644\nc: ~\nd: 1e3\ne: "10"\nf: 2026-01-02\ng: true\nh: 0x10\n',
    [{ a: 'yes', b: 644, c: null, d: 1000, e: '10', f: '2026-01-02', g: true, h: 16 }],
  ],
  ['a: &x {k: 1}\nb: *x\nc: {<<: *x, k: 2}\nd: {k: 3, <<: *x}\n', [{ a: { k: 1 }, b: { k: 1 }, c: { k: 2 }, d: { k: 3 } }]],
  ['a: {<<: [{k: 1}, {k: 2, l: 3}]}\n', [{ a: { k: 1, l: 3 } }]],
  ['a: |\n  two\n  lines\nb: >-\n  one\n  line\n', [{ a: 'two\nlines\n', b: 'one line' }]],
  ['a: !!str 5\nb: !!int "5"\n', [{ a: '5', b: 5 }]],
  ['a:\n  - 1\n  -\n', [{ a: [1, null] }]],
  ['__proto__: {x: 1}\nconstructor: 2\n', [JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}')]],
  ['{"__proto__": {"x": 1}}', [JSON.parse('{"__proto__": {"x": 1}}')]],
])('%j is read as JSON would hold it', async ([text, want]) => {
  expect(await valuesOf(text)).toEqual(want);
  expect(await flawsOf(text)).toEqual([]);
});

test.for<[what: string, text: string, want: readonly string[]]>([
  ['a key twice', 'a: 1\nb: 2\na: 3\n', ['3:1 key "a" stands here twice']],
  ['an alias without an anchor', 'a: *b\n', ['1:4 *b has no anchor &b before it']],
  ['an alias inside its anchor', 'a: &x {b: *x}\n', ['1:11 *x stands inside its own anchor']],
  ['a list as a key', '[a, b]: 1\n', ['1:1 a key must be a plain word, not a list, a mapping or an alias']],
  ['a tag', 'a: !vault 1\n', ['1:4 the tag !vault is unknown']],
  ['zero bytes', 'a: \0', ['1:4 this is no text: it holds a zero byte']],
])('%s is a problem', async ([, text, want]) => expect(await flawsOf(text)).toEqual(want));

test('all syntax errors are listed, not only the first', async () => {
  const flaws = await flawsOf('a: [1, 2\nb: {c: 1\n d: "x\n');
  expect(flaws.length).toBeGreaterThan(1);
});

test('an alias bomb is stopped', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 12; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  expect(await flawsOf(lines.join('\n'))).toEqual([expect.stringContaining('aliases expand to more than')]);
});

describe('a long List, as kubectl writes it', () => {
  const pod = (i: number) => `- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: pod-${i}\n    annotations:\n      note: "${'x'.repeat(400)}"\n  spec: {}\n`;
  const text = `apiVersion: v1\nitems:\n${Array.from({ length: 6000 }, (_, i) => pod(i)).join('')}kind: List\nmetadata:\n  resourceVersion: ""\n`;

  test('is read item by item, with its places', async () => {
    const { documents, problems } = await readSource('pods.yaml', text);
    expect(problems).toEqual([]);
    expect(documents).toHaveLength(1);
    const value = documents[0]?.value as { kind: string; items: { metadata: { name: string } }[] };
    expect([value.kind, value.items.length, value.items[5999]?.metadata.name]).toEqual(['List', 6000, 'pod-5999']);
    expect(documents[0]?.at(['items', 5999, 'metadata', 'name'])).toMatchObject({ line: 2 + 5999 * 7 + 4, column: 11 });
  });

  test('with a flaw in an item is still read as a whole', async () => {
    const { problems } = await readSource('pods.yaml', text.replace('name: pod-3000', 'name: pod-3000\n    name: again'));
    expect(problems.map(({ message, place }) => `${place?.line} ${message}`)).toEqual([`${2 + 3000 * 7 + 5} key "name" stands here twice`]);
  });
});
