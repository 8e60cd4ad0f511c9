import { never } from '../../net/never.ts';
import type { Link } from '../link.ts';
import type { Netns } from '../netns.ts';

/** Who else is needed to know a link: the ports of a bridge, the namespaces of other veths. */
export type Around = Pick<Netns, 'id' | 'links'>;

// A bridge has a carrier while one of its ports is up; without the namespace at hand we take it as having one.
const carrier = (link: Link, around?: Around): boolean =>
  link.kind !== 'bridge' || !around || around.links.some((port) => port.master === link.ifname && port.up);

const kindFlags = (link: Link): readonly string[] => {
  switch (link.kind) {
    case 'loopback':
      return ['LOOPBACK'];
    case 'dummy':
      return ['BROADCAST', 'NOARP'];
    case 'physical':
    case 'veth':
    case 'bridge':
    case 'vxlan':
    case 'openvswitch':
      return ['BROADCAST', 'MULTICAST'];
    case 'ipip':
      return link.remote === undefined ? ['NOARP'] : ['POINTOPOINT', 'NOARP'];
    case 'wireguard':
      return ['POINTOPOINT', 'NOARP'];
    case 'tun':
      return ['POINTOPOINT', 'MULTICAST', 'NOARP'];
    default:
      return never(link);
  }
};

/** The flags between < and >, in iproute2's order. */
export const linkFlags = (link: Link, around?: Around): readonly string[] => {
  const up = link.up && carrier(link, around);
  const flags = kindFlags(link);
  const noarp = link.noarp && link.kind !== 'loopback' && !flags.includes('NOARP');
  return [
    ...(link.up && !up ? ['NO-CARRIER'] : []),
    ...flags,
    ...(noarp ? ['NOARP'] : []),
    ...(link.promisc ? ['PROMISC'] : []),
    ...(link.up ? ['UP'] : []),
    ...(up ? ['LOWER_UP'] : []),
  ];
};

/** A driver that reports operational state shows UP; software devices leave it UNKNOWN (Documentation/networking/operstates.rst). */
export const operstate = (link: Link, around?: Around): string => {
  if (!link.up || !carrier(link, around)) return 'DOWN';
  return link.kind === 'physical' || link.kind === 'veth' || link.kind === 'bridge' ? 'UP' : 'UNKNOWN';
};

/** Devices with a queue of their own get the default discipline; the rest transmit at once. Before the first `up` it is noop. */
export const qdisc = (link: Link): string => {
  if (link.kind === 'loopback') return 'noqueue';
  if (!link.up) return 'noop';
  return link.kind === 'physical' || link.kind === 'tun' ? 'pfifo_fast' : 'noqueue';
};

/** Packets that a device queues (`qlen`); a tun device makes its own choice (drivers/net/tun.c TUN_READQ_SIZE). */
export const queueLength = (link: Link): number => (link.kind === 'tun' ? 500 : 1000);

/** The name or index of the other end, as after the @ of `ip link`. CNI makes eth0 the second link of a pod. */
export const otherEnd = (link: Link, around?: Around): string | undefined => {
  if (link.kind === 'ipip') return 'NONE';
  if (link.kind !== 'veth') return undefined;
  return around && link.peer.netns === around.id ? link.peer.ifname : `if${link.peer.ifindex ?? 2}`;
};

/** The number that the kernel gives a foreign namespace where it is first seen; undefined for a link that ends here. */
export const netnsid = (link: Link, around: Around): number | undefined => {
  if (link.kind !== 'veth' || link.peer.netns === around.id) return undefined;
  const others = around.links.flatMap((one) => (one.kind === 'veth' ? [one.peer.netns] : []));
  return [...new Set(others)].filter((id) => id !== around.id).indexOf(link.peer.netns);
};
