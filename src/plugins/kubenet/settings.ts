import * as z from 'zod/mini';
import { mtu, oneOf, ranges } from '../settings.ts';

/** The `plugin:` mapping of a kubenet cluster. */
export const settingsSchema = z.strictObject({
  cloud: oneOf(
    ['azure', 'gce', 'aws', 'none'],
    "Whose route table carries pods between nodes; none: a router's static routes. Default: by providerIDs, else none",
  ),
  nonMasqueradeCIDRs: ranges("kubelet's --non-masquerade-cidr, or several for ip-masq-agent; default 10.0.0.0/8"),
  hairpinMode: oneOf(['promiscuous-bridge', 'hairpin-veth', 'none'], "kubelet's --hairpin-mode"),
  mtu: mtu("kubelet's --network-plugin-mtu; default: the smallest of the node's interfaces"),
  runtime: oneOf(
    ['dockershim', 'containerd'],
    "dockershim: kubelet's own kubenet, up to 1.23; containerd: the same bridge by a CNI template, and ip-masq-agent",
  ),
});
