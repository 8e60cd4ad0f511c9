import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterSchema } from '../../src/load/jsonschema.ts';
import { plugins } from '../../src/plugins/index.ts';

const schemas = async () =>
  Object.fromEntries(await Promise.all(Object.entries(plugins).map(async ([name, module]) => [name, (await module()).default.jsonSchema()] as const)));

test('the published schema is up to date (vitest -u writes it)', async () => {
  const text = `${JSON.stringify(clusterSchema(await schemas()), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, '../../fixtures/schema/cluster.schema.json'));
});

type Schema = {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
};

const undescribed = (schema: Schema, path: string): readonly string[] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) => [
    ...(child.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(child, `${path}.${key}`),
  ]),
  ...(schema.items ? undescribed(schema.items, `${path}[]`) : []),
  ...(schema.anyOf ?? []).flatMap((option) => undescribed(option, path)),
];

test('every key outside the plugins is described', () => {
  expect(undescribed(clusterSchema({}), '')).toEqual([]);
});

test('each plugin is a name, and a mapping that also takes the name', () => {
  const { properties } = clusterSchema({ weave: { type: 'object', properties: { range: { type: 'string' } }, additionalProperties: false } });
  expect(properties).toMatchObject({
    plugin: {
      anyOf: [
        { enum: ['weave'] },
        { type: 'object', properties: { name: { const: 'weave' }, range: { type: 'string' } }, required: ['name'], additionalProperties: false },
      ],
    },
  });
});
