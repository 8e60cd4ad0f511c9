import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterSchema } from '../../src/load/jsonschema.ts';
import { schemas } from '../../src/schemas.ts';

test('the published schema is up to date (vitest -u writes it)', async () => {
  const { cluster } = await schemas();
  await expect(`${JSON.stringify(cluster, null, 2)}\n`).toMatchFileSnapshot(join(import.meta.dirname, '../../fixtures/schema/cluster.schema.json'));
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
  expect(undescribed(clusterSchema([]), '')).toEqual([]);
});

test('each plugin is a name, and a mapping that also takes the name', () => {
  const schema = { type: 'object', properties: { range: { type: 'string' } }, additionalProperties: false };
  const { properties } = clusterSchema([{ name: 'weave', aliases: ['weave-net'], schema }]);
  expect(properties).toMatchObject({
    plugin: {
      anyOf: [
        { enum: ['weave', 'weave-net'] },
        { type: 'object', properties: { name: { enum: ['weave', 'weave-net'] }, range: { type: 'string' } }, required: ['name'], additionalProperties: false },
      ],
    },
  });
});
