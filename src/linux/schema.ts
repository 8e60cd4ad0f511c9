import * as z from 'zod/mini';
import type { Same } from '../net/same.ts';
import type { NodeDoc } from './document.ts';
import { netfilterSchema } from './schema-netfilter.ts';
import { inet, maybe, origin, text, whole } from './schema-words.ts';

const named = z.record(text, z.union([text, z.number(), z.boolean()]));

const address = z.strictObject({
  family: inet,
  local: text,
  prefixlen: whole,
  broadcast: maybe(text),
  scope: text,
  secondary: maybe(z.literal(true)),
  noprefixroute: maybe(z.literal(true)),
  label: maybe(text),
  origin,
});

const link = z.strictObject({
  ifindex: whole,
  ifname: text,
  link: maybe(text),
  link_index: maybe(whole),
  link_netnsid: maybe(whole),
  flags: z.array(text),
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
      info_data: maybe(named),
      info_slave_kind: maybe(z.enum(['bridge', 'openvswitch'])),
      info_slave_data: maybe(z.strictObject({ hairpin: z.boolean() })),
    }),
  ),
  addr_info: z.array(address),
  origin,
});

const route = z.strictObject({
  type: maybe(text),
  dst: text,
  gateway: maybe(text),
  dev: maybe(text),
  protocol: maybe(text),
  scope: maybe(text),
  prefsrc: maybe(text),
  metric: maybe(whole),
  flags: z.array(text),
  metrics: maybe(z.array(z.strictObject({ mtu: whole }))),
  pref: maybe(z.literal('medium')),
  nexthops: maybe(z.array(z.strictObject({ gateway: maybe(text), dev: text, weight: whole, flags: z.array(text) }))),
  origin,
});

const rule = z.strictObject({
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
  origin,
});

/** The document `k8snet/node/v1`. */
export const nodeSchema = z.strictObject({
  schema: z.literal('k8snet/node/v1'),
  node: text,
  kind: z.enum(['node', 'pod', 'router', 'external']),
  links: z.array(link),
  routes: z.array(z.strictObject({ family: inet, table: text, routes: z.array(route) })),
  rules: z.array(z.strictObject({ family: inet, rules: z.array(rule) })),
  neigh: z.array(
    z.strictObject({
      dst: text,
      dev: text,
      lladdr: maybe(text),
      proxy: maybe(z.null()),
      state: z.array(text),
      origin,
    }),
  ),
  fdb: z.array(
    z.strictObject({
      mac: text,
      ifname: text,
      dst: maybe(text),
      flags: z.array(text),
      master: maybe(text),
      state: text,
      origin,
    }),
  ),
  sysctls: z.record(text, z.number()),
  ...netfilterSchema,
  ipvs: maybe(
    z.array(
      z.strictObject({
        protocol: z.enum(['tcp', 'udp', 'sctp']),
        ip: text,
        port: whole,
        scheduler: text,
        schedFlags: maybe(z.array(text)),
        persistent: maybe(whole),
        realServers: z.array(z.strictObject({ ip: text, port: whole, weight: whole, origin })),
        origin,
      }),
    ),
  ),
  xfrm: z.array(
    z.strictObject({
      dir: text,
      src: text,
      dst: text,
      tmpl: z.strictObject({ src: text, dst: text, reqid: whole }),
      mode: maybe(z.literal('transport')),
      udpPort: maybe(whole),
      mark: maybe(text),
      udpEncap: maybe(z.boolean()),
      origin,
    }),
  ),
  wireguard: z.array(
    z.strictObject({
      ifname: text,
      listenPort: whole,
      peers: z.array(z.strictObject({ publicKey: text, endpoint: text, allowedIps: z.array(text), origin })),
    }),
  ),
  daemons: z.array(
    z.strictObject({
      name: text,
      tun: text,
      local: text,
      port: whole,
      lookup: text,
      routes: z.array(z.strictObject({ dst: text, via: text, port: whole, line: text, origin })),
      origin,
    }),
  ),
  overlays: maybe(
    z.array(
      z.strictObject({
        daemon: text,
        overlay: text,
        port: text,
        datapath: maybe(text),
        connections: z.array(
          z.strictObject({
            peer: text,
            local: text,
            remote: text,
            kind: z.enum(['vxlan', 'udp']),
            port: whole,
            line: text,
            origin,
          }),
        ),
        origin,
      }),
    ),
  ),
  sections: z.array(z.strictObject({ title: text, command: text, lines: z.array(text) })),
});

true satisfies Same<z.output<typeof nodeSchema>, NodeDoc>;
