import { createHash } from 'node:crypto';
import type { WireguardPeer } from '../../linux/link.ts';
import type { Origin } from '../../linux/origin.ts';
import { type Ip, isLinkLocal } from '../../net/ip.ts';
import { contains, hostPrefix, parsePrefix } from '../../net/prefix.ts';
import { OVERHEAD } from './defaults.ts';
import { type Lessee, type Member, type Site, sidesOf } from './member.ts';
import { ownOrigin } from './origin.ts';

// No kernel at hand had the module, so what WireGuard does is taken from its documentation.
const assumed = (origin: Origin): Origin => ({ ...origin, known: 'assumed' });

const keyOf = (member: Lessee): string =>
  member.publicKey ?? createHash('sha256').update(`wireguard ${member.name}`).digest('base64');

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].flatMap((p) => parsePrefix(p) ?? []);
const isPublic = (ip: Ip): boolean => !isLinkLocal(ip) && !PRIVATE.some((range) => contains(range, ip));

/** Mode auto: IPv4 if the peer's is public or it has no other, IPv6 if both ends' are public, else IPv4 (wireguard_network.go). */
const endpointOf = (mode: string, self: Member, peer: Lessee): Ip | undefined => {
  const [v4, v6] = [peer.v4?.published, peer.v6?.published];
  if (mode === 'ipv4') return v4;
  if (mode === 'ipv6') return v6;
  if (v4 !== undefined && (isPublic(v4) || v6 === undefined)) return v4;
  const own = self.v6?.published;
  return v6 !== undefined && (v4 === undefined || (own !== undefined && isPublic(own) && isPublic(v6))) ? v6 : v4;
};

/**
 * The wireguard backend (pkg/backend/wireguard): one device, or one per family in mode separate; a peer's allowed-ips are its podCIDRs,
 * and one route for the whole network leads in.
 */
export const buildWireguard = ({ draft, self, peers, config }: Site): void => {
  const { backend } = config;
  if (backend.type !== 'wireguard') return;
  const { netns } = draft;
  const origin = assumed(ownOrigin({ draft }));
  const mtu = (backend.mtu ?? self.mtu) - OVERHEAD.wireguard;
  const sides = sidesOf(self, config);
  const separate = backend.mode === 'separate';
  const peersFor = (families: readonly (4 | 6)[], port: number): WireguardPeer[] =>
    peers.flatMap((peer) => {
      const far = families.flatMap((family) => (family === 4 ? peer.v4 : peer.v6) ?? []);
      const ip = separate ? far[0]?.published : endpointOf(backend.mode, self, peer);
      if (ip === undefined || far.length === 0) return [];
      const allowedIps = far.map(({ subnet }) => subnet);
      const endpoint = { ip, port: (typeof ip === 'number' ? peer.listenPort : undefined) ?? port };
      return [{ publicKey: keyOf(peer), endpoint, allowedIps, origin: assumed(peer.origin) }];
    });
  const add = (ifname: string, of: typeof sides, listenPort: number) => {
    const among = peersFor(
      of.map(({ family }) => family),
      listenPort,
    );
    netns.addLink({ kind: 'wireguard', ifname, mtu, up: true, noarp: true, listenPort, peers: among, origin });
    for (const { family, side, network } of of) {
      netns.addAddress(ifname, side.subnet.addr, hostPrefix(side.subnet.addr).len, { origin });
      const scope = family === 4 ? 'link' : 'global';
      netns.addRoute({ dst: network, nexthops: [{ dev: ifname }], scope, origin });
    }
  };
  if (!separate) {
    add('flannel-wg', sides, backend.listenPort);
    return;
  }
  for (const side of sides)
    if (side.family === 4) add('flannel-wg', [side], backend.listenPort);
    else add('flannel-wg-v6', [side], backend.listenPortV6);
};
