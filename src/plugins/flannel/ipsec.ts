import type { XfrmPolicy } from '../../linux/netns.ts';
import { ESP_OVERHEAD, ESP_UDP_OVERHEAD, IPSEC_REQID } from './defaults.ts';
import type { Site } from './member.ts';

/**
 * The ipsec backend (pkg/backend/ipsec): three policies per peer, and no device and no route. Packets find their way out by the default route,
 * where the policy catches them. IPv4 only.
 */
export const buildIpsec = ({ draft, self, peers, config }: Site): void => {
  const { v4 } = self;
  const { backend } = config;
  if (!v4 || backend.type !== 'ipsec') return;
  const overhead = backend.udpEncap ? ESP_UDP_OVERHEAD : ESP_OVERHEAD;
  for (const peer of peers) {
    if (!peer.v4) continue;
    const [here, there] = [v4.subnet, peer.v4.subnet];
    // The policies are read in the source; what ESP adds is from its RFCs.
    const origin = { ...peer.origin, known: 'assumed', note: 'what ESP adds (54 to 57 bytes, by padding)' } as const;
    const common = { overhead, udpEncap: backend.udpEncap, origin };
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
