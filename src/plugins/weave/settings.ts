import * as z from 'zod/mini';
import { address, flag, mtu, oneOf, range, text, whole } from '../settings.ts';

const ownRanges = z.union([range(), z.array(range())]);
const described = <T extends z.ZodMiniType>(schema: T, description: string) =>
  z.optional(schema.check(z.describe(description)));

/** The `plugin:` mapping of a Weave Net cluster. */
export const settingsSchema = z.strictObject({
  range: described(range(), 'IPALLOC_RANGE; default subnets.pods, else 10.32.0.0/12'),
  mode: oneOf(
    ['fastdp', 'sleeve', 'bridge'],
    'fastdp: Open vSwitch datapath with VXLAN, where a connection may still fall back to sleeve; sleeve, bridge: WEAVE_NO_FASTDP, all by the daemon',
  ),
  encryption: described(
    z.union([z.boolean(), z.strictObject({ trustedSubnets: ownRanges })]),
    'WEAVE_PASSWORD is set; trustedSubnets: WEAVE_TRUSTED_SUBNETS, between which nothing is encrypted',
  ),
  peers: described(
    z.array(z.array(z.string()).check(z.minLength(2), z.maxLength(3))),
    'The connections there are, where not all nodes reach each other: pairs of nodes; a third word, sleeve or fastdp, says how',
  ),
  mtu: mtu('WEAVE_MTU; default 1376 with fastdp, 65535 without'),
  init: text('IPALLOC_INIT: consensus=N (the first N nodes share the range), or seed=NODE,NODE; default consensus=1'),
  ring: described(z.record(z.string(), ownRanges), 'The ranges that each node owns in the ring (weave status ipam)'),
  exposeIP: described(z.record(z.string(), address()), "WEAVE_EXPOSE_IP: the weave bridge's address on a node"),
  masquerade: flag('false: weave expose --without-masquerade'),
  noMasqLocal: flag('NO_MASQ_LOCAL: clients keep their address on the way to pods of this node; default true'),
  npc: flag('EXPECT_NPC: weave-npc guards the pods; default true'),
  hairpin: flag('HAIRPIN_MODE; default true'),
  connLimit: whole('CONN_LIMIT: connections of one node; default 200', 1, 65535),
});
