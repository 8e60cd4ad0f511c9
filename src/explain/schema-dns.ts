import * as z from 'zod/mini';

const text = z.string();
const whole = z.int();
const maybe = z.exactOptional;

/** How a name became an address: `dns` of the trace document. */
export const dnsSchema = z.strictObject({
  name: text,
  resolver: z.strictObject({ nameservers: z.array(text), search: z.array(text), ndots: whole, source: text }),
  queries: z.array(
    z.strictObject({
      name: text,
      type: text,
      nameserver: text,
      rcode: z.enum(['NOERROR', 'NXDOMAIN', 'NODATA', 'FORWARDED']),
      answers: z.array(text),
      note: maybe(text),
      place: maybe(z.strictObject({ file: text, line: whole })),
    }),
  ),
  result: z.strictObject({
    kind: z.enum(['service', 'endpoints', 'external', 'pod', 'address', 'nothing']),
    ips: z.array(text),
    service: maybe(z.strictObject({ namespace: text, name: text })),
    port: maybe(whole),
    backends: maybe(z.array(z.strictObject({ ip: text, port: maybe(whole), pod: maybe(text) }))),
    name: maybe(text),
    hint: maybe(text),
  }),
});
