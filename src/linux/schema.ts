import * as z from 'zod/mini';
import type { Same } from '../net/same.ts';
import type { NodeDoc } from './document.ts';
import type { Origin } from './origin.ts';

// The shape of the document that describes a namespace, for its published JSON Schema. Keys are those of iproute2's own JSON.

const maybe = z.exactOptional;
const text = z.string();
const whole = z.int();
const texts = z.array(z.string());
const inet = z.enum(['inet', 'inet6']);

const originShape = z
  .strictObject({
    plugin: maybe(text),
    kind: maybe(text),
    namespace: maybe(text),
    name: maybe(text),
    file: maybe(text),
    line: maybe(whole),
    note: maybe(text),
    known: maybe(z.literal('assumed')),
  })
  .check(z.describe('Who put this line there: the plugin, the Kubernetes object, the file and line'));
// The origin is carried as it is, and never changed.
const sourced = { origin: maybe(originShape as unknown as z.ZodMiniType<Origin>) };

const address = z.strictObject({
  ...sourced,
  family: inet,
  local: text,
  prefixlen: whole,
  broadcast: maybe(text),
  scope: text,
  secondary: maybe(z.literal(true)),
  noprefixroute: maybe(z.literal(true)),
  label: maybe(text),
});

const link = z.strictObject({
  ...sourced,
  ifindex: whole,
  ifname: text,
  link: maybe(text),
  link_index: maybe(whole),
  link_netnsid: maybe(whole),
  flags: texts,
  mtu: whole,
  qdisc: text,
  master: maybe(text),
  operstate: text,
  txqlen: whole,
  link_type: z.enum(['loopback', 'ether', 'none', 'ipip']),
  address: maybe(text),
  linkinfo: maybe(
    z.strictObject({
      info_kind: maybe(text),
      info_data: maybe(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
      info_slave_kind: maybe(z.literal('bridge')),
      info_slave_data: maybe(z.strictObject({ hairpin: z.boolean() })),
    }),
  ),
  addr_info: z.array(address),
});

const route = z.strictObject({
  ...sourced,
  type: maybe(text),
  dst: text,
  gateway: maybe(text),
  dev: maybe(text),
  protocol: maybe(text),
  scope: maybe(text),
  prefsrc: maybe(text),
  metric: maybe(whole),
  flags: texts,
  metrics: maybe(z.array(z.strictObject({ mtu: whole }))),
  pref: maybe(z.literal('medium')),
  nexthops: maybe(z.array(z.strictObject({ gateway: maybe(text), dev: text, weight: whole, flags: texts }))),
});

const rule = z.strictObject({
  ...sourced,
  priority: whole,
  not: maybe(z.null()),
  src: text,
  srclen: maybe(whole),
  dst: maybe(text),
  dstlen: maybe(whole),
  fwmark: maybe(text),
  fwmask: maybe(text),
  iif: maybe(text),
  oif: maybe(text),
  ipproto: maybe(text),
  dport: maybe(whole),
  dport_start: maybe(whole),
  dport_end: maybe(whole),
  table: maybe(text),
  action: maybe(text),
});

const neigh = z.strictObject({
  ...sourced,
  dst: text,
  dev: text,
  lladdr: maybe(text),
  proxy: maybe(z.null()),
  state: texts,
});

const fdb = z.strictObject({
  ...sourced,
  mac: text,
  ifname: text,
  dst: maybe(text),
  flags: texts,
  master: maybe(text),
  state: text,
});

const chain = z
  .strictObject({
    tool: z.enum(['iptables', 'nft', 'ebtables']),
    family: text,
    table: text,
    chain: text,
    hook: maybe(text),
    priority: maybe(whole),
    policy: maybe(text),
    rules: z.array(z.strictObject({ ...sourced, line: text })),
  })
  .check(z.describe("A netfilter chain, with its rules as the table's own tool prints them"));

const xfrm = z.strictObject({
  ...sourced,
  dir: text,
  src: text,
  dst: text,
  tmpl: z.strictObject({ src: text, dst: text, reqid: whole }),
  udpEncap: maybe(z.boolean()),
});

const wireguard = z.strictObject({
  ifname: text,
  listenPort: whole,
  peers: z.array(z.strictObject({ ...sourced, publicKey: text, endpoint: text, allowedIps: texts })),
});

const daemon = z.strictObject({
  ...sourced,
  name: text,
  tun: text,
  local: text,
  port: whole,
  lookup: text,
  routes: z.array(z.strictObject({ ...sourced, dst: text, via: text, port: whole, line: text })),
});

/** The shape of {@link NodeDoc}. */
export const nodeShape = z
  .strictObject({
    schema: z.literal('k8snet/node/v1'),
    node: text,
    kind: z.enum(['node', 'pod', 'router', 'external']),
    links: z.array(link),
    routes: z.array(z.strictObject({ family: inet, table: text, routes: z.array(route) })),
    rules: z.array(z.strictObject({ family: inet, rules: z.array(rule) })),
    neigh: z.array(neigh),
    fdb: z.array(fdb),
    sysctls: z.record(z.string(), z.number()),
    netfilter: z.array(chain),
    ipsets: z.array(z.strictObject({ name: text, type: text, family: inet, entries: texts })),
    xfrm: z.array(xfrm),
    wireguard: z.array(wireguard),
    daemons: z.array(daemon),
    sections: z
      .array(z.strictObject({ title: text, command: text, lines: texts }))
      .check(z.describe('What real commands would print')),
  })
  .check(z.describe('What `k8snet node NAME` answers: the state that the plugin leaves there'));

true satisfies Same<z.output<typeof nodeShape>, NodeDoc>;
