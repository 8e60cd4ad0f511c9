import { formatIp, type Ip, isUnspecified } from '../../net/ip.ts';
import { never } from '../../net/never.ts';
import type { Link } from '../link.ts';
import { type Around, linkFlags, netnsid, operstate, otherEnd, qdisc, queueLength } from './link-state.ts';
import { words } from './words.ts';

const at = (link: Link, around?: Around): string => {
  const end = otherEnd(link, around);
  return end === undefined ? '' : `@${end}`;
};

/** The first line of `ip link`: index, name, flags, MTU, state. `mode` is the word that `ip link` has and `ip addr` has not. */
export const printLinkBrief = (link: Link, around?: Around, mode?: 'DEFAULT'): string =>
  words(
    `${link.ifindex}: ${link.ifname}${at(link, around)}:`,
    `<${linkFlags(link, around).join(',')}>`,
    `mtu ${link.mtu}`,
    `qdisc ${qdisc(link)}`,
    link.master !== undefined && `master ${link.master}`,
    `state ${operstate(link, around)}`,
    mode && `mode ${mode}`,
    `group default qlen ${queueLength(link)}`,
  );

const foreign = (link: Link, around: Around): string | undefined => {
  const id = netnsid(link, around);
  return id === undefined ? undefined : `link-netnsid ${id}`;
};

/** The `link/…` line: hardware type, address, broadcast. */
export const hardwareLine = (link: Link, around?: Around): string => {
  if (link.kind === 'loopback') return '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00';
  if (link.kind === 'ipip') {
    const far = link.remote === undefined ? 'brd 0.0.0.0' : `peer ${formatIp(link.remote)}`;
    return `    link/ipip ${formatIp(link.local)} ${far}`;
  }
  if (link.address === undefined) return '    link/none';
  return words(`    link/ether ${link.address} brd ff:ff:ff:ff:ff:ff`, around && foreign(link, around));
};

/** The end of a tunnel, which may be left open. */
export const orAny = (ip: Ip | undefined): string => (ip === undefined || isUnspecified(ip) ? 'any' : formatIp(ip));

/** The line that `ip -d link` adds for the kind, as far as it is modelled; undefined where there is none. */
const detailLine = (link: Link): string | undefined => {
  switch (link.kind) {
    case 'loopback':
    case 'physical':
      return undefined;
    case 'dummy':
    case 'veth':
    case 'wireguard':
    case 'bridge':
    case 'openvswitch':
      return `    ${link.kind}`;
    case 'vxlan':
      return words(
        `    vxlan ${link.external ? 'external ' : ''}id ${link.id}`,
        link.local !== undefined && `local ${formatIp(link.local)}`,
        link.dev !== undefined && `dev ${link.dev}`,
        `srcport 0 0 dstport ${link.port}`,
        !link.learning && 'nolearning',
        'ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx',
      );
    case 'ipip':
      return words(
        `    ipip any remote ${orAny(link.remote)} local ${orAny(link.local)}`,
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
const portLine = (link: Link, around?: Around): string | undefined => {
  if (link.master === undefined) return undefined;
  const master = around?.links.find(({ ifname }) => ifname === link.master);
  return master?.kind === 'openvswitch'
    ? '    openvswitch_slave'
    : `    bridge_slave state forwarding hairpin ${link.hairpin ? 'on' : 'off'}`;
};

/** What `ip -d link show dev …` prints. */
export const printLink = (link: Link, around?: Around): readonly string[] =>
  [
    printLinkBrief(link, around, 'DEFAULT'),
    hardwareLine(link, around),
    detailLine(link),
    portLine(link, around),
  ].filter((line) => line !== undefined);

/** What `ip -d link` prints. */
export const printLinks = (netns: Around): readonly string[] => netns.links.flatMap((link) => printLink(link, netns));
