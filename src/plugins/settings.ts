import * as z from 'zod/mini';
import type { Cluster } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { parseIp } from '../net/ip.ts';
import { parsePrefix } from '../net/prefix.ts';
import { nearest } from './nearest.ts';

/** `10.1.0.0/16`, host bits clear. */
export const cidr = () =>
  z.string().check(z.refine((text) => parsePrefix(text) !== undefined, 'is no CIDR such as 10.1.0.0/16'));
export const ipAddress = () => z.string().check(z.refine((text) => parseIp(text) !== undefined, 'is no IP address'));
/** One, or a list of one per family. */
export const cidrs = () => z.union([cidr(), z.array(cidr())]);
export const port = () => z.int().check(z.gte(1), z.lte(65535));
/** The smallest MTU of IPv4 and the largest packet. */
export const mtu = () => z.int().check(z.gte(68), z.lte(65535));

/** The keys and choices at a place of a JSON Schema, for did-you-mean. */
type SchemaNode = {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
};

const keysAt = (node: SchemaNode | undefined, path: readonly (string | number)[]): readonly string[] => {
  if (!node) return [];
  const [head, ...rest] = path;
  const parts = [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  const found =
    head === undefined
      ? parts.flatMap((part) => Object.keys(part.properties ?? {}))
      : parts.flatMap((part) => keysAt(part.properties?.[head], rest));
  return [...new Set(found)];
};

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a mapping',
};

type Issue = z.core.$ZodIssue;

const describe = (issue: Issue): { readonly code: string; readonly text: string; readonly hint?: string } => {
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'WRONG_TYPE', text: `must be ${WORDS[issue.expected] ?? issue.expected}` };
    case 'invalid_value':
      return { code: 'WRONG_VALUE', text: `must be one of ${issue.values.map(String).join(', ')}` };
    case 'invalid_union': {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      if (options.length > 0) return { code: 'WRONG_VALUE', text: `must be one of ${options.join(', ')}` };
      // The alternative that came furthest says most.
      const inner = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length);
      const custom = inner.find((one) => one.code === 'custom');
      return custom ? describe(custom) : { code: 'WRONG_TYPE', text: 'has the wrong form' };
    }
    case 'too_small':
      return { code: 'WRONG_VALUE', text: `must be at least ${issue.minimum}` };
    case 'too_big':
      return { code: 'WRONG_VALUE', text: `must be at most ${issue.maximum}` };
    default:
      return { code: 'WRONG_VALUE', text: issue.message };
  }
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown => {
  let at = value;
  for (const key of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
  return at;
};

export type Read<T> = { readonly value?: T; readonly problems: readonly Problem[] };

/** Checks the settings of the `plugin:` mapping against a schema; every fault is a problem with its place. */
export const readSettings = <T>(schema: z.ZodMiniType<T>, cluster: Cluster): Read<T> => {
  const { settings, at, place, name } = cluster.plugin;
  const { name: _name, ...asked } = settings;
  const result = schema.safeParse(asked);
  if (result.success) return { value: result.data, problems: [] };
  const json = (): SchemaNode => z.toJSONSchema(schema, { unrepresentable: 'any' }) as SchemaNode;
  const problem = (path: readonly (string | number)[], code: string, message: string, hint?: string): Problem => {
    const where = at?.(path) ?? place;
    return { severity: 'error', code, message, ...(where && { place: where }), ...(hint !== undefined && { hint }) };
  };
  const problems = result.error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.filter((key) => typeof key !== 'symbol');
    const key = [name, ...path].join('.');
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(json(), path);
      return issue.keys.map((unknown) => {
        const like = nearest(unknown, known);
        const hint = like === undefined ? `known keys: ${known.join(', ')}` : `did you mean ${like}?`;
        return problem([...path, unknown], 'UNKNOWN_KEY', `${key}: unknown key ${unknown}`, hint);
      });
    }
    const { code, text } = describe(issue);
    const value = valueAt(asked, path);
    const choices = /one of (.*)$/.exec(text)?.[1]?.split(', ') ?? [];
    const like = typeof value === 'string' ? nearest(value, choices) : undefined;
    const shown = value === undefined ? '' : `, not ${JSON.stringify(value)}`;
    const sentence = text.startsWith('must') ? `${key} ${text}${shown}` : `${key}: ${JSON.stringify(value)} ${text}`;
    return [problem(path, code, sentence, like === undefined ? undefined : `did you mean ${like}?`)];
  });
  return { problems };
};
