import type { Link } from '../linux/link.ts';
import type { Netns } from '../linux/netns.ts';
import type { OverlaySwitch } from '../linux/overlay.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import { arpReply } from './ebtables.ts';
import { peerOf, peersFor, switchAt } from './overlay.ts';
import type { Env } from './path.ts';

/** Someone who hears a broadcast: a link that is no bridge port, the cloud itself, or a bridge's own rule that answers. */
export type Listener = {
  readonly netns?: Netns;
  readonly dev: string;
  readonly mac?: Mac;
  readonly cloudMac?: Mac;
  readonly answer?: ReturnType<typeof arpReply>;
};

/**
 * Who hears a request for `ip` sent on `link`, nearest first. On a fabric segment only those are asked that may hold the address,
 * so that a cluster of 5,000 nodes does not get built for one ARP request.
 */
export function* reachable(env: Env, netns: Netns, link: Link, ip: Ip): Generator<Listener> {
  yield* link.kind === 'bridge' ? bridgePorts(env, netns, link.ifname, undefined, ip) : wire(env, netns, link, ip);
}

function* bridgePorts(env: Env, netns: Netns, bridge: string, except: string | undefined, ip: Ip): Generator<Listener> {
  for (const port of netns.links)
    if (port.master === bridge && port.ifname !== except && port.up) yield* wire(env, netns, port, ip);
}

function* wire(env: Env, netns: Netns, link: Link, ip: Ip): Generator<Listener> {
  if (link.kind === 'veth') {
    if (link.peer.leaf && !link.peer.leaf.ips.includes(ip)) return;
    const other = link.peer.leaf ? undefined : env.world.netns(link.peer.netns);
    const overlay = other && switchAt(other, link.peer.ifname);
    if (overlay) yield* across(env, other, overlay, ip);
    else yield* arrive(env, link.peer.netns, link.peer.ifname, ip);
  } else if (link.kind === 'physical') {
    const segment = env.world.fabric.segment(link.segment);
    if (segment?.cloud) yield { dev: link.ifname, cloudMac: segment.cloud.arpMac };
    else
      for (const port of segment?.ports.candidates(ip) ?? [])
        if (port.netns !== netns.id || port.dev !== link.ifname) yield* arrive(env, port.netns, port.dev, ip);
  }
}

// A broadcast comes out at every peer that there is a way to, and goes from the peer's port to its bridge.
function* across(env: Env, netns: Netns, overlay: OverlaySwitch, ip: Ip): Generator<Listener> {
  for (const { netns: id } of peersFor(env, netns, overlay, ip)) {
    const peer = env.world.netns(id);
    const port = peer?.overlays?.find((one) => one.overlay === overlay.overlay)?.port;
    const link = peer?.links.find((l) => l.ifname === port);
    if (peer && link?.kind === 'veth') yield* arrive(env, link.peer.netns, link.peer.ifname, ip);
  }
}

function* arrive(env: Env, id: string, dev: string, ip: Ip): Generator<Listener> {
  const netns = env.world.netns(id);
  const link = netns?.links.find((l) => l.ifname === dev);
  if (!netns || !link?.up) return;
  if (link.master === undefined) {
    yield { netns, dev, ...(link.address !== undefined && { mac: link.address }) };
    return;
  }
  const answer = familyOf(ip) === 4 ? arpReply(env, netns, dev, ip) : undefined;
  if (answer) {
    yield { dev, answer };
    return;
  }
  const bridge = netns.links.find((l) => l.ifname === link.master);
  if (bridge) yield { netns, dev: bridge.ifname, ...(bridge.address !== undefined && { mac: bridge.address }) };
  yield* bridgePorts(env, netns, link.master, dev, ip);
}

/** Whether a frame to `mac` that leaves by `port` finds its owner there: what a bridge has learned by the time it matters. */
export const leadsTo = (env: Env, netns: Netns, port: Link, mac: Mac): boolean => {
  if (port.kind === 'veth') {
    if (port.peer.leaf) return port.peer.leaf.mac === mac;
    const peer = env.world.netns(port.peer.netns);
    const end = peer?.links.find((l) => l.ifname === port.peer.ifname);
    if (!peer || !end) return false;
    const overlay = switchAt(peer, end.ifname);
    if (overlay) return peerOf(env, peer, overlay, mac) !== undefined;
    if (end.master === undefined) return end.address === mac;
    const others = peer.links.filter((l) => l.master === end.master && l.ifname !== end.ifname);
    return (
      peer.links.some((l) => l.ifname === end.master && l.address === mac) ||
      others.some((o) => leadsTo(env, peer, o, mac))
    );
  }
  if (port.kind !== 'physical') return false;
  const segment = env.world.fabric.segment(port.segment);
  if (segment?.cloud) return segment.cloud.arpMac === mac;
  const found = segment?.ports.byMac(mac);
  return found !== undefined && !(found.netns === netns.id && found.dev === port.ifname);
};
