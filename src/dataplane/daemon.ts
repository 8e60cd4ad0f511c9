import type { Link } from '../linux/link.ts';
import type { DaemonRoute, Netns, UdpTunnelDaemon } from '../linux/netns.ts';
import { sysctl } from '../linux/sysctl.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { contains } from '../net/prefix.ts';
import { linkBecause } from './because.ts';
import { receiveIp } from './input.ts';
import { sendLocal } from './output.ts';
import type { Packet } from './packet.ts';
import { drop, type Ended, type Path, type Skb, startPath, step, tap } from './path.ts';
import type { Because } from './walk.ts';

const because = (route: DaemonRoute): Because => ({
  of: 'daemon',
  line: route.line,
  ...(route.origin && { origin: route.origin }),
});

// The first entry that contains the address: the daemon's table is a list, not a routing table.
const find = (daemon: UdpTunnelDaemon, ip: Ip): DaemonRoute | undefined =>
  daemon.routes.find((r) => contains(r.dst, ip));

// The daemon writes a net-unreachable to its tun device, but not about ICMP. Its source is the tun's own address:
// a martian on the way in, unless accept_local lets it in.
const unreachable = (path: Path, netns: Netns, link: Link, about: Packet): Ended | undefined => {
  const own = netns.addresses.find((a) => a.dev === link.ifname && typeof a.local === 'number')?.local;
  if (own === undefined || about.l4.proto === 'icmp') return undefined;
  // IP header, ICMP header, and of the packet its header and eight bytes; a TTL of 8.
  const l4 = { proto: 'icmp', type: 3, code: 0, about } as const;
  const packet: Packet = { src: own, dst: about.src, ttl: 8, length: 56, df: false, l4 };
  const told = step(
    startPath(path.env, path),
    netns.id,
    { packet, mark: 0 },
    { kind: 'icmp', name: 'net-unreachable', to: about.src },
  );
  return receiveIp(tap(told, netns.id, link.ifname, 'in', packet), netns, link.ifname, { packet, mark: 0 })[0];
};

/** A packet leaves by a tun device: the process behind it reads it, takes one off the TTL, and sends it to the peer inside UDP. */
export const daemonSend = (path: Path, netns: Netns, link: Link, skb: Skb): Ended[] => {
  const daemon = netns.daemons.find((d) => d.tun === link.ifname);
  const at = { netns: netns.id, dev: link.ifname };
  const { packet } = skb;
  if (!daemon) return drop(path, at, skb, { code: 'TUN_WITHOUT_READER' }, linkBecause(netns, link.ifname));
  const route = find(daemon, packet.dst);
  const looked = step(
    path,
    netns.id,
    skb,
    { kind: 'lookup', daemon: daemon.name, name: daemon.lookup, ip: packet.dst, ...(route && { via: route.via }) },
    route
      ? [because(route)]
      : [{ of: 'daemon', line: daemon.missing, ...(daemon.origin && { origin: daemon.origin }) }],
    { mtu: link.mtu },
  );
  if (!route)
    return drop(
      looked,
      at,
      skb,
      { code: 'NO_SUBNET_LEASE', detail: formatIp(packet.dst) },
      [],
      unreachable(looked, netns, link, packet),
    );
  if (packet.ttl <= 1)
    return drop(looked, at, skb, { code: 'TTL_EXPIRED', detail: `${daemon.name} drops it silently` });
  const inner: Packet = { ...packet, ttl: packet.ttl - 1 };
  const outer = {
    src: daemon.local,
    dst: route.via,
    ttl: sysctl(netns, 'net.ipv4.ip_default_ttl'),
    length: (inner.fragment ?? inner.length) + 28,
    df: daemon.df,
    l4: { proto: 'udp', sport: daemon.port, dport: route.port, carries: { kind: 'udp', packet: inner } },
  } as const;
  const detail = { kind: 'encapsulate', dev: link.ifname, tunnel: 'udp', outer, overhead: 28 } as const;
  // A new packet from a process: nothing of the old one's mark or connection goes with it.
  return sendLocal(step(looked, netns.id, { packet: inner, mark: 0 }, detail), netns, outer);
};

/** A datagram from a peer: the process takes one off the TTL and writes the packet to its tun device, where it comes in as if received. */
export const daemonReceive = (path: Path, netns: Netns, daemon: UdpTunnelDaemon, skb: Skb, inner: Packet): Ended[] => {
  const at = { netns: netns.id, dev: daemon.tun };
  const link = netns.links.find((l) => l.ifname === daemon.tun);
  const size = inner.fragment ?? inner.length;
  const opened = step(
    path,
    netns.id,
    { packet: inner, mark: 0 },
    { kind: 'decapsulate', dev: daemon.tun, tunnel: 'udp', outer: skb.packet },
    [
      {
        of: 'daemon',
        line: `${daemon.name} listens on ${formatIp(daemon.local)}:${daemon.port}`,
        ...(daemon.origin && { origin: daemon.origin }),
      },
    ],
  );
  if (size > daemon.bufferSize)
    return drop(
      opened,
      at,
      { packet: inner, mark: 0 },
      { code: 'TRUNCATED', detail: `${size} bytes, ${daemon.name} reads ${daemon.bufferSize}` },
    );
  if (inner.ttl <= 1)
    return drop(
      opened,
      at,
      { packet: inner, mark: 0 },
      { code: 'TTL_EXPIRED', detail: `${daemon.name} drops it silently` },
    );
  if (!link?.up) return drop(opened, at, { packet: inner, mark: 0 }, { code: 'LINK_DOWN', dropReason: 'DEV_READY' });
  const packet: Packet = { ...inner, ttl: inner.ttl - 1 };
  const written: Skb = { packet, mark: 0 };
  const seen = tap(opened, netns.id, daemon.tun, 'in', packet);
  const arrived = step(seen, netns.id, written, { kind: 'receive', dev: daemon.tun }, linkBecause(netns, daemon.tun), {
    mtu: link.mtu,
  });
  return receiveIp(arrived, netns, daemon.tun, written);
};
