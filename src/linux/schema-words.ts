import * as z from 'zod/mini';

/** What the schemas of pieces of state are spelled with. */
export const text = z.string();
export const whole = z.int();
export const maybe = z.exactOptional;
export const inet = z.enum(['inet', 'inet6']);

export const origin = maybe(
  z.strictObject({
    plugin: maybe(text),
    kind: maybe(text),
    namespace: maybe(text),
    name: maybe(text),
    file: maybe(text),
    line: maybe(whole),
    note: maybe(text),
    known: maybe(z.literal('assumed')),
  }),
);
