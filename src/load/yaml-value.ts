import { CORE_SCHEMA, getScalarValue, type ScalarEvent } from 'js-yaml';

const PLAIN = 1;
const CORE = 'tag:yaml.org,2002:';
/** First characters that a YAML 1.2 number, boolean or null can have; anything else is a string. */
const SPECIAL = /^[-+.0-9~tTfFnN]/;

/** The value of a plain scalar: a number, a boolean, null, or a string. */
export const plainValue = (source: string): unknown =>
  source === '' ? null : SPECIAL.test(source) ? CORE_SCHEMA.resolveImplicitScalarTag(source).value : source;

/** The short name of a core tag (`!!str` → `str`), '' for none or `!`, undefined for a tag that JSON has no value for. */
export const coreTag = (raw: string): string | undefined => {
  if (raw === '' || raw === '!') return raw === '' ? '' : 'str';
  const name = raw.startsWith('!!') ? raw.slice(2) : raw.startsWith(`!<${CORE}`) ? raw.slice(CORE.length + 2, -1) : '?';
  return ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].includes(name) ? name : undefined;
};

/** The value of a scalar by YAML 1.2's core schema (`yes` is a string, 0644 is 644). A tag other than `!!str` resolves as if absent. */
export const scalarValue = (text: string, event: ScalarEvent): unknown => {
  const source = getScalarValue(text, event);
  if (event.tagStart >= 0) {
    const tag = coreTag(text.slice(event.tagStart, event.tagEnd));
    return tag === 'str' || tag === undefined ? source : plainValue(source);
  }
  return event.style === PLAIN ? plainValue(source) : source;
};
