import { toJSONSchema } from 'zod/mini';
import { type Mapping, mappingOf } from './read.ts';
import { clusterShape } from './short-schema.ts';

/** A plugin's name, its other names, and the JSON Schema of its mapping. */
export type PluginSchema = { readonly name: string; readonly aliases: readonly string[]; readonly schema: Mapping };

/**
 * The JSON Schema of a cluster file in the short form, for editors: draft 2020-12. The settings of each plugin stand beside its name:
 * which keys there are depends on it.
 */
export const clusterSchema = (plugins: readonly PluginSchema[]): Mapping => {
  const { $schema, ...schema } = mappingOf(toJSONSchema(clusterShape, { target: 'draft-2020-12', io: 'input' }));
  const properties = mappingOf(schema['properties']);
  const { description } = mappingOf(properties['plugin']);
  const names = plugins.flatMap(({ name, aliases }) => [name, ...aliases]);
  return {
    $schema,
    $id: 'k8snet/cluster/v1',
    title: 'k8snet cluster file',
    ...schema,
    properties: {
      ...properties,
      plugin: { description, anyOf: [{ type: 'string', enum: names }, ...plugins.map(mappingSchema)] },
    },
  };
};

const mappingSchema = ({ name, aliases, schema }: PluginSchema): Mapping => {
  const { $schema: _draft, properties, required, ...rest } = schema;
  return {
    ...rest,
    type: 'object',
    properties: {
      name: { enum: [name, ...aliases], description: 'Name of the network plugin' },
      ...mappingOf(properties),
    },
    required: ['name', ...(Array.isArray(required) ? required.filter((key) => key !== 'name') : [])],
  };
};
