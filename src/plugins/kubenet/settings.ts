import * as z from 'zod/mini';
import { cidr, mtu } from '../settings.ts';

/** The `plugin:` mapping of a kubenet cluster. */
export const settingsSchema = z.strictObject({
  /** Whose route tables carry pods between nodes; none: static routes on a router. Absent: by the nodes' providerIDs. */
  cloud: z.optional(z.enum(['azure', 'gce', 'aws', 'none'])),
  /** kubelet's --non-masquerade-cidr, or several for ip-masq-agent. */
  nonMasqueradeCIDRs: z.optional(z.union([cidr(), z.array(cidr())])),
  /** kubelet's --hairpin-mode. */
  hairpinMode: z.optional(z.enum(['promiscuous-bridge', 'hairpin-veth', 'none'])),
  /** kubelet's --network-plugin-mtu. */
  mtu: z.optional(mtu()),
  /** dockershim: kubelet's own kubenet, up to 1.23; containerd: the same bridge by a CNI template, and ip-masq-agent. */
  runtime: z.optional(z.enum(['dockershim', 'containerd'])),
});
