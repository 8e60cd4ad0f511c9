import type { FdbEntry, Neigh } from '../../linux/neigh.ts';
import type { Origin } from '../../linux/origin.ts';
import { type Route, RT_TABLE } from '../../linux/route.ts';
import { confKey } from '../../linux/sysctl.ts';
import { hostPrefix } from '../../net/prefix.ts';
import { onLinkDev } from '../on-link.ts';
import { OVERHEAD, VXLAN_PORT } from './defaults.ts';
import { type Side, type Site, sideOf, sidesOf } from './member.ts';
import { ownOrigin } from './origin.ts';

/**
 * The vxlan backend (pkg/backend/vxlan): one device per family, and for each peer a neighbour, an FDB entry and a route. With DirectRouting a peer
 * on the same link gets a plain route only.
 */
export const buildVxlan = (site: Site): void => {
  const { draft, self, peers, config } = site;
  const { backend } = config;
  if (backend.type !== 'vxlan') return;
  const { netns } = draft;
  const origin = ownOrigin({ draft });
  const outer = backend.mtu ?? self.mtu;
  for (const { family, side } of sidesOf(self, config)) {
    const ifname = `${family === 4 ? 'flannel' : 'flannel-v6'}.${backend.vni}`;
    netns.addLink({
      kind: 'vxlan',
      ifname,
      // flannel asks for 50 off in both families; the kernel allows no more than fits over IPv6.
      mtu: family === 4 ? outer - OVERHEAD.vxlan : Math.min(outer - OVERHEAD.vxlan, self.mtu - OVERHEAD.vxlan6),
      up: true,
      address: side.vtepMac,
      id: backend.vni,
      local: side.ext,
      dev: self.dev,
      port: backend.port || VXLAN_PORT,
      learning: backend.learning,
      origin,
    });
    netns.addAddress(ifname, side.subnet.addr, hostPrefix(side.subnet.addr).len, { origin });
    netns.sysctls[confKey(6, ifname, 'accept_ra')] = 0;
    for (const peer of peers) {
      const far = sideOf(peer, family);
      if (!far) continue;
      const direct = backend.directRouting ? onLinkDev(draft, far.published) : undefined;
      if (direct !== undefined) {
        netns.addRoute({ dst: far.subnet, nexthops: [{ dev: direct, gateway: far.published }], origin: peer.origin });
        continue;
      }
      const { neigh, fdb, route } = entriesOf(far, ifname, peer.origin);
      netns.neighbours.push(neigh);
      netns.fdb.push(fdb);
      netns.routes.push(route);
    }
  }
};

type Entries = { readonly neigh: Neigh; readonly fdb: FdbEntry; readonly route: Route };

// The same on every node but the peer itself: a cluster of thousands of nodes makes them once.
const entries = new WeakMap<Side, Entries>();

const entriesOf = (side: Side, ifname: string, origin: Origin): Entries => {
  const known = entries.get(side);
  if (known) return known;
  const { subnet, published, vtepMac } = side;
  const made: Entries = {
    neigh: { dst: subnet.addr, dev: ifname, lladdr: vtepMac, state: 'permanent', origin },
    fdb: { mac: vtepMac, ifname, dst: published, state: 'permanent', origin },
    route: {
      type: 'unicast',
      dst: subnet,
      nexthops: [{ dev: ifname, gateway: subnet.addr, onlink: true }],
      table: RT_TABLE.main,
      scope: 'global',
      origin,
      ...(typeof subnet.addr === 'bigint' && { metric: 1024 }),
    },
  };
  entries.set(side, made);
  return made;
};
