import type { Netns } from '../linux/netns.ts';
import type { OverlayConnection, OverlaySwitch } from '../linux/overlay.ts';
import { sysctl } from '../linux/sysctl.ts';
import { fragmentsOf } from './mtu.ts';
import { sendLocal } from './output.ts';
import { type OverlayEntry, overlayReceive } from './overlay.ts';
import type { Frame, Packet } from './packet.ts';
import { drop, type Ended, type Path, type Skb, startPath, step } from './path.ts';
import { transmit } from './transmit.ts';
import type { Because } from './walk.ts';

type Way = { readonly from: OverlayEntry; readonly connection: OverlayConnection; readonly because: Because };

// The daemon answers for the network behind it: the error seems to come from the destination.
const fragNeeded = (path: Path, netns: Netns, one: OverlaySwitch, frame: Frame, mtu: number): Ended | undefined => {
  const { packet } = frame;
  const link = netns.links.find((l) => l.ifname === one.port);
  const isError = 'about' in packet.l4 && packet.l4.about !== undefined;
  if (!link || isError) return undefined;
  const length = 28 + Math.min(packet.length, 548);
  const l4 = { proto: 'icmp', type: 3, code: 4, about: packet, mtu } as const;
  const error: Packet = { src: packet.dst, dst: packet.src, ttl: 64, length, df: false, l4 };
  const skb: Skb = { packet: error, mark: 0 };
  const told = step(startPath(path.env, path), netns.id, skb, { kind: 'icmp', name: 'frag-needed', to: packet.src });
  return transmit(told, netns, link, skb, { smac: frame.dmac, dmac: frame.smac, packet: error }, error.dst)[0];
};

/** The daemon sends a frame to a peer inside a datagram of its own; what is too long for that it cuts, or refuses where DF is set. */
export const overlayDatagram = (
  path: Path,
  netns: Netns,
  one: OverlaySwitch,
  skb: Skb,
  frame: Frame,
  { from, connection, because }: Way,
): Ended[] => {
  const { transport, local, remote } = connection;
  if (transport.kind !== 'udp') return [];
  const { daemon, port } = one;
  const { packet } = skb;
  const detail = { kind: 'lookup', daemon, name: daemon, ip: packet.dst, via: remote } as const;
  const looked = step(path, netns.id, skb, detail, [because]);
  const size = packet.fragment ?? packet.length;
  const tooLong = size > transport.mtu;
  if (tooLong && packet.df) {
    const own = from.dev === port && !from.datagram;
    const error = own ? fragNeeded(looked, netns, one, { ...frame, packet }, transport.mtu) : undefined;
    const reason = { code: 'MTU_EXCEEDED_DF', detail: `${size} bytes, ${daemon} sends ${transport.mtu}` };
    return drop(looked, { netns: netns.id, dev: port }, skb, reason, [because], error);
  }
  const cut = tooLong ? fragmentsOf(packet, transport.mtu) : undefined;
  const inner: Packet = cut ? { ...packet, fragment: cut.largest } : packet;
  const sent: Skb = { packet: inner, mark: 0 };
  const piece = { kind: 'fragment', dev: port, mtu: transport.mtu, pieces: cut?.pieces ?? 1 } as const;
  const fitted = cut ? step(looked, netns.id, sent, piece, [because]) : looked;
  const outer = {
    src: local,
    dst: remote,
    ttl: sysctl(netns, 'net.ipv4.ip_default_ttl'),
    length: (inner.fragment ?? inner.length) + transport.overhead,
    df: packet.df,
    l4: {
      proto: 'udp',
      sport: transport.port,
      dport: transport.port,
      carries: { kind: 'ethernet', frame: { ...frame, packet: inner } },
    },
  } as const;
  const wrapped = { kind: 'encapsulate', dev: port, tunnel: 'udp', outer, overhead: transport.overhead } as const;
  return sendLocal(step(fitted, netns.id, sent, wrapped, [because]), netns, outer);
};

/** A datagram with a frame has come: undefined where no daemon here has a connection to the sender. */
export const openDatagram = (path: Path, netns: Netns, skb: Skb, frame: Frame): Ended[] | undefined => {
  const { packet } = skb;
  if (packet.l4.proto !== 'udp') return undefined;
  const { dport } = packet.l4;
  for (const one of netns.overlays ?? []) {
    const connection = one.connections.find(
      ({ transport, local, remote }) =>
        transport.kind === 'udp' && transport.port === dport && local === packet.dst && remote === packet.src,
    );
    if (!connection) continue;
    const inner: Skb = { packet: frame.packet, mark: 0, frame };
    const detail = { kind: 'decapsulate', dev: one.port, tunnel: 'udp', outer: packet } as const;
    const { line, origin } = connection;
    const opened = step(path, netns.id, inner, detail, [{ of: 'daemon', line, ...(origin && { origin }) }]);
    return overlayReceive(opened, netns, one, inner, frame, { dev: one.port, datagram: true });
  }
  return undefined;
};
