import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromJSONSchema } from 'zod';
import { explainCode } from '../../src/explain/code.ts';
import { reasonCodes } from '../../src/explain/reasons.ts';
import { listPlugins } from '../../src/list-plugins.ts';
import { describeNode } from '../../src/node.ts';
import flannel from '../../src/plugins/flannel/index.ts';
import kubenet from '../../src/plugins/kubenet/index.ts';
import { prepare } from '../../src/prepare.ts';
import type { SchemaName } from '../../src/schema.ts';
import { trace } from '../../src/trace.ts';
import { fixtures, questionsOf } from '../support/fixtures.ts';

const published = (name: SchemaName) => fromJSONSchema(JSON.parse(readFileSync(new URL(`../../fixtures/schema/${name}.schema.json`, import.meta.url), 'utf8')));

// As a reader of `-o json` gets it: through JSON.
const misfits = (schema: ReturnType<typeof published>, doc: unknown) =>
  schema.safeParse(JSON.parse(JSON.stringify(doc))).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

const shape = { cluster: published('cluster'), trace: published('trace'), node: published('node') };

test('a document with a key too many does not fit', () => {
  expect(misfits(published('plugins'), { schema: 'k8snet/plugins/v1', plugins: [], more: 1 })).not.toEqual([]);
});

describe.for(fixtures)('$name', (fixture) => {
  const { file, value, nodes } = fixture;

  test('the cluster file is as its schema says', () => {
    expect(misfits(shape.cluster, value)).toEqual([]);
  });

  test('every answer of trace is as its schema says', async () => {
    for (const { from, to, ...packet } of questionsOf(fixture)) {
      const traced = await trace({ from, to, namespace: 'default', dontFragment: true, reply: true, ...packet }, { files: [file] });
      expect(traced.ok ? misfits(shape.trace, traced.doc) : traced.problems, `${from} to ${to}`).toEqual([]);
    }
  });

  test('every node is as its schema says', async () => {
    const prepared = await prepare({ files: [file] });
    if (!prepared.ok) throw Error(prepared.problems.map(({ message }) => message).join('\n'));
    for (const node of nodes) expect(misfits(shape.node, describeNode(prepared.plan.world.netns(node)!))).toEqual([]);
  });
});

test('the words of every code are as their schema says', () => {
  const schema = published('explain');
  expect(reasonCodes().flatMap((code) => misfits(schema, explainCode(code)))).toEqual([]);
});

test('the list of plugins is as its schema says', () => {
  expect(misfits(published('plugins'), listPlugins([flannel, kubenet]))).toEqual([]);
});
