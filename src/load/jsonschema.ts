import { toJSONSchema } from 'zod/mini';
import { type Mapping, mappingOf } from './read.ts';
import { clusterShape } from './short-schema.ts';

/** Where the schema is published with the package. */
export const SCHEMA_ID = 'https://unpkg.com/k8snet/fixtures/schema/cluster.schema.json';

/**
 * The JSON Schema of a cluster file in the short form, for editors: draft 2020-12. `plugins` are the schemas of each plugin's mapping,
 * by name; the name itself is added here.
 */
export const clusterSchema = (plugins: Readonly<Record<string, Mapping>>): Mapping => {
  const { $schema, ...schema } = mappingOf(toJSONSchema(clusterShape, { target: 'draft-2020-12', io: 'input' }));
  const properties = mappingOf(schema['properties']);
  const described = mappingOf(properties['plugin'])['description'];
  const names = Object.keys(plugins);
  return {
    $schema,
    $id: SCHEMA_ID,
    title: 'k8snet cluster file',
    ...schema,
    properties: {
      ...properties,
      plugin: {
        description: described,
        anyOf: [
          { type: 'string', ...(names.length > 0 ? { enum: names } : {}) },
          ...(names.length > 0
            ? Object.entries(plugins).map(([name, plugin]) => mappingSchema(name, plugin))
            : [{ type: 'object', required: ['name'], properties: { name: { type: 'string' } } }]),
        ],
      },
    },
  };
};

const mappingSchema = (name: string, { $schema: _, properties, required, ...rest }: Mapping): Mapping => ({
  ...rest,
  type: 'object',
  properties: { name: { const: name, description: 'Name of the network plugin' }, ...mappingOf(properties) },
  required: ['name', ...(Array.isArray(required) ? required.filter((key) => key !== 'name') : [])],
});
