import type { Link, WireguardPeer } from '../linux/link.ts';
import type { FdbEntry } from '../linux/neigh.ts';
import type { Netns } from '../linux/netns.ts';
import { printFdb } from '../linux/print/index.ts';
import { sysctl } from '../linux/sysctl.ts';
import { familyOf, formatIp, type Ip, isUnspecified } from '../net/ip.ts';
import { contains } from '../net/prefix.ts';
import { linkBecause } from './because.ts';
import { sendError } from './icmp.ts';
import { type LocalPacket, sendLocal } from './output.ts';
import type { Carried, Frame, Packet } from './packet.ts';
import { drop, type Ended, type Path, type Skb, step } from './path.ts';
import { sourceFor } from './source.ts';
import type { Because, Tunnel } from './walk.ts';

type Of<K extends Link['kind']> = Extract<Link, { kind: K }>;

const sizeOf = (packet: Packet): number => packet.fragment ?? packet.length;
const ttlOf = (netns: Netns): number => sysctl(netns, 'net.ipv4.ip_default_ttl');

/** Sends a tunnel's packet: one that the namespace itself makes, which inherits only the mark. */
export const encapsulate = (
  path: Path,
  netns: Netns,
  dev: string,
  tunnel: Tunnel,
  skb: Skb,
  outer: LocalPacket,
  because: readonly Because[],
): Ended[] => {
  const fib = path.env.fib(netns);
  const at = { netns: netns.id, dev };
  if (outer.src !== undefined && !fib.isLocal(outer.src))
    return drop(path, at, skb, { code: 'TUNNEL_LOCAL_NOT_OURS', detail: formatIp(outer.src) }, because);
  const way = fib.lookup({ dst: outer.dst, src: outer.src, mark: skb.mark });
  // A route that leads the outer packet back into its own tunnel: the kernel counts a collision and drops.
  if (way?.hops[0]?.dev === dev)
    return drop(
      path,
      at,
      skb,
      { code: 'TUNNEL_RECURSION', detail: `${formatIp(outer.dst)} is routed into ${dev}` },
      because,
    );
  const chosen = outer.src ?? (way && sourceFor(netns, way.route, way.hops[0], outer.dst));
  const shown = { ...outer, src: chosen ?? outer.dst };
  const detail = {
    kind: 'encapsulate',
    dev,
    tunnel,
    outer: shown,
    overhead: outer.length - sizeOf(skb.packet),
  } as const;
  return sendLocal(step(path, netns.id, skb, detail, because), netns, outer, skb.mark);
};

// The source port of a vxlan packet is a hash of the inner flow; any number of the range stands for it here.
export const VXLAN_SOURCE_PORT = 49152;

/** vxlan_xmit(): the FDB says which node has the MAC. Without an entry the frame is dropped, unless an all-zero entry takes the rest. */
export const vxlanSend = (path: Path, netns: Netns, link: Of<'vxlan'>, skb: Skb, frame: Frame): Ended[] => {
  const dev = link.ifname;
  const find = (mac: string): FdbEntry | undefined =>
    netns.fdb.find((e) => e.ifname === dev && e.mac === mac && e.dst !== undefined);
  const entry = find(frame.dmac) ?? find('00:00:00:00:00:00');
  if (entry?.dst === undefined)
    return drop(
      path,
      { netns: netns.id, dev },
      skb,
      { code: 'FDB_MISS', detail: `${frame.dmac} on ${dev}` },
      linkBecause(netns, dev),
    );
  const headers = familyOf(entry.dst) === 4 ? 20 : 40;
  const because: Because = { of: 'fdb', line: printFdb(entry), ...(entry.origin && { origin: entry.origin }) };
  const carries: Carried = { kind: 'vxlan', vni: link.id, frame: { ...frame, packet: skb.packet } };
  return encapsulate(
    path,
    netns,
    dev,
    'vxlan',
    skb,
    {
      ...(link.local !== undefined && { src: link.local }),
      dst: entry.dst,
      ttl: ttlOf(netns),
      // Outer IP, UDP and VXLAN headers, and the inner Ethernet header.
      length: sizeOf(skb.packet) + headers + 8 + 8 + 14,
      df: false,
      l4: { proto: 'udp', sport: VXLAN_SOURCE_PORT, dport: link.port, carries },
    },
    [because, ...linkBecause(netns, dev)],
  );
};

/** ip_tunnel_xmit(): without a fixed remote the next hop of the route is the far end; TTL and DF are the inner packet's. */
export const ipipSend = (path: Path, netns: Netns, link: Of<'ipip'>, skb: Skb, nexthop: Ip): Ended[] => {
  const { packet } = skb;
  const dev = link.ifname;
  const dst = link.remote ?? nexthop;
  const room = outerMtu(path, netns, dst) - 20;
  if (link.pmtudisc && packet.df && sizeOf(packet) > room) {
    const error = sendError(path, netns, skb, 'frag-needed', { mtu: room });
    const reason = {
      code: 'MTU_EXCEEDED_DF',
      detail: `${sizeOf(packet)} bytes, the tunnel takes ${room}`,
      dropReason: 'PKT_TOO_BIG',
    };
    return drop(path, { netns: netns.id, dev }, skb, reason, linkBecause(netns, dev), error);
  }
  return encapsulate(
    path,
    netns,
    dev,
    'ipip',
    skb,
    {
      src: isUnspecified(link.local) ? outerSource(path, netns, dst) : link.local,
      dst,
      ttl: link.ttl || packet.ttl,
      length: sizeOf(packet) + 20,
      df: link.pmtudisc || packet.df,
      l4: { proto: 'ipip', inner: packet },
    },
    linkBecause(netns, dev),
  );
};

// A device that is bound to no address takes the one that the route to the far end has.
const outerSource = (path: Path, netns: Netns, dst: Ip): Ip => {
  const found = path.env.fib(netns).lookup({ dst });
  return (found && sourceFor(netns, found.route, found.hops[0], dst)) ?? 0;
};

const outerMtu = (path: Path, netns: Netns, dst: Ip): number => {
  const dev = path.env.fib(netns).lookup({ dst })?.hops[0]?.dev;
  return netns.links.find((l) => l.ifname === dev)?.mtu ?? 1500;
};

/** The peer whose allowed-ips hold the address: longest prefix wins. */
export const peerFor = (link: Of<'wireguard'>, ip: Ip): WireguardPeer | undefined => {
  const length = (peer: WireguardPeer) =>
    Math.max(-1, ...peer.allowedIps.filter((p) => contains(p, ip)).map((p) => p.len));
  return link.peers.filter((p) => length(p) >= 0).toSorted((a, b) => length(b) - length(a))[0];
};

/** wg_xmit(): no peer for the destination is answered with host unreachable. */
export const wireguardSend = (path: Path, netns: Netns, link: Of<'wireguard'>, skb: Skb): Ended[] => {
  const dev = link.ifname;
  const peer = peerFor(link, skb.packet.dst);
  if (!peer) {
    const error = sendError(path, netns, skb, 'host-unreachable');
    return drop(
      path,
      { netns: netns.id, dev },
      skb,
      { code: 'TUNNEL_NO_PEER', detail: formatIp(skb.packet.dst) },
      linkBecause(netns, dev),
      error,
    );
  }
  const { ip, port } = peer.endpoint;
  const line = `peer ${peer.publicKey} endpoint ${formatIp(ip)}:${port}`;
  const because: Because = { of: 'link', line, origin: { known: 'assumed', ...peer.origin } };
  // Outer IP and UDP, 16 bytes of type, receiver and counter, 16 of authentication tag; the payload is padded to 16.
  const padded = Math.min(Math.ceil(sizeOf(skb.packet) / 16) * 16, Math.max(link.mtu, sizeOf(skb.packet)));
  const carries: Carried = { kind: 'wireguard', packet: skb.packet, publicKey: peer.publicKey };
  return encapsulate(
    path,
    netns,
    dev,
    'wireguard',
    skb,
    {
      dst: ip,
      ttl: ttlOf(netns),
      length: padded + (familyOf(ip) === 4 ? 20 : 40) + 8 + 32,
      df: false,
      l4: { proto: 'udp', sport: link.listenPort, dport: port, carries },
    },
    [because, ...linkBecause(netns, dev)],
  );
};
