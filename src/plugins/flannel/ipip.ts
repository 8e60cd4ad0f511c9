import { onLinkDev } from '../on-link.ts';
import { OVERHEAD } from './defaults.ts';
import type { Site } from './member.ts';
import { ownOrigin } from './origin.ts';

/** The ipip backend (pkg/backend/ipip): one device without a fixed far end; the next hop of each route is the outer destination. IPv4 only. */
export const buildIpip = ({ draft, self, peers, config }: Site): void => {
  const { v4 } = self;
  const { backend } = config;
  if (!v4 || backend.type !== 'ipip') return;
  const { netns } = draft;
  const origin = ownOrigin({ draft });
  const ifname = 'flannel.ipip';
  const mtu = self.mtu - OVERHEAD.ipip;
  const shape = { kind: 'ipip', ifname, mtu, up: true, noarp: true } as const;
  netns.addLink({ ...shape, local: v4.iface, ttl: 0, pmtudisc: false, origin });
  netns.addAddress(ifname, v4.subnet.addr, 32, { origin });
  for (const peer of peers) {
    if (!peer.v4) continue;
    const { subnet, published } = peer.v4;
    const dev = (backend.directRouting ? onLinkDev(draft, published) : undefined) ?? ifname;
    netns.addRoute({ dst: subnet, nexthops: [{ dev, gateway: published, onlink: true }], origin: peer.origin });
  }
};
