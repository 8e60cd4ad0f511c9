import * as z from 'zod/mini';
import type { CheckDoc } from './check.ts';
import { codeShape, traceShape } from './explain/schema.ts';
import { nodeShape } from './linux/schema.ts';
import type { PluginsDoc } from './list-plugins.ts';
import { clusterShape } from './load/short-schema.ts';
import type { Same } from './net/same.ts';
import type { Plugin } from './plugins/plugin.ts';

const maybe = z.exactOptional;
const strings = z.array(z.string());

const findingShape = z.strictObject({
  rule: z.string(),
  code: z.string().check(z.describe('Stable, upper case; `k8snet explain CODE` says more')),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  file: maybe(z.string()),
  line: maybe(z.int()),
  column: maybe(z.int()),
  length: maybe(z.int()),
  hint: maybe(z.string()),
  source: maybe(z.string().check(z.describe('The line of the input that it is about'))),
});

const checkShape = z
  .strictObject({
    schema: z.literal('k8snet/check/v1'),
    tool: z.strictObject({ name: z.literal('k8snet'), version: z.string() }),
    sources: strings,
    findings: z.array(findingShape),
    expectations: z.array(z.never()),
    counts: z.strictObject({ errors: z.int(), warnings: z.int() }),
  })
  .check(z.describe('What `k8snet check` answers'));

const pluginShape = z.strictObject({
  name: z.string(),
  title: z.string(),
  aliases: strings,
  modelled: z.array(z.strictObject({ what: z.string(), known: z.enum(['kernel', 'source', 'assumed']) })),
});

const pluginsShape = z
  .strictObject({ schema: z.literal('k8snet/plugins/v1'), plugins: z.array(pluginShape) })
  .check(z.describe('What `k8snet plugins` answers'));

true satisfies Same<z.output<typeof checkShape>, CheckDoc>;
true satisfies Same<z.output<typeof pluginsShape>, PluginsDoc>;

/** The documents whose schemas are published, by the name that `k8snet schema` takes. `cluster` is what people write. */
export const shapes = {
  cluster: clusterShape,
  trace: traceShape,
  node: nodeShape,
  check: checkShape,
  explain: codeShape,
  plugins: pluginsShape,
} as const;

export type SchemaName = keyof typeof shapes;
export const SCHEMA_NAMES = Object.keys(shapes) as readonly SchemaName[];

export type JsonSchema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;

const without = (schema: JsonSchema, ...keys: readonly string[]): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));

// One alternative for each plugin: its name, or a mapping whose other keys are its settings.
const settingsOf = ({ name, title, aliases, jsonSchema }: Plugin): JsonSchema => {
  const settings = jsonSchema();
  const named = { enum: [name, ...aliases], description: title };
  const required = Array.isArray(settings['required']) ? settings['required'] : [];
  return {
    ...without(settings, '$schema'),
    properties: { name: named, ...(isObject(settings['properties']) ? settings['properties'] : {}) },
    required: ['name', ...required],
  };
};

const withPlugins = (schema: JsonSchema, plugins: readonly Plugin[]): JsonSchema => {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const described = isObject(properties['plugin']) ? properties['plugin']['description'] : undefined;
  const names = plugins.flatMap(({ name, aliases }) => [name, ...aliases]);
  const plugin = { description: described, anyOf: [{ enum: names }, ...plugins.map(settingsOf)] };
  return { ...schema, properties: { ...properties, plugin } };
};

/** A document's shape as JSON Schema (draft 2020-12). Editors complete and check a cluster file by the one named `cluster`. */
export const schemaOf = (name: SchemaName, plugins: readonly Plugin[]): JsonSchema => {
  const schema: JsonSchema = z.toJSONSchema(shapes[name], { io: 'output', unrepresentable: 'any' });
  return name === 'cluster' ? withPlugins(schema, plugins) : schema;
};
