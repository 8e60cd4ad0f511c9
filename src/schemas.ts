import * as z from 'zod/mini';
import type { CheckDoc } from './check.ts';
import type { CompareDoc } from './compare.ts';
import { traceSchema } from './explain/schema.ts';
import { nodeSchema } from './linux/schema.ts';
import { clusterSchema, type PluginSchema } from './load/jsonschema.ts';
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

const { question, result } = traceSchema.shape;

/** The document `k8snet/compare/v1`. */
const compareSchema = z.strictObject({
  schema: z.literal('k8snet/compare/v1'),
  tool: z.strictObject({ name: z.literal('k8snet'), version: text }),
  question: maybe(z.strictObject({ from: question.shape.from, to: question.shape.to, packet: question.shape.packet })),
  result,
  rows: z.array(
    z.strictObject({
      plugin: text,
      mode: text,
      proxy: text,
      result: z.union([result, z.literal('refused')]),
      path: z.array(text),
      sourceSeen: maybe(text),
      overhead: z.int(),
      ttl: maybe(z.int()),
      pathMtu: maybe(z.int()),
      nat: traceSchema.shape.summary.shape.nat,
      reason: maybe(z.strictObject({ code: text, summary: text })),
    }),
  ),
});

true satisfies Same<z.output<typeof compareSchema>, CompareDoc>;

type JsonSchema = Readonly<Record<string, unknown>>;

const documentSchema = (id: string, title: string, schema: z.ZodMiniType): JsonSchema => ({
  title,
  $id: id,
  ...z.toJSONSchema(schema),
});

const pluginSchemas = (): Promise<PluginSchema[]> =>
  Promise.all(
    Object.entries(plugins).map(async ([name, make]) => {
      const { default: plugin } = await make();
      return { name, aliases: plugin.aliases, schema: plugin.jsonSchema() };
    }),
  );

/** The published JSON Schemas, by name. */
export const schemas = async (): Promise<Readonly<Record<string, JsonSchema>>> => ({
  cluster: clusterSchema(await pluginSchemas()),
  trace: documentSchema('k8snet/trace/v1', 'k8snet trace -o json', traceSchema),
  node: documentSchema('k8snet/node/v1', 'k8snet node -o json', nodeSchema),
  compare: documentSchema('k8snet/compare/v1', 'k8snet trace --plugin all -o json', compareSchema),
  check: documentSchema('k8snet/check/v1', 'k8snet check -o json', checkSchema),
});
