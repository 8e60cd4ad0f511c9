import fc from 'fast-check';
import { dump, parseEvents } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readRegular } from '../../src/load/regular-yaml.ts';
import { buildYaml } from '../../src/load/yaml.ts';

/** What the full reader makes of a text: its value, or undefined where it finds any flaw. */
const full = (text: string): { readonly value: unknown } | undefined => {
  try {
    const { documents, flaws } = buildYaml(text, parseEvents(text, {}));
    return flaws.length === 0 && documents.length === 1 ? { value: documents[0]?.value } : undefined;
  } catch {
    return undefined;
  }
};

/** A pod as kubectl prints it. */
const pod = `- apiVersion: v1
  kind: Pod
  metadata:
    annotations:
      config: |
        {"a": "b"}

        second
      note: 'it''s: here'
    labels: {}
    name: web-0
  spec:
    containers:
    - args:
      - --port=80
      - sh -c "echo
        done"
      command: []
      ports:
      - containerPort: 8080
        name: http
  status:
    message: 'a long message that
      goes on'
    podIP: 10.1.15.2
    ready: true
    since: "2026-01-01T00:00:00Z"
    started: null
`;

test('kubectl’s form is read, and as the full reader does', () => {
  expect(readRegular(pod)).toEqual(full(pod));
});

test.for([
  ['a comment', 'a: b # c\n'],
  ['an anchor', 'a: &x b\n'],
  ['an alias', 'a: *x\n'],
  ['a tag', 'a: !!str 1\n'],
  ['a flow mapping', 'a: {b: c}\n'],
  ['a duplicate key', 'a: 1\na: 2\n'],
  ['a folded block', 'a: >\n  b\n'],
  ['a tab', 'a:\tb\n'],
  ['a carriage return', 'a: b\r\n'],
  ['a mapping on one line', 'a: b: c\n'],
  ['a second document', 'a: b\n---\nc: d\n'],
  ['a merge', '<<: {a: b}\n'],
  ['wrong indentation', 'a:\n    b: c\n  d: e\n'],
] as const)('%s is left to the full reader', ([, text]) => expect(readRegular(text)).toBeUndefined());

describe('where the regular reader is sure, the full one agrees', () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('10.1.0.0/16', '0x1f', '1e3', '~', 'yes', '- x', 'a: b', '#', 'a #b', "it's", ' x ', '|', '1\n2\n'),
  );
  const key = fc.oneof(fc.string(), fc.constantFrom('name', 'f:spec', 'app.kubernetes.io/name', '__proto__', '-x', '80', '<<'));
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(key, tie('tree'), { maxKeys: 4 })),
  }));
  const agree = (text: string) => {
    const sure = readRegular(text);
    if (sure) expect(full(text)).toEqual(sure);
  };

  test('on texts that libraries write', () => {
    fc.assert(
      fc.property(tree, (value) => {
        agree(dump([value], { seqNoIndent: true }));
        agree(stringify([value], { lineWidth: 60 }));
      }),
    );
  });

  test('on a pod with lines and characters changed', () => {
    const edit = fc.tuple(
      fc.nat(pod.length),
      fc.nat(12),
      fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('\n', ': ', ' #', '- ', '  ', '"', "'", '|', '\t', '&a ', '{', '\\')),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        agree(edits.reduce((text, [at, drop, put]) => text.slice(0, at) + put + text.slice(at + drop), pod));
      }),
      { numRuns: 2000 },
    );
  });
});
