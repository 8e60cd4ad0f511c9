import * as z from 'zod/mini';
import type { Same } from '../net/same.ts';
import type { CodeDoc } from './code.ts';
import type { PacketDoc, TraceDoc } from './document.ts';

// The shapes of the documents, for the published JSON Schemas. That they say the same as the types is checked by the compiler:
// see the last lines of this file.

const text = (description: string) => z.string().check(z.describe(description));
const maybe = z.exactOptional;
const count = z.int();
const strings = z.array(z.string());

const origin = z.strictObject({
  plugin: maybe(text('The network plugin that leaves this line on the node')),
  kind: maybe(text('The Kubernetes object, or the part of the cluster file, that it comes from')),
  namespace: maybe(z.string()),
  name: maybe(z.string()),
  file: maybe(z.string()),
  line: maybe(count),
  note: maybe(text('What the plugin has to say about it')),
});

const because = z.strictObject({
  of: text(
    'route, rule, neigh, fdb, netfilter, ebtables, link, address, sysctl, xfrm, daemon, fabric, socket, conntrack',
  ),
  line: text('The line of state that decided, as the Linux tool prints it'),
  origin: maybe(origin),
});

const tried = z.strictObject({
  line: z.string(),
  matched: z.boolean(),
  failed: maybe(text('The test that did not hold')),
});

const packet = z.strictObject({
  source: z.string(),
  destination: z.string(),
  protocol: z.string(),
  sourcePort: maybe(count),
  destinationPort: maybe(count),
  icmp: maybe(text('Type of the ICMP message')),
  ttl: count,
  length: count.check(z.describe('Of the IP packet, header included')),
  dontFragment: z.boolean(),
  tunnel: maybe(text('What carries `inner`: udp, vxlan, ipip, wireguard, esp, geneve')),
  get inner(): z.ZodMiniExactOptional<z.ZodMiniType<PacketDoc>> {
    return maybe(packet);
  },
});

const step = z.strictObject({
  kind: text(
    'What happened: route, bridge, filter, translate, encapsulate, …; `skip` for what did not happen, and why',
  ),
  netns: text('The network namespace: a node, namespace/pod, or a segment of the fabric'),
  dev: maybe(z.string()),
  at: text('The device or daemon that the step belongs to, as in `path`; empty where the host itself is the place'),
  level: z
    .enum(['main', 'detail', 'verbose'])
    .check(z.describe('How much it matters: `main` steps make the one line of their device')),
  hook: maybe(z.string()),
  table: maybe(z.string()),
  chain: maybe(z.string()),
  because: z.array(because).check(z.describe('The entries of state that decided')),
  tried: maybe(z.array(tried).check(z.describe('Every rule that was looked at, in order'))),
  packet,
  ttl: count.check(z.describe('Of the innermost packet, after the step')),
  mtu: maybe(count.check(z.describe('Of the link concerned'))),
  mark: maybe(text('Firewall mark, in hexadecimal')),
  note: text('One sentence for a learner'),
  brief: text('A few words'),
  rule: maybe(text('The rule behind `brief` where that does not show it')),
  known: z
    .enum(['modelled', 'assumed', 'unsupported'])
    .check(z.describe('How this is known: assumed rests on something that nobody stated or verified')),
  verify: strings.check(z.describe('Commands that show this on the live node')),
});

const hop = z.strictObject({
  host: z.string(),
  kind: z.enum(['pod', 'node', 'fabric', 'external']),
  steps: z.array(step),
});

const reasonKeys = {
  code: text('Stable, upper case; `k8snet explain CODE` says more'),
  summary: z.string(),
  detail: maybe(text('The numbers or names of this case')),
  hint: maybe(text('What to change')),
  dropReason: maybe(text("The kernel's SKB_DROP_REASON_…, without that prefix")),
};
const reason = z.strictObject(reasonKeys);

const verdict = z.enum(['delivered', 'exits', 'dropped', 'rejected', 'looped', 'unknown']);
const direction = z.enum(['forward', 'reply']);

const trace = z.strictObject({
  id: z.string(),
  direction,
  of: maybe(text('The trace that this one answers')),
  error: maybe(text('The ICMP error, or tcp-reset, that this trace follows back to the sender')),
  probability: z.number(),
  verdict,
  reason,
  path: strings.check(z.describe('Devices and daemons in order, host:thing')),
  hops: z.array(hop),
  copies: maybe(
    z
      .array(z.strictObject({ host: z.string(), dev: maybe(z.string()), verdict, reason }))
      .check(z.describe('What became of other copies of the frame')),
  ),
});

const end = z.strictObject({
  text: text('As it was asked for'),
  kind: z.enum(['pod', 'node', 'ip', 'internet']),
  namespace: maybe(z.string()),
  name: maybe(z.string()),
  node: maybe(z.string()),
  ip: z.string(),
});

const nat = z.strictObject({
  kind: z.enum(['masquerade', 'snat', 'dnat']),
  at: z.string(),
  from: z.string(),
  to: z.string(),
});

const encapsulation = z.strictObject({
  kind: text('udp, vxlan, ipip, wireguard, esp, geneve'),
  at: z.string(),
  outer: z.strictObject({
    source: z.string(),
    destination: z.string(),
    port: maybe(count),
    ttl: count,
    dontFragment: z.boolean(),
  }),
  overhead: count.check(z.describe('Bytes that the tunnel adds to the IP packet')),
});

const summary = z.strictObject({
  path: strings.check(z.describe('Devices and daemons in order, host:thing, as the packet went')),
  sourceSeen: maybe(text('The source address that the receiver sees')),
  destinationReached: maybe(z.strictObject({ ip: z.string(), port: maybe(count), pod: maybe(z.string()) })),
  ttlAtDestination: maybe(count),
  pathMtu: maybe(count.check(z.describe('The longest packet that gets through in one piece'))),
  nat: z.array(nat),
  encapsulation: z.array(encapsulation),
  reply: maybe(
    z.strictObject({
      result: z.enum(['delivered', 'lost', 'unknown']),
      symmetric: z.boolean().check(z.describe('Whether it comes back by the same devices')),
      ttl: maybe(count),
    }),
  ),
  reason: maybe(
    z.strictObject({ ...reasonKeys, trace: z.string(), direction, host: z.string(), dev: maybe(z.string()) }),
  ),
});

/** The shape of {@link TraceDoc}. */
export const traceShape = z
  .strictObject({
    schema: z.literal('k8snet/trace/v1'),
    tool: z.strictObject({ name: z.literal('k8snet'), version: z.string() }),
    cluster: z.strictObject({ plugin: z.string(), mode: z.string(), proxy: z.string(), sources: strings }),
    question: z.strictObject({
      from: end,
      to: end,
      packet: z.strictObject({
        protocol: z.string(),
        port: maybe(count),
        size: count,
        dontFragment: z.boolean(),
        ttl: count,
      }),
      options: z.strictObject({ reply: z.boolean() }),
    }),
    result: z.enum(['reachable', 'unreachable', 'partial', 'unknown']),
    summary,
    traces: z.array(trace).check(z.describe('Every way that the packet and its answers can go')),
    assumptions: z.array(
      z.strictObject({ code: z.string(), text: z.string(), change: maybe(z.string()), evidence: maybe(z.string()) }),
    ),
    warnings: z.array(z.strictObject({ code: z.string(), text: z.string() })),
    unsupported: strings,
  })
  .check(z.describe('What `k8snet trace` answers'));

/** The shape of {@link CodeDoc}. */
export const codeShape = z
  .strictObject({
    schema: z.literal('k8snet/explain/v1'),
    code: z.string(),
    summary: z.string(),
    paragraphs: strings,
    causes: strings,
    hint: maybe(z.string()),
  })
  .check(z.describe('What `k8snet explain CODE` answers'));

true satisfies Same<z.output<typeof traceShape>, TraceDoc>;
true satisfies Same<z.output<typeof codeShape>, CodeDoc>;
