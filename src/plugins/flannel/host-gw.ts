import { onLinkDev } from '../on-link.ts';
import { type Site, sideOf, sidesOf } from './member.ts';

/**
 * The host-gw backend (pkg/backend/hostgw): the peer's own address is the next hop. A peer that is not on the link gets no route: the kernel refuses it,
 * and flanneld logs `network is unreachable`.
 */
export const buildHostGw = ({ draft, self, peers, config }: Site): void => {
  for (const { family } of sidesOf(self, config))
    for (const peer of peers) {
      const far = sideOf(peer, family);
      const dev = far && onLinkDev(draft, far.published);
      if (!far || dev === undefined) continue;
      const nexthops = [{ dev, gateway: far.published }];
      draft.netns.addRoute({ dst: far.subnet, nexthops, origin: peer.origin });
    }
};
