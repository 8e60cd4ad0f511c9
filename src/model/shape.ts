import type { core } from 'zod/mini';
import type { Path } from './place.ts';

type Schema = core.$ZodType;

/** The schemas inside a schema that take the same value: of an optional, its inner one; of a union, its options. */
const layersOf = (schema: Schema): readonly Schema[] => {
  const def = (schema as core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return layersOf(def.innerType);
    case 'pipe':
      return layersOf(def.in);
    case 'lazy':
      return layersOf(def.getter());
    case 'union':
      return def.options.flatMap(layersOf);
    default:
      return [schema];
  }
};

const childOf = (schema: Schema, key: string | number): readonly Schema[] => {
  const def = (schema as core.$ZodTypes)._zod.def;
  if (def.type === 'object') {
    const child = def.shape[key] ?? def.catchall;
    return child ? layersOf(child) : [];
  }
  if (def.type === 'array') return layersOf(def.element);
  return def.type === 'record' ? layersOf(def.valueType) : [];
};

/** The keys that a schema allows at a path, sorted by nothing: in the order in which the schema names them. */
export const keysAt = (schema: Schema, path: Path): readonly string[] => {
  let at = layersOf(schema);
  for (const part of path) at = at.flatMap((layer) => childOf(layer, part));
  const keys = at.flatMap((layer) => {
    const def = (layer as core.$ZodTypes)._zod.def;
    return def.type === 'object' ? Object.keys(def.shape) : [];
  });
  return [...new Set(keys)];
};
