import { formatIp } from '../../net/ip.ts';
import { never } from '../../net/never.ts';
import type { Link } from '../link.ts';
import type { Netns } from '../netns.ts';
import { words } from './words.ts';

// Who else is needed to know a link: the ports of a bridge, the namespaces of other veths.
type Around = Pick<Netns, 'id' | 'links'>;

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

// A driver that reports operational state shows UP; software devices leave it UNKNOWN (Documentation/networking/operstates.rst).
const operstate = (link: Link, around?: Around): string => {
  if (!link.up || !carrier(link, around)) return 'DOWN';
  return link.kind === 'physical' || link.kind === 'veth' || link.kind === 'bridge' ? 'UP' : 'UNKNOWN';
};

// Devices with a queue of their own get the default discipline; the rest transmit at once. Before the first `up` it is noop.
const qdisc = (link: Link): string => {
  if (link.kind === 'loopback') return 'noqueue';
  if (!link.up) return 'noop';
  return link.kind === 'physical' || link.kind === 'tun' ? 'pfifo_fast' : 'noqueue';
};

// The other end's name where it is here, its index where it is elsewhere. CNI makes eth0 the second link of a pod.
const otherEnd = (link: Link, around?: Around): string => {
  if (link.kind === 'ipip') return '@NONE';
  if (link.kind !== 'veth') return '';
  if (around && link.peer.netns === around.id) return `@${link.peer.ifname}`;
  return `@if${link.peer.ifindex ?? 2}`;
};

/** The first line of `ip link`: index, name, flags, MTU, state. `mode` is the word that `ip link` has and `ip addr` has not. */
export const printLinkBrief = (link: Link, around?: Around, mode?: 'DEFAULT'): string =>
  words(
    `${link.ifindex}: ${link.ifname}${otherEnd(link, around)}:`,
    `<${linkFlags(link, around).join(',')}>`,
    `mtu ${link.mtu}`,
    `qdisc ${qdisc(link)}`,
    link.master !== undefined && `master ${link.master}`,
    `state ${operstate(link, around)}`,
    mode && `mode ${mode}`,
    'group default qlen',
    link.kind === 'tun' ? '500' : '1000',
  );

// Numbered by the kernel per foreign namespace, in the order in which they are first seen.
const netnsid = (link: Link, around: Around): string | undefined => {
  if (link.kind !== 'veth' || link.peer.netns === around.id) return undefined;
  const others = around.links.flatMap((one) => (one.kind === 'veth' ? [one.peer.netns] : []));
  return `link-netnsid ${[...new Set(others)].filter((id) => id !== around.id).indexOf(link.peer.netns)}`;
};

/** The `link/…` line: hardware type, address, broadcast. */
export const hardwareLine = (link: Link, around?: Around): string => {
  if (link.kind === 'loopback') return '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00';
  if (link.kind === 'ipip') {
    const far = link.remote === undefined ? 'brd 0.0.0.0' : `peer ${formatIp(link.remote)}`;
    return `    link/ipip ${formatIp(link.local)} ${far}`;
  }
  if (link.address === undefined) return '    link/none';
  return words(`    link/ether ${link.address} brd ff:ff:ff:ff:ff:ff`, around && netnsid(link, around));
};

/** The line that `ip -d link` adds for the kind, as far as it is modelled; undefined where there is none. */
export const detailLine = (link: Link): string | undefined => {
  switch (link.kind) {
    case 'loopback':
    case 'physical':
      return undefined;
    case 'dummy':
    case 'veth':
    case 'wireguard':
    case 'bridge':
      return `    ${link.kind}`;
    case 'vxlan':
      return words(
        `    vxlan id ${link.id} local${typeof link.local === 'number' ? '' : '6'} ${formatIp(link.local)} dev ${link.dev}`,
        `srcport 0 0 dstport ${link.port}`,
        !link.learning && 'nolearning',
        'ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx',
      );
    case 'ipip':
      return words(
        `    ipip ipip remote ${link.remote === undefined ? 'any' : formatIp(link.remote)} local ${formatIp(link.local)}`,
        `ttl ${link.ttl === 0 ? 'inherit' : link.ttl}`,
        link.pmtudisc ? 'pmtudisc' : 'nopmtudisc',
      );
    case 'tun':
      return '    tun type tun pi off vnet_hdr off persist off';
    default:
      return never(link);
  }
};

// Only what the model holds of a bridge port; the rest are the kernel's defaults.
const portLine = (link: Link): string | undefined =>
  link.master === undefined ? undefined : `    bridge_slave state forwarding hairpin ${link.hairpin ? 'on' : 'off'}`;

/** What `ip -d link show dev …` prints. */
export const printLink = (link: Link, around?: Around): readonly string[] =>
  [printLinkBrief(link, around, 'DEFAULT'), hardwareLine(link, around), detailLine(link), portLine(link)].filter(
    (line) => line !== undefined,
  );

/** What `ip -d link` prints. */
export const printLinks = (netns: Around): readonly string[] => netns.links.flatMap((link) => printLink(link, netns));
