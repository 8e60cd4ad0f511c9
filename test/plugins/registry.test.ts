import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plugins } from '../../src/plugins/index.ts';

const folders = readdirSync(join(import.meta.dirname, '../../src/plugins'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test('every folder is a plugin', () => expect(Object.keys(plugins).sort()).toEqual(folders.sort()));

test.for(Object.entries(plugins))('%s says what it is', async ([name, load]) => {
  const { default: plugin } = await load();
  expect(plugin.name).toBe(name);
  expect(plugin.modelled.length).toBeGreaterThan(0);
  expect(plugin.jsonSchema()).toMatchObject({ type: 'object', additionalProperties: false });
});

const fixtures = Object.keys(plugins).flatMap((plugin) => readdirSync(join(import.meta.dirname, '../../fixtures', plugin)).map((name) => `${plugin}/${name}`));

test.for(fixtures)('%s loads, and every namespace of it can be built', async (fixture) => {
  const { clusterOf, pluginOf } = await import('../support/cluster.ts');
  const cluster = await clusterOf(fixture);
  const plan = (await pluginOf(cluster)).plan(cluster);
  expect(plan.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  for (const node of plan.cluster.nodes) expect(plan.world.netns(node.name)?.kind).toBe('node');
  for (const pod of plan.cluster.pods) {
    const home = plan.netnsOfPod(pod.namespace, pod.name);
    expect(home && plan.world.netns(home.id)?.kind).toBe('pod');
  }
  expect(plan.world.netns('nobody')).toBeUndefined();
  expect(plan.world.netns('default/nobody')).toBeUndefined();
});
