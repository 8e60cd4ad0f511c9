import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromJSONSchema } from 'zod';
import { compare } from '../../src/compare.ts';
import { describeNode } from '../../src/node.ts';
import { prepare } from '../../src/prepare.ts';
import { trace } from '../../src/trace.ts';
import { fixtures, questionsOf } from '../support/fixtures.ts';

const published = (name: string) => fromJSONSchema(JSON.parse(readFileSync(new URL(`../../fixtures/schema/${name}.schema.json`, import.meta.url), 'utf8')));

// As a reader of `-o json` gets it: through JSON.
const misfits = (schema: ReturnType<typeof published>, doc: unknown) =>
  schema.safeParse(JSON.parse(JSON.stringify(doc))).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

const shape = { cluster: published('cluster'), trace: published('trace'), compare: published('compare'), node: published('node') };

test('a document with a key too many does not fit', () => {
  const doc = {
    schema: 'k8snet/check/v1',
    tool: { name: 'k8snet', version: '1' },
    sources: [],
    findings: [],
    expectations: [],
    counts: { errors: 0, warnings: 0 },
  };
  expect(misfits(published('check'), doc)).toEqual([]);
  expect(misfits(published('check'), { ...doc, more: 1 })).not.toEqual([]);
});

describe.for(fixtures)('$name', (fixture) => {
  const { file, short, nodes } = fixture;

  test('the cluster file is as its schema says', () => {
    expect(misfits(shape.cluster, short)).toEqual([]);
  });

  test('every answer of trace is as its schema says', async () => {
    for (const { from, to, ...packet } of questionsOf(fixture)) {
      const traced = await trace({ from, to, namespace: 'default', dontFragment: true, reply: true, ...packet }, { files: [file] });
      expect(traced.ok ? misfits(shape.trace, traced.doc) : traced.problems, `${from} to ${to}`).toEqual([]);
    }
  });

  test('the answers of every plugin are as their schema says', async () => {
    const [first] = questionsOf(fixture);
    if (!first) return;
    const { from, to, ...packet } = first;
    const compared = await compare({ from, to, namespace: 'default', dontFragment: true, reply: true, ...packet }, { files: [file] });
    expect(compared.ok ? misfits(shape.compare, compared.doc) : compared.problems).toEqual([]);
  });

  test('every node is as its schema says', async () => {
    const prepared = await prepare({ files: [file] });
    if (!prepared.ok) throw Error(prepared.problems.map(({ message }) => message).join('\n'));
    for (const node of nodes) expect(misfits(shape.node, describeNode(prepared.plan.world.netns(node)!))).toEqual([]);
  });
});
