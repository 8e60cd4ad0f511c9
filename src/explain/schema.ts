import * as z from 'zod/mini';
import type { Same } from '../net/same.ts';
import type { PacketDoc, TraceDoc } from './document.ts';
import { dnsSchema } from './schema-dns.ts';

// The shapes of document.ts once more, for machines. Everything closed: a new field is added here and there together.

const text = z.string();
const whole = z.int();
const maybe = z.exactOptional;
const known = z.enum(['modelled', 'assumed', 'unsupported']);
const verdict = z.enum(['delivered', 'exits', 'dropped', 'rejected', 'looped', 'unknown']);
const kind = z.enum(['pod', 'node', 'fabric', 'external']);
const direction = z.enum(['forward', 'reply']);

/** Who put a line of state there. */
const originSchema = z.strictObject({
  plugin: maybe(text),
  kind: maybe(text),
  namespace: maybe(text),
  name: maybe(text),
  file: maybe(text),
  line: maybe(whole),
  note: maybe(text),
});

const packet = z.strictObject({
  source: text,
  destination: text,
  protocol: text,
  sourcePort: maybe(whole),
  destinationPort: maybe(whole),
  icmp: maybe(text),
  ttl: whole,
  length: whole,
  dontFragment: z.boolean(),
  tunnel: maybe(text),
  get inner(): z.ZodMiniExactOptional<z.ZodMiniType<PacketDoc>> {
    return maybe(packet);
  },
});

const step = z.strictObject({
  kind: text,
  netns: text,
  dev: maybe(text),
  at: text,
  level: z.enum(['main', 'detail', 'verbose']),
  hook: maybe(text),
  table: maybe(text),
  chain: maybe(text),
  because: z.array(z.strictObject({ of: text, line: text, origin: maybe(originSchema) })),
  tried: maybe(
    z.array(z.strictObject({ line: text, matched: z.boolean(), failed: maybe(text), origin: maybe(originSchema) })),
  ),
  packet,
  ttl: whole,
  mtu: maybe(whole),
  mark: maybe(text),
  note: text,
  brief: text,
  rule: maybe(text),
  chains: maybe(z.array(text)),
  source: maybe(text),
  known,
  verify: z.array(text),
});

const result = z.enum(['reachable', 'unreachable', 'partial', 'unknown']);

const reasonFields = {
  code: text,
  summary: text,
  detail: maybe(text),
  hint: maybe(text),
  dropReason: maybe(text),
};
const reason = z.strictObject(reasonFields);

const item = z.strictObject({
  id: text,
  direction,
  of: maybe(text),
  error: maybe(text),
  probability: z.number(),
  verdict,
  reason,
  path: z.array(text),
  hops: z.array(z.strictObject({ host: text, kind, steps: z.array(step) })),
  copies: maybe(z.array(z.strictObject({ host: text, dev: maybe(text), verdict, reason }))),
});

const end = z.strictObject({
  text,
  kind: z.enum(['pod', 'node', 'host', 'ip', 'internet', 'service', 'name']),
  namespace: maybe(text),
  name: maybe(text),
  node: maybe(text),
  ip: text,
});

const service = z.strictObject({
  namespace: text,
  name: text,
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName', 'headless']),
  via: z.enum(['clusterIP', 'nodePort', 'externalIP', 'loadBalancer', 'headless', 'externalName']),
  ip: maybe(text),
  port: maybe(whole),
  portName: maybe(text),
  noSuchPort: maybe(z.boolean()),
  protocol: text,
  file: text,
  line: whole,
  backends: z.array(
    z.strictObject({
      ip: text,
      port: whole,
      pod: maybe(text),
      node: maybe(text),
      ready: z.boolean(),
      serving: z.boolean(),
      terminating: z.boolean(),
      probability: z.number(),
      traces: z.array(text),
      result: maybe(result),
    }),
  ),
});

const cause = z.strictObject({
  code: text,
  text,
  hint: maybe(text),
  file: maybe(text),
  line: maybe(whole),
  certain: z.boolean(),
});

const summary = z.strictObject({
  path: z.array(text),
  sourceSeen: maybe(text),
  destinationReached: maybe(z.strictObject({ ip: text, port: maybe(whole), pod: maybe(text) })),
  ttlAtDestination: maybe(whole),
  pathMtu: maybe(whole),
  nat: z.array(z.strictObject({ kind: z.enum(['masquerade', 'snat', 'dnat']), at: text, from: text, to: text })),
  encapsulation: z.array(
    z.strictObject({
      kind: text,
      at: text,
      outer: z.strictObject({
        source: text,
        destination: text,
        port: maybe(whole),
        ttl: whole,
        dontFragment: z.boolean(),
      }),
      overhead: whole,
    }),
  ),
  reply: maybe(
    z.strictObject({
      result: z.enum(['delivered', 'lost', 'unknown']),
      symmetric: z.boolean(),
      ttl: maybe(whole),
    }),
  ),
  reason: maybe(z.strictObject({ ...reasonFields, trace: text, direction, host: text, dev: maybe(text) })),
});

/** The document `k8snet/trace/v1`. */
export const traceSchema = z.strictObject({
  schema: z.literal('k8snet/trace/v1'),
  tool: z.strictObject({ name: z.literal('k8snet'), version: text }),
  cluster: z.strictObject({ plugin: text, mode: text, proxy: text, sources: z.array(text) }),
  question: z.strictObject({
    from: end,
    to: end,
    packet: z.strictObject({
      protocol: text,
      port: maybe(whole),
      size: whole,
      dontFragment: z.boolean(),
      ttl: whole,
    }),
    options: z.strictObject({ reply: z.boolean() }),
  }),
  dns: maybe(dnsSchema),
  result,
  summary,
  traces: z.array(item),
  service: maybe(service),
  causes: maybe(z.array(cause)),
  assumptions: z.array(z.strictObject({ code: text, text, change: maybe(text), evidence: maybe(text) })),
  warnings: z.array(z.strictObject({ code: text, text })),
  unsupported: z.array(text),
});

true satisfies Same<z.output<typeof traceSchema>, TraceDoc>;
