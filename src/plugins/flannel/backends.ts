import { buildAlloc } from './alloc.ts';
import type { Backend } from './backend.ts';
import { OVERHEAD } from './defaults.ts';
import { buildHostGw } from './host-gw.ts';
import { buildIpip } from './ipip.ts';
import { buildIpsec } from './ipsec.ts';
import type { Site } from './member.ts';
import { buildUdp } from './udp.ts';
import { buildVxlan } from './vxlan.ts';
import { buildWireguard } from './wireguard.ts';

/** What a backend leaves on a node, and whether it carries IPv6; undefined: not modelled. */
type Builder = { readonly build: (site: Site) => void; readonly ipv6: boolean };

export const builders: Readonly<Record<Backend['type'], Builder | undefined>> = {
  udp: { build: buildUdp, ipv6: false },
  vxlan: { build: buildVxlan, ipv6: true },
  'host-gw': { build: buildHostGw, ipv6: true },
  wireguard: { build: buildWireguard, ipv6: true },
  ipip: { build: buildIpip, ipv6: false },
  ipsec: { build: buildIpsec, ipv6: false },
  alloc: { build: buildAlloc, ipv6: false },
  // Their state is made by the user's own commands, or by a cloud.
  extension: undefined,
  'tencent-vpc': undefined,
};

/** FLANNEL_MTU: what flanneld writes into subnet.env for the pods (pkg/backend/<type>). */
export const flannelMtu = (backend: Backend, nic: number): number => {
  switch (backend.type) {
    case 'udp':
      return nic - OVERHEAD.udp;
    case 'vxlan':
      return (backend.mtu ?? nic) - OVERHEAD.vxlan;
    case 'wireguard':
      return (backend.mtu ?? nic) - OVERHEAD.wireguard;
    case 'ipip':
      return nic - OVERHEAD.ipip;
    case 'ipsec':
      return nic - (backend.udpEncap ? OVERHEAD.ipsecUdp : OVERHEAD.ipsec);
    default:
      return nic;
  }
};
