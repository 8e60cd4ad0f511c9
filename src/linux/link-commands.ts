import { formatIp, isUnspecified } from '../net/ip.ts';
import { never } from '../net/never.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Link, LinkKind, WireguardPeer } from './link.ts';
import type { Netns } from './netns.ts';
import { words } from './print/words.ts';

// What others stand on comes first: a vxlan device needs its lower device, a port its bridge.
const ORDER: readonly LinkKind[] = [
  'loopback',
  'physical',
  'veth',
  'dummy',
  'bridge',
  'tun',
  'ipip',
  'wireguard',
  'vxlan',
  'openvswitch',
];

const peerWords = (peer: WireguardPeer): string => {
  const { ip, port } = peer.endpoint;
  const endpoint = typeof ip === 'number' ? `${formatIp(ip)}:${port}` : `[${formatIp(ip)}]:${port}`;
  return `peer ${peer.publicKey} endpoint ${endpoint} allowed-ips ${peer.allowedIps.map(formatPrefix).join(',')}`;
};

const create = (link: Link): readonly string[] => {
  const shape = words(link.address !== undefined && `address ${link.address}`, `mtu ${link.mtu}`);
  const add = `ip link add ${link.ifname} ${shape} type`;
  switch (link.kind) {
    case 'loopback':
      return [];
    case 'physical':
    case 'veth':
      return [`ip link set dev ${link.ifname} ${shape}`];
    case 'dummy':
    case 'bridge':
      return [`${add} ${link.kind}`];
    case 'tun':
      return [`ip tuntap add dev ${link.ifname} mode tun`, `ip link set dev ${link.ifname} mtu ${link.mtu}`];
    case 'ipip':
      // This one is there as soon as the module is, open at both ends.
      if (link.ifname === 'tunl0' && isUnspecified(link.local)) return [`ip link set dev tunl0 mtu ${link.mtu}`];
      return [
        words(
          `${add} ipip local ${formatIp(link.local)}`,
          link.remote !== undefined && `remote ${formatIp(link.remote)}`,
          `ttl ${link.ttl === 0 ? 'inherit' : link.ttl}`,
          link.pmtudisc ? 'pmtudisc' : 'nopmtudisc',
        ),
      ];
    case 'wireguard':
      return [
        `${add} wireguard`,
        `wg set ${link.ifname} listen-port ${link.listenPort}`,
        ...link.peers.map((peer) => `wg set ${link.ifname} ${peerWords(peer)}`),
      ];
    case 'vxlan':
      return [
        words(
          `${add} vxlan`,
          link.external ? 'external' : `id ${link.id}`,
          link.local !== undefined && `local ${formatIp(link.local)}`,
          link.dev !== undefined && `dev ${link.dev}`,
          `dstport ${link.port}`,
          !link.learning && 'nolearning',
        ),
      ];
    case 'openvswitch':
      return [`ovs-dpctl add-dp ${link.ifname}`, `ip link set dev ${link.ifname} ${shape}`];
    default:
      return never(link);
  }
};

const enslave = ({ ifname, master }: Link, datapaths: ReadonlySet<string>): readonly string[] =>
  master === undefined
    ? []
    : [datapaths.has(master) ? `ovs-dpctl add-if ${master} ${ifname}` : `ip link set dev ${ifname} master ${master}`];

const attach = (link: Link, datapaths: ReadonlySet<string>): readonly string[] => [
  ...enslave(link, datapaths),
  ...(link.hairpin ? [`bridge link set dev ${link.ifname} hairpin on`] : []),
  ...(link.promisc ? [`ip link set dev ${link.ifname} promisc on`] : []),
  ...(link.noarp && (link.kind === 'veth' || link.kind === 'physical')
    ? [`ip link set dev ${link.ifname} arp off`]
    : []),
  ...(link.up ? [`ip link set dev ${link.ifname} up`] : []),
];

/** Makes each link, then attaches it to its bridge and brings it up. Veths and physical links must be there already. */
export const linkCommands = ({ links }: Pick<Netns, 'links'>): readonly string[] => {
  const ordered = links.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const datapaths = new Set(links.flatMap(({ kind, ifname }) => (kind === 'openvswitch' ? [ifname] : [])));
  return [...ordered.flatMap(create), ...ordered.flatMap((link) => attach(link, datapaths))];
};
