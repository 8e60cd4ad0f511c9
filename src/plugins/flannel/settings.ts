import * as z from 'zod/mini';
import { address, flag, mtu, oneOf, port, ranges, text, whole } from '../settings.ts';

const types = ['udp', 'vxlan', 'host-gw', 'wireguard', 'ipip', 'ipsec', 'alloc'] as const;

/** `backend: vxlan`, or a mapping with the options of flannel's own Backend object, in camel case. */
const backend = z.union([
  z.enum(types),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('udp'), port: port('UDP port of flanneld; default 8285') }),
    z.strictObject({
      type: z.literal('vxlan'),
      vni: whole('VXLAN identifier; default 1', 0, 0xffffff),
      port: whole("UDP port; 0 is the kernel's default, 8472", 0, 65535),
      mtu: mtu("MTU of the outer interface; default that interface's own"),
      directRouting: flag('Plain routes between nodes of one segment'),
      learning: flag('Let the device learn MACs'),
      gbp: flag('Group-based policy extension'),
    }),
    z.strictObject({ type: z.literal('host-gw') }),
    z.strictObject({
      type: z.literal('wireguard'),
      listenPort: port('Default 51820'),
      listenPortV6: port('Default 51821'),
      mtu: mtu("MTU of the outer interface; default that interface's own"),
      mode: oneOf(['separate', 'auto', 'ipv4', 'ipv6'], 'Devices and endpoints of two families; default separate'),
      psk: text('Preshared key'),
      persistentKeepaliveInterval: whole('Seconds; default 0, off', 0, 65535),
    }),
    z.strictObject({ type: z.literal('ipip'), directRouting: flag('Plain routes between nodes of one segment') }),
    z.strictObject({
      type: z.literal('ipsec'),
      psk: text('Preshared key, at least 96 characters'),
      udpEncap: flag('ESP inside UDP 4500'),
      espProposal: text('Cipher suite'),
    }),
    z.strictObject({ type: z.literal('alloc') }),
  ]),
]);

const etcd = z.strictObject({
  endpoints: z.optional(z.array(z.string()).check(z.describe('URLs; default http://127.0.0.1:4001 and :2379'))),
  prefix: text('Where the config and the leases lie; default /coreos.com/network'),
  caFile: text('--etcd-cafile'),
  certFile: text('--etcd-certfile'),
  keyFile: text('--etcd-keyfile'),
  username: text('User of etcd'),
  password: text('Password of that user'),
});

/** The `plugin:` mapping of a flannel cluster. Absent keys follow the backend: see config.ts. */
export const settingsSchema = z.strictObject({
  backend: z.optional(backend.check(z.describe('How packets cross between nodes; default udp'))),
  subnetManager: oneOf(['etcd', 'kube'], 'Who hands out subnets; default etcd with udp, else kube'),
  etcd: z.optional(etcd.check(z.describe('Read the configuration and the leases from this etcd'))),
  network: ranges('Network and IPv6Network; default subnets.pods'),
  network6: ranges('IPv6Network alone'),
  ipMasq: flag("--ip-masq: what leaves the cluster has the node's address; default true"),
  randomFully: flag('False: --ip-masq-fully-random-disable'),
  nftables: flag('EnableNFTables'),
  iptablesForwardRules: flag('--iptables-forward-rules; default true'),
  blackholeRoute: flag('--ip-blackhole-route: a blackhole for the subnet of the node, for Canal'),
  brNetfilter: flag('False: the module br_netfilter is not loaded'),
  iface: z.optional(
    z
      .union([z.string(), z.array(z.string())])
      .check(z.describe('--iface: names or addresses, the first that a node has')),
  ),
  publicIP: z.optional(
    z.union([address(), z.record(z.string(), address())]).check(z.describe('--public-ip, for all nodes or by node')),
  ),
  bridge: oneOf(['docker0', 'cni0'], 'What pods hang on; default docker0 with udp, else cni0'),
  dockerIpMasq: flag("dockerd --ip-masq; default: the opposite of flannel's"),
  dockerForwardDrop: flag("Docker's FORWARD policy DROP and its rules (from 1.13)"),
  version: z.optional(
    z
      .string()
      .check(
        z.regex(/^v?\d+\.\d+(\.\d+)?$/, 'this is no version of flannel such as v0.28.9'),
        z.describe('Release, for the shape of its rules; default v0.28.9'),
      ),
  ),
});

export type FlannelSettings = z.infer<typeof settingsSchema>;
