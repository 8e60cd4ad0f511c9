import * as z from 'zod/mini';

// The pieces of the short form's schema, each with the text that editors show.

export const text = (description: string) => z.string().check(z.describe(description));
export const whole = (description: string, minimum: number, maximum: number) =>
  z.int().check(z.minimum(minimum), z.maximum(maximum), z.describe(description));
export const flag = (description: string) => z.boolean().check(z.describe(description));
export const oneOrMore = (description: string) =>
  z.union([z.string(), z.array(z.string())]).check(z.describe(`${description}; a list of two for dual stack`));
export const words = (description: string) =>
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).check(z.describe(description));
export const port = (description: string) => whole(description, 1, 65535);
export const mtu = (description: string) => whole(description, 68, 65535);
export const optional = z.optional;
