import { type core, safeParse } from 'zod/mini';
import type { At, Path, Problem } from './place.ts';
import { keysAt } from './shape.ts';
import { didYouMean } from './suggest.ts';
import { kindOf, oneOf, showValue, typeWords } from './words.ts';

type Issue = core.$ZodIssue;
type Schema = core.$ZodType;

export type ShapeOptions = {
  /** The schema that found the issues: it names the allowed keys. */
  readonly schema?: Schema;
  /** The value that was checked: it tells what stands where something else was expected. */
  readonly value?: unknown;
  /** Path of that value in the document: put before each issue's own path. */
  readonly base?: Path;
  /** Path of that value from what `schema` describes, where it is not the same. */
  readonly path?: Path;
};

/** Checks a value against a schema made with zod or zod/mini. `data` is undefined where there are problems. */
export const checkShape = <S extends Schema>(
  schema: S,
  value: unknown,
  at: At,
  base: Path = [],
): { readonly data: core.output<S> | undefined; readonly problems: readonly Problem[] } => {
  const result = safeParse(schema, value);
  if (result.success) return { data: result.data, problems: [] };
  return { data: undefined, problems: problemsOf(result.error, at, { schema, value, base }) };
};

/**
 * Turns the issues of a failed parse into problems with positions: UNKNOWN_KEY, MISSING_KEY, WRONG_TYPE, BAD_VALUE; a custom issue
 * may bring its own `params: {code, hint}`.
 */
const problemsOf = (
  error: { readonly issues: readonly Issue[] },
  at: At,
  options: ShapeOptions = {},
): readonly Problem[] => error.issues.flatMap((issue) => problemsOfIssue(issue, at, options));

const problemsOfIssue = (issue: Issue, at: At, options: ShapeOptions): readonly Problem[] => {
  const path = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
  const base = options.base ?? [];
  const value = valueAt(options.value, path);
  const report = (code: string, message: string, hint?: string, place = at([...base, ...path])): Problem => ({
    severity: 'error',
    code,
    message,
    ...(place ? { place, length: place.length } : {}),
    ...(hint === undefined ? {} : { hint }),
  });

  if (issue.code === 'unrecognized_keys') {
    const allowed = options.schema ? keysAt(options.schema, [...(options.path ?? []), ...path]) : [];
    return issue.keys.map((key) =>
      report('UNKNOWN_KEY', `unknown key "${key}"`, unknownKeyHint(key, allowed), at([...base, ...path, key], 'key')),
    );
  }
  if (options.value !== undefined && value === undefined && path.length > 0) {
    const parent = [...base, ...path.slice(0, -1)];
    const place = at(parent, typeof parent.at(-1) === 'string' ? 'key' : 'value');
    return [report('MISSING_KEY', `missing key "${path.at(-1)}" in ${nameOf(parent)}`, undefined, place)];
  }
  const name = nameOf([...base, ...path]);
  switch (issue.code) {
    case 'invalid_type':
      return [
        report(
          'WRONG_TYPE',
          `${name} must be ${typeWords(issue.expected)}, not ${showValue(value)}`,
          quotesHint(issue.expected, value),
        ),
      ];
    case 'invalid_value':
      return [report('BAD_VALUE', ...choiceWords(name, issue.values, value))];
    case 'invalid_union':
      if ('options' in issue && issue.options) {
        return [report('BAD_VALUE', ...choiceWords(name, issue.options, value))];
      }
      return unionProblems(issue.errors, path, value, at, options, (types) => [
        report('WRONG_TYPE', `${name} must be ${types}, not ${showValue(value)}`),
      ]);
    case 'too_small':
    case 'too_big': {
      const [bound, limit] = issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : '';
      return [report('BAD_VALUE', `${name} must be ${bound} ${limit}${unit}, not ${showValue(value)}`)];
    }
    case 'custom': {
      const { code, hint } = issue.params ?? {};
      return [
        report(
          typeof code === 'string' ? code : 'BAD_VALUE',
          issue.message,
          typeof hint === 'string' ? hint : undefined,
        ),
      ];
    }
    default:
      return [report('BAD_VALUE', `${name}: ${issue.message.toLowerCase()}, found ${showValue(value)}`)];
  }
};

/** YAML reads 5, true and null as what they look like; a name of that form needs quotes, and a number must have none. */
const quotesHint = (expected: string, value: unknown): string | undefined => {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `put it in quotes: "${value}"`;
  }
  const isNumber = typeof value === 'string' && /^-?\d+$/.test(value);
  return isNumber && (expected === 'number' || expected === 'int') ? 'write it without quotes' : undefined;
};

/** Of the options that a union tried, the one that fits the value's own type; else all their types in one sentence. */
const unionProblems = (
  tried: readonly (readonly Issue[])[],
  path: Path,
  value: unknown,
  at: At,
  options: ShapeOptions,
  mismatch: (types: string) => readonly Problem[],
): readonly Problem[] => {
  // A list of words is no type: a mapping is none of the words, and may well be the mapping that was meant.
  const isOtherType = ({ code, path: at }: Issue) =>
    at.length === 0 && (code === 'invalid_type' || (code === 'invalid_value' && typeof value === 'object'));
  const [first, ...others] = tried.filter((issues) => !issues.some(isOtherType));
  if (first && others.length === 0) {
    return problemsOf({ issues: first }, at, {
      ...options,
      value,
      base: [...(options.base ?? []), ...path],
      path: [...(options.path ?? []), ...path],
    });
  }
  const types = tried
    .flat()
    .flatMap((i) => (i.code === 'invalid_type' && i.path.length === 0 ? [typeWords(i.expected)] : []));
  return mismatch(types.length > 0 ? [...new Set(types)].join(' or ') : `something other than ${kindOf(value)}`);
};

/** The message, and a hint where the value is nearly one of the choices. */
const choiceWords = (name: string, values: readonly unknown[], value: unknown): [string, string | undefined] => {
  const choices = values.map(String);
  const hint = typeof value === 'string' ? didYouMean(value, choices) : undefined;
  return [`${name} must be ${oneOf(choices)}, not ${showValue(value)}`, hint];
};

const unknownKeyHint = (key: string, allowed: readonly string[]): string | undefined => {
  const near = didYouMean(key, allowed);
  if (near || allowed.length === 0) return near;
  return `allowed here: ${allowed.join(', ')}`;
};

/** `"mtu"`, `item 3 of "nodes"`, `the document`. */
const nameOf = (path: Path): string => {
  const last = path.at(-1);
  if (last === undefined) return 'the document';
  if (typeof last === 'string') return `"${last}"`;
  const list = path.at(-2);
  return list === undefined ? `item ${last + 1}` : `item ${last + 1} of "${list}"`;
};

const valueAt = (value: unknown, path: Path): unknown => {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = Reflect.get(at, part);
  }
  return at;
};
