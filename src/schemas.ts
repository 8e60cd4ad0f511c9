import * as z from 'zod/mini';
import type { CheckDoc } from './check.ts';
import { traceSchema } from './explain/schema.ts';
import { nodeSchema } from './linux/schema.ts';
import { clusterShape } from './load/short-schema.ts';
import type { Same } from './net/same.ts';
import { plugins } from './plugins/index.ts';

const text = z.string();
const maybe = z.exactOptional;

/** The document `k8snet/check/v1`. */
const checkSchema = z.strictObject({
  schema: z.literal('k8snet/check/v1'),
  tool: z.strictObject({ name: z.literal('k8snet'), version: text }),
  sources: z.array(text),
  findings: z.array(
    z.strictObject({
      rule: text,
      code: text,
      severity: z.enum(['error', 'warning']),
      message: text,
      file: maybe(text),
      line: maybe(z.int()),
      column: maybe(z.int()),
      length: maybe(z.int()),
      hint: maybe(text),
      source: maybe(text),
    }),
  ),
  expectations: z.array(z.never()),
  counts: z.strictObject({ errors: z.int(), warnings: z.int() }),
});

true satisfies Same<z.output<typeof checkSchema>, CheckDoc>;

type JsonSchema = Readonly<Record<string, unknown>>;

const documentSchema = (id: string, title: string, schema: z.ZodMiniType): JsonSchema => ({
  title,
  $id: id,
  ...z.toJSONSchema(schema),
});

const isObject = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;

// The settings of each plugin stand beside its name: which keys there are depends on it.
const clusterSchema = async (): Promise<JsonSchema> => {
  const base = z.toJSONSchema(clusterShape, { unrepresentable: 'any', io: 'input' });
  const mappings: JsonSchema[] = [];
  for (const [name, make] of Object.entries(plugins)) {
    const { default: plugin } = await make();
    const { $schema: _draft, ...settings } = plugin.jsonSchema();
    const keys = isObject(settings['properties']) ? settings['properties'] : {};
    const required = Array.isArray(settings['required']) ? settings['required'] : [];
    const names = { enum: [name, ...plugin.aliases] };
    mappings.push({ ...settings, properties: { name: names, ...keys }, required: ['name', ...required] });
  }
  const properties = isObject(base.properties) ? base.properties : {};
  const plugin = {
    description: 'The network plugin: its name, or a mapping of its name and its settings',
    anyOf: [{ type: 'string' }, ...mappings],
  };
  return { title: 'k8snet cluster file', $id: 'k8snet/cluster/v1', ...base, properties: { ...properties, plugin } };
};

/** The published JSON Schemas, by name. */
export const schemas = async (): Promise<Readonly<Record<string, JsonSchema>>> => ({
  cluster: await clusterSchema(),
  trace: documentSchema('k8snet/trace/v1', 'k8snet trace -o json', traceSchema),
  node: documentSchema('k8snet/node/v1', 'k8snet node -o json', nodeSchema),
  check: documentSchema('k8snet/check/v1', 'k8snet check -o json', checkSchema),
});
