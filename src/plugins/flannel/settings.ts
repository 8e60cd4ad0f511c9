import * as z from 'zod/mini';
import { cidr, ipAddress, mtu, port } from '../settings.ts';

const flag = () => z.optional(z.boolean());
const backendTypes = ['udp', 'vxlan', 'host-gw', 'wireguard', 'ipip', 'ipsec', 'alloc'] as const;

/** `backend: vxlan`, or a mapping with the options of flannel's own Backend object, in camel case. */
const backend = z.union([
  z.enum(backendTypes),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('udp'), port: z.optional(port()) }),
    z.strictObject({
      type: z.literal('vxlan'),
      vni: z.optional(z.int().check(z.gte(0), z.lte(0xffffff))),
      port: z.optional(z.int().check(z.gte(0), z.lte(65535))),
      mtu: z.optional(mtu()),
      directRouting: flag(),
      learning: flag(),
      gbp: flag(),
    }),
    z.strictObject({ type: z.literal('host-gw') }),
    z.strictObject({
      type: z.literal('wireguard'),
      listenPort: z.optional(port()),
      listenPortV6: z.optional(port()),
      mtu: z.optional(mtu()),
      mode: z.optional(z.enum(['separate', 'auto', 'ipv4', 'ipv6'])),
      psk: z.optional(z.string()),
      persistentKeepaliveInterval: z.optional(z.int()),
    }),
    z.strictObject({ type: z.literal('ipip'), directRouting: flag() }),
    z.strictObject({
      type: z.literal('ipsec'),
      psk: z.optional(z.string()),
      udpEncap: flag(),
      espProposal: z.optional(z.string()),
    }),
    z.strictObject({ type: z.literal('alloc') }),
  ]),
]);

/** The `plugin:` mapping of a flannel cluster. Absent keys follow the backend: see config.ts. */
export const settingsSchema = z.strictObject({
  backend: z.optional(backend),
  subnetManager: z.optional(z.enum(['etcd', 'kube'])),
  etcd: z.optional(
    z.strictObject({
      endpoints: z.optional(z.array(z.string())),
      prefix: z.optional(z.string()),
      caFile: z.optional(z.string()),
      certFile: z.optional(z.string()),
      keyFile: z.optional(z.string()),
      username: z.optional(z.string()),
      password: z.optional(z.string()),
    }),
  ),
  /** Network and IPv6Network; absent: subnets.pods. */
  network: z.optional(cidr()),
  network6: z.optional(cidr()),
  ipMasq: flag(),
  randomFully: flag(),
  nftables: flag(),
  iptablesForwardRules: flag(),
  /** `--iface`: names or addresses, the first that a node has. */
  iface: z.optional(z.union([z.string(), z.array(z.string())])),
  /** `--public-ip`, for one node or by node. */
  publicIP: z.optional(z.union([ipAddress(), z.record(z.string(), ipAddress())])),
  bridge: z.optional(z.enum(['docker0', 'cni0'])),
  dockerIpMasq: flag(),
  dockerForwardDrop: flag(),
  version: z.optional(z.string().check(z.regex(/^v?\d+\.\d+(\.\d+)?$/, 'is no version of flannel such as v0.28.9'))),
});

export type FlannelSettings = z.infer<typeof settingsSchema>;
