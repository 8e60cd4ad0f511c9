import * as z from 'zod/mini';
import type { Cluster } from '../model/cluster.ts';
import type { Problem, Span } from '../model/place.ts';
import { checkShape } from '../model/schema.ts';
import { parseIp } from '../net/ip.ts';
import { parsePrefix } from '../net/prefix.ts';

/** The shapes that settings of plugins are made of; each says what it is for, which editors show. */
export const flag = (description: string) => z.optional(z.boolean().check(z.describe(description)));
export const text = (description: string) => z.optional(z.string().check(z.describe(description)));
export const whole = (description: string, least: number, most: number) =>
  z.optional(z.int().check(z.minimum(least), z.maximum(most), z.describe(description)));
export const port = (description: string) => whole(description, 1, 65535);
/** From the smallest MTU of IPv4 to the largest packet. */
export const mtu = (description: string) => whole(description, 68, 65535);
export const oneOf = <const T extends readonly string[]>(choices: T, description: string) =>
  z.optional(z.enum(choices).check(z.describe(description)));

const checked = (parses: (value: string) => boolean, error: string) =>
  z.string().check(z.refine((value) => parses(value), { error }));
export const range = () => checked((value) => parsePrefix(value) !== undefined, 'this is no range such as 10.1.0.0/16');
export const address = () => checked((value) => parseIp(value) !== undefined, 'this is no IP address');
/** One range, or a list. */
export const ranges = (description: string) =>
  z.optional(z.union([range(), z.array(range())]).check(z.describe(description)));

const nowhere = (): Span | undefined => undefined;

/** Checks the settings of the `plugin:` mapping; `data` is undefined where something is wrong with them. */
export const readSettings = <S extends z.ZodMiniType>(
  schema: S,
  { plugin }: Cluster,
): { readonly data: z.output<S> | undefined; readonly problems: readonly Problem[] } =>
  checkShape(schema, plugin.settings, plugin.at ?? nowhere);

/** The JSON Schema of a `plugin:` mapping. */
export const schemaOf = (schema: z.ZodMiniType): Readonly<Record<string, unknown>> => ({
  ...z.toJSONSchema(schema, { unrepresentable: 'any' }),
});
