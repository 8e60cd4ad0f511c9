import * as z from 'zod/mini';
import { parsePrefix } from '../../net/prefix.ts';
import { flag, mtu, oneOf, port, whole } from '../settings.ts';

export const ENCAPSULATIONS = ['none', 'ipip', 'ipip-cross-subnet', 'vxlan', 'vxlan-cross-subnet'] as const;
export type Encapsulation = (typeof ENCAPSULATIONS)[number];

const range = z
  .string()
  .check(z.refine((value) => parsePrefix(value) !== undefined, { error: 'this is no range such as 192.168.0.0/16' }));
const name = z.string();

const pool = z.strictObject({
  name: z.optional(name.check(z.describe('Name of the IPPool'))),
  cidr: range.check(z.describe('Range of the pool')),
  blockSize: whole('Prefix length of the blocks that nodes get; default 26, IPv6 122', 20, 128),
  encapsulation: oneOf(ENCAPSULATIONS, 'How packets for this pool cross between nodes; default that of the plugin'),
  natOutgoing: flag("What leaves the pools has the node's address; default true, IPv6 false"),
  nodeSelector: z.optional(z.string().check(z.describe('Labels of the nodes that take blocks of it; default all()'))),
  disabled: flag('No new addresses are taken from it'),
});

const bgp = z.strictObject({
  mesh: flag('nodeToNodeMeshEnabled; default true'),
  routeReflectors: z.optional(z.array(name).check(z.describe('Nodes that pass on the routes of all others'))),
  missing: z.optional(
    z.array(z.tuple([name, name])).check(z.describe('Pairs of nodes without a session, e.g. [[node-1, node-2]]')),
  ),
  fabric: flag('The routers between the nodes learn the blocks as well; default where a pool has no encapsulation'),
});

/** The `plugin:` mapping of a Calico cluster. */
export const settingsSchema = z.strictObject({
  encapsulation: oneOf(
    ENCAPSULATIONS,
    'How packets cross between nodes; default ipip, as manifests/calico.yaml has it',
  ),
  pools: z.optional(z.array(pool).check(z.describe('IPPools; default one of subnets.pods'))),
  wireguard: flag('wireguardEnabled: encrypt between nodes'),
  bgp: z.optional(bgp.check(z.describe('Who tells whom of its blocks'))),
  dataplane: oneOf(['iptables', 'nftables', 'ebpf'], 'Default iptables'),
  policyOnly: oneOf(['azure', 'aws', 'gke'], "Calico's policies on the network of another plugin"),
  endpointToHost: oneOf(
    ['ACCEPT', 'RETURN', 'DROP'],
    'defaultEndpointToHostAction; default ACCEPT, as the manifests set',
  ),
  vxlanPort: port('Default 4789'),
  vxlanVNI: whole('Default 4096', 1, 0xffffff),
  mtu: mtu('MTU of the pods; default what the encapsulations leave of that of the nodes'),
  version: z.optional(
    z
      .string()
      .check(
        z.regex(/^v?\d+\.\d+(\.\d+)?$/, 'this is no version of Calico such as v3.32.1'),
        z.describe('Release, for the form of its routes and rules; default 3.32'),
      ),
  ),
});

export type CalicoSettings = z.infer<typeof settingsSchema>;
