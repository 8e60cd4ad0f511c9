import type { Link } from '../linux/link.ts';
import type { Netns, Socket } from '../linux/netns.ts';
import { familyOf, isUnspecified } from '../net/ip.ts';
import { portInRange } from '../net/protocol.ts';
import { linkBecause } from './because.ts';
import { bridgeReceive } from './bridge.ts';
import { daemonReceive } from './daemon.ts';
import { runHook } from './hook.ts';
import { sendError } from './icmp.ts';
import { receiveIp } from './input.ts';
import { overlayReceive, switchAt } from './overlay.ts';
import { openDatagram } from './overlay-daemon.ts';
import type { Packet } from './packet.ts';
import { drop, type Ended, end, type Path, type Skb, step, tap } from './path.ts';
import { crumb, receiveLink } from './receive.ts';
import { sendReset } from './reset.ts';
import { peerFor } from './tunnel.ts';
import type { Tunnel } from './walk.ts';
import { xfrmInputRefuses } from './xfrm.ts';

/** ip_local_deliver(): INPUT, then whoever in the namespace takes the protocol: a tunnel, a daemon, a socket. */
export const deliverLocal = (path: Path, netns: Netns, dev: string, skb: Skb): Ended[] =>
  runHook(path, netns, whole(skb), { hook: 'input', iif: dev }, (after, next) => {
    const refused = xfrmInputRefuses(netns, next);
    if (refused) return drop(after, { netns: netns.id, dev }, next, refused.reason, refused.because);
    return unwrap(after, netns, dev, next) ?? toSocket(after, netns, dev, next);
  });

// ip_local_deliver() puts pieces together before anyone looks at them.
const whole = (skb: Skb): Skb => {
  const { fragment, ...packet } = skb.packet;
  return fragment === undefined ? skb : { ...skb, packet };
};

type Of<K extends Link['kind']> = Extract<Link, { kind: K }>;

// What comes out of a tunnel device is received on it anew, without the connection of the packet around it.
const emerge = (
  path: Path,
  netns: Netns,
  link: Link,
  tunnel: Tunnel,
  outer: Packet,
  inner: Packet,
  secpath = false,
): Ended[] => {
  const dev = link.ifname;
  const skb: Skb = { packet: inner, mark: 0, ...(secpath && { secpath }) };
  const opened = step(path, netns.id, skb, { kind: 'decapsulate', dev, tunnel, outer }, linkBecause(netns, dev));
  const left = crumb(opened, netns.id, dev, inner);
  if (left.looped)
    return end(left.path, { netns: netns.id, dev }, inner, 'looped', {
      code: 'LOOP',
      detail: `${netns.id}:${dev} for the second time`,
    });
  const seen = tap(left.path, netns.id, dev, 'in', inner);
  const arrived = step(seen, netns.id, skb, { kind: 'receive', dev }, [], { mtu: link.mtu });
  return receiveIp(arrived, netns, dev, skb);
};

const openVxlan = (path: Path, netns: Netns, dev: string, skb: Skb): Ended[] | undefined => {
  const { l4 } = skb.packet;
  if (l4.proto !== 'udp' || l4.carries?.kind !== 'vxlan') return undefined;
  const { vni, frame } = l4.carries;
  const onPort = netns.links.filter(
    (l): l is Of<'vxlan'> =>
      l.kind === 'vxlan' &&
      l.port === l4.dport &&
      l.up &&
      (l.local === undefined || familyOf(l.local) === familyOf(skb.packet.dst)),
  );
  if (onPort.length === 0) return undefined;
  const link = onPort.find((l) => l.external || l.id === vni);
  if (!link)
    return drop(
      path,
      { netns: netns.id, dev },
      skb,
      { code: 'TUNNEL_UNKNOWN_VNI', detail: `VNI ${vni}` },
      linkBecause(netns, onPort[0]?.ifname ?? dev),
    );
  const inner: Skb = { packet: frame.packet, mark: 0, frame };
  const opened = step(
    path,
    netns.id,
    inner,
    { kind: 'decapsulate', dev: link.ifname, tunnel: 'vxlan', outer: skb.packet },
    linkBecause(netns, link.ifname),
  );
  const left = crumb(opened, netns.id, link.ifname, frame.packet);
  if (left.looped)
    return end(left.path, { netns: netns.id, dev: link.ifname }, frame.packet, 'looped', {
      code: 'LOOP',
      detail: `${netns.id}:${link.ifname} for the second time`,
    });
  const seen = tap(left.path, netns.id, link.ifname, 'in', frame.packet, frame);
  const overlay = switchAt(netns, link.ifname);
  if (overlay) {
    const arrived = step(seen, netns.id, inner, { kind: 'receive', dev: link.ifname, frame }, [], { mtu: link.mtu });
    const tunnel = { id: vni, src: skb.packet.src, dst: skb.packet.dst };
    return overlayReceive(arrived, netns, overlay, inner, frame, { dev: link.ifname, tunnel });
  }
  return link.master === undefined
    ? receiveLink(seen, netns, link, inner, frame)
    : bridgeReceive(seen, netns, link, frame);
};

const openUdp = (path: Path, netns: Netns, dev: string, skb: Skb): Ended[] | undefined => {
  const { packet } = skb;
  const { l4 } = packet;
  if (l4.proto !== 'udp' || !l4.carries) return undefined;
  const { carries } = l4;
  if (carries.kind === 'udp') {
    const daemon = netns.daemons.find((d) => d.local === packet.dst && d.port === l4.dport);
    return daemon && daemonReceive(path, netns, daemon, skb, carries.packet);
  }
  if (carries.kind === 'wireguard') {
    const link = netns.links.find(
      (l): l is Of<'wireguard'> => l.kind === 'wireguard' && l.listenPort === l4.dport && l.up,
    );
    if (!link) return undefined;
    // Cryptokey routing: what a peer sends must come from its own allowed-ips.
    const owner = peerFor(link, carries.packet.src);
    const sender = link.peers.find((p) => p.endpoint.ip === packet.src);
    if (!owner || owner !== sender)
      return drop(
        path,
        { netns: netns.id, dev: link.ifname },
        { packet: carries.packet, mark: 0 },
        { code: 'ALLOWED_IPS' },
        linkBecause(netns, link.ifname),
      );
    return emerge(path, netns, link, 'wireguard', packet, carries.packet);
  }
  if (carries.kind === 'ethernet') return openDatagram(path, netns, skb, carries.frame);
  if (carries.kind === 'esp') return openEsp(path, netns, dev, skb, carries.packet);
  return undefined;
};

const openEsp = (path: Path, netns: Netns, dev: string, skb: Skb, inner: Packet): Ended[] | undefined => {
  const ours = netns.xfrm.filter(({ mode, tmpl, dir }) => {
    const [from, to] = dir === 'out' ? [tmpl.dst, tmpl.src] : [tmpl.src, tmpl.dst];
    // A transport policy needs no counterpart for what comes in: the security associations are made in pairs.
    return (dir === 'in' || mode === 'transport') && from === skb.packet.src && to === skb.packet.dst;
  });
  const known = ours.length > 0;
  const link = netns.links.find((l) => l.ifname === dev);
  // xfrm4_transport_finish() goes back to PREROUTING: no device, and the mark stays.
  if (known && ours.every(({ mode }) => mode === 'transport')) {
    const packet: Packet = { ...inner, ttl: skb.packet.ttl };
    const bare: Skb = { packet, mark: skb.mark, secpath: true };
    const detail = { kind: 'decapsulate', dev, tunnel: 'esp', outer: skb.packet } as const;
    return receiveIp(step(path, netns.id, bare, detail, linkBecause(netns, dev)), netns, dev, bare);
  }
  // xfrm_input() hands the inner packet to the same device again.
  return known && link ? emerge(path, netns, link, 'esp', skb.packet, inner, true) : undefined;
};

const unwrap = (path: Path, netns: Netns, dev: string, skb: Skb): Ended[] | undefined => {
  const { packet } = skb;
  const { l4 } = packet;
  if (l4.proto === 'udp') return openVxlan(path, netns, dev, skb) ?? openUdp(path, netns, dev, skb);
  if (l4.proto === 'esp')
    return (
      openEsp(path, netns, dev, skb, l4.inner) ??
      drop(path, { netns: netns.id, dev }, skb, { code: 'NO_SUCH_PROTOCOL', dropReason: 'IP_NOPROTO' })
    );
  if (l4.proto !== 'ipip') return undefined;
  // ip_tunnel_lookup(): a device with the address as its own, then one without any (tunl0).
  const mine = netns.links.filter(
    (l): l is Of<'ipip'> => l.kind === 'ipip' && l.up && (l.remote === undefined || l.remote === packet.src),
  );
  const link = mine.find((l) => l.local === packet.dst) ?? mine.find((l) => isUnspecified(l.local));
  if (link) return emerge(path, netns, link, 'ipip', packet, l4.inner);
  const error = sendError(path, netns, skb, 'port-unreachable');
  return drop(path, { netns: netns.id, dev }, skb, { code: 'NO_SUCH_PROTOCOL', dropReason: 'IP_NOPROTO' }, [], error);
};

const listens = (sockets: readonly Socket[], packet: Packet): Socket | undefined => {
  const { l4 } = packet;
  return 'dport' in l4
    ? sockets.find(
        (s) => s.protocol === l4.proto && s.port === l4.dport && (s.local === undefined || s.local === packet.dst),
      )
    : undefined;
};

const isClosed = ({ sockets, closed }: Netns, packet: Packet, port: number): boolean => {
  if (sockets && listens(sockets, packet)) return false;
  return sockets !== undefined || (closed?.some((range) => portInRange(port, range)) ?? false);
};

// The answers to what the namespace itself sent need no listening socket.
const isAnswer = (skb: Skb): boolean => {
  const { l4 } = skb.packet;
  return (l4.proto === 'tcp' && l4.flags !== 'SYN') || skb.nfct?.dir === 'reply';
};

const toSocket = (path: Path, netns: Netns, dev: string, skb: Skb): Ended[] => {
  const { packet } = skb;
  const { l4 } = packet;
  const at = { netns: netns.id, dev };
  const stray = l4.proto === 'udp' && l4.carries !== undefined;
  const closed = 'dport' in l4 && isClosed(netns, packet, l4.dport) && !isAnswer(skb);
  if (stray || closed) {
    const error = l4.proto === 'tcp' ? sendReset(path, netns, skb) : sendError(path, netns, skb, 'port-unreachable');
    const detail = 'dport' in l4 ? `${l4.proto} ${l4.dport}` : '';
    return drop(path, at, skb, { code: 'PORT_CLOSED', detail, dropReason: 'NO_SOCKET' }, [], error, 'rejected');
  }
  return end(step(path, netns.id, skb, { kind: 'deliver', dev }), at, packet, 'delivered', { code: 'DELIVERED' });
};
