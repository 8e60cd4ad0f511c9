import type { XfrmPolicy } from '../../linux/netns.ts';
import { IPSEC_REQID, OVERHEAD } from './defaults.ts';
import type { Site } from './member.ts';

/**
 * The ipsec backend (pkg/backend/ipsec): three policies per peer, and no device and no route. Packets find their way out by the default route,
 * where the policy catches them. IPv4 only.
 */
export const buildIpsec = ({ draft, self, peers, config }: Site): void => {
  const { v4 } = self;
  const { backend } = config;
  if (!v4 || backend.type !== 'ipsec') return;
  const overhead = backend.udpEncap ? OVERHEAD.ipsecUdp : OVERHEAD.ipsec;
  for (const peer of peers) {
    if (!peer.v4) continue;
    const [here, there] = [v4.subnet, peer.v4.subnet];
    const common = { overhead, udpEncap: backend.udpEncap, origin: peer.origin };
    const out = { src: v4.published, dst: peer.v4.published, reqid: IPSEC_REQID };
    const back = { src: peer.v4.published, dst: v4.published, reqid: IPSEC_REQID };
    const policies: readonly XfrmPolicy[] = [
      { dir: 'out', src: here, dst: there, tmpl: out, ...common },
      { dir: 'in', src: there, dst: here, tmpl: back, ...common },
      { dir: 'fwd', src: there, dst: here, tmpl: back, ...common },
    ];
    draft.netns.xfrm.push(...policies);
  }
};
