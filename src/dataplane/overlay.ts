import type { Port } from '../fabric/fabric.ts';
import type { Netns } from '../linux/netns.ts';
import type { OverlayConnection, OverlaySwitch } from '../linux/overlay.ts';
import { type OdpTunnel, printOdpFlow } from '../linux/print/odp.ts';
import type { Ip } from '../net/ip.ts';
import { isGroupMac, type Mac } from '../net/mac.ts';
import { linkBecause } from './because.ts';
import { overlayDatagram } from './overlay-daemon.ts';
import type { Frame } from './packet.ts';
import { drop, type Ended, type Env, type Path, type Skb, step, tap } from './path.ts';
import { transmit } from './transmit.ts';
import { encapsulate, VXLAN_SOURCE_PORT } from './tunnel.ts';
import type { Because } from './walk.ts';

/** How a frame came to the switch: by a link of this node, and out of which tunnel header or datagram. */
export type OverlayEntry = { readonly dev: string; readonly tunnel?: OdpTunnel; readonly datagram?: boolean };

/** The overlay switch that takes the frames that come in by a link. */
export const switchAt = ({ overlays, links }: Netns, dev: string): OverlaySwitch | undefined => {
  if (!overlays) return undefined;
  const master = links.find((link) => link.ifname === dev)?.master;
  return overlays.find((one) => one.port === dev || (one.datapath !== undefined && one.datapath === master));
};

/** Where a MAC is, by what the peers have learned: a NIC of another node to which there is a way. */
export const peerOf = (env: Env, netns: Netns, one: OverlaySwitch, mac: Mac): Port | undefined => {
  const found = env.world.fabric.overlay?.(one.overlay)?.ports.byMac(mac);
  return found && found.netns !== netns.id && one.via(found.netns) ? found : undefined;
};

/** The other nodes that a broadcast about `ip` gets to, of those where somebody may answer for it. */
export const peersFor = (env: Env, netns: Netns, one: OverlaySwitch, ip: Ip): readonly Port[] =>
  (env.world.fabric.overlay?.(one.overlay)?.ports.candidates(ip) ?? []).filter(
    (port) => port.netns !== netns.id && one.via(port.netns) !== undefined,
  );

const connectionBecause = ({ line, origin }: OverlayConnection): Because => ({
  of: 'daemon',
  line,
  ...(origin && { origin }),
});

/** A frame comes to the switch: on to the peer that its MAC is behind, or out to this node's own bridge. */
export const overlayReceive = (
  path: Path,
  netns: Netns,
  one: OverlaySwitch,
  skb: Skb,
  frame: Frame,
  from: OverlayEntry,
): Ended[] => {
  const at = { netns: netns.id, dev: from.dev };
  if (isGroupMac(frame.dmac)) return drop(path, at, skb, { code: 'UNSUPPORTED_BROADCAST' }, [], undefined, 'unknown');
  const owner = path.env.world.fabric.overlay?.(one.overlay)?.ports.byMac(frame.dmac);
  if (!owner) return drop(path, at, skb, { code: 'OVERLAY_UNKNOWN_MAC', detail: frame.dmac });
  if (owner.netns === netns.id) return toOwnPort(path, netns, one, skb, frame, from);
  const connection = one.via(owner.netns);
  if (!connection) return drop(path, at, skb, { code: 'OVERLAY_NO_WAY', detail: `${netns.id} to ${owner.netns}` });
  const { transport } = connection;
  if (transport.kind === 'udp')
    return overlayDatagram(upToDaemon(path, netns, one, skb, frame, from), netns, one, skb, frame, {
      from,
      connection,
      because: connectionBecause(connection),
    });
  // A frame on its way keeps the pair of peers that it started with.
  const id = from.tunnel?.id ?? one.vni(netns.id, owner.netns);
  const tunnel = { id, src: connection.local, dst: connection.remote };
  const out = transport.dev;
  const flow = flowBecause(one, frame, from, out, tunnel);
  const switched = switchStep(path, netns, one, skb, from, out, [flow, connectionBecause(connection)]);
  const seen = tap(switched, netns.id, out, 'out', skb.packet, frame);
  const length = (skb.packet.fragment ?? skb.packet.length) + 50;
  const carries = { kind: 'vxlan', vni: id, frame: { ...frame, packet: skb.packet } } as const;
  const l4 = { proto: 'udp', sport: VXLAN_SOURCE_PORT, dport: transport.port, carries } as const;
  const outer = { src: tunnel.src, dst: tunnel.dst, ttl: 64, length, df: true, l4 } as const;
  return encapsulate(seen, netns, out, 'vxlan', skb, outer, [flow, ...linkBecause(netns, out)]);
};

const flowBecause = (
  one: OverlaySwitch,
  { smac, dmac }: Frame,
  from: OverlayEntry,
  outPort: string,
  to?: OdpTunnel,
): Because => ({
  of: 'flow',
  line: printOdpFlow({
    inPort: from.dev,
    smac,
    dmac,
    ...(from.tunnel && { from: from.tunnel }),
    ...(to && { to }),
    outPort,
  }),
  ...(one.origin && { origin: one.origin }),
});

const switchStep = (
  path: Path,
  netns: Netns,
  one: OverlaySwitch,
  skb: Skb,
  { dev }: OverlayEntry,
  out: string,
  because: readonly Because[],
): Path => {
  const detail = { kind: 'bridge', dev: one.datapath ?? one.port, port: dev, out: [out], action: 'forward' } as const;
  const mtu = netns.links.find((link) => link.ifname === one.datapath)?.mtu;
  return step(path, netns.id, skb, detail, because, { mtu });
};

// A datapath has no port for what the daemon sends itself: the frame goes up to it.
const upToDaemon = (path: Path, netns: Netns, one: OverlaySwitch, skb: Skb, frame: Frame, from: OverlayEntry): Path =>
  one.datapath === undefined || from.datagram
    ? path
    : switchStep(path, netns, one, skb, from, one.daemon, [flowBecause(one, frame, from, 'userspace')]);

const toOwnPort = (
  path: Path,
  netns: Netns,
  one: OverlaySwitch,
  skb: Skb,
  frame: Frame,
  from: OverlayEntry,
): Ended[] => {
  const at = { netns: netns.id, dev: one.port };
  const link = netns.links.find((l) => l.ifname === one.port);
  if (from.dev === one.port && !from.datagram)
    return drop(path, at, skb, { code: 'OVERLAY_OWN_MAC', detail: frame.dmac }, linkBecause(netns, one.port));
  if (!link?.up)
    return drop(path, at, skb, { code: 'LINK_DOWN', dropReason: 'DEV_READY' }, linkBecause(netns, one.port));
  const size = skb.packet.fragment ?? skb.packet.length;
  // ovs_vport_send() lets nothing out that is longer than the port's MTU.
  if (size > link.mtu) {
    const detail = `${size} bytes, ${one.port} takes ${link.mtu}`;
    return drop(path, at, skb, { code: 'MTU_EXCEEDED_BRIDGE', detail }, linkBecause(netns, one.port));
  }
  const sent = { ...frame, packet: skb.packet };
  const switched = one.datapath
    ? switchStep(path, netns, one, skb, from, one.port, [flowBecause(one, frame, from, one.port)])
    : path;
  return transmit(switched, netns, link, skb, sent, skb.packet.dst);
};
