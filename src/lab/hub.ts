import type { Cloud } from '../fabric/cloud.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Hub } from './plan.ts';
import { feed, inRoom } from './shell.ts';

const quietLines = (room: string): readonly string[] =>
  feed(
    `ip netns exec ${room} sysctl -q -e -p -`,
    [
      'net.ipv6.conf.all.disable_ipv6=1',
      'net.ipv6.conf.default.disable_ipv6=1',
      ...['iptables', 'ip6tables', 'arptables'].map((kind) => `net.bridge.bridge-nf-call-${kind}=0`),
    ].join('\n'),
  );

/** A segment of kind switch (or the internet): a bridge without an address, which netfilter does not see. */
export const switchLines = (hub: Hub): readonly string[] => [
  `# segment ${hub.segment.name}`,
  ...quietLines(hub.room),
  ...inRoom(hub.room, [
    'ip link add name hub type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
    'ip link set hub up',
    ...hub.ports.map(({ dev }) => `ip link set ${dev} master hub up`),
  ]),
];

/** The table of routes that only NICs of an overlay have. */
const OVERLAY_TABLE = 100;

// NICs' own addresses have routes of their own; others in the range are nobody's, and what is elsewhere is not here.
const routeLines = (hub: Hub, cloud: Cloud): readonly string[] => {
  const nics = hub.ports.flatMap(({ dev, port }) => (port?.ips ?? []).map((ip) => ({ dev, ip })));
  const via = (dst: string, ip: Ip, table = ''): readonly string[] => {
    const nic = nics.find((one) => one.ip === ip);
    return [
      nic
        ? `ip route replace ${dst} via ${formatIp(ip)} dev ${nic.dev} onlink${table}`
        : `ip route replace ${dst} dev nowhere${table}`,
    ];
  };
  const lent = hub.ports.flatMap(({ port }) => {
    const [own] = port?.ips ?? [];
    if (own === undefined || !port?.lent || port.lent.kind === 'overlay') return [];
    const ranges = [
      ...port.lent.ips.map((ip) => `${formatIp(ip)}/${typeof ip === 'number' ? 32 : 128}`),
      ...port.lent.ranges.map(formatPrefix),
    ];
    return ranges.flatMap((range) => via(range, own));
  });
  const routes = cloud.routes.flatMap(({ dst, nexthop, overlay }) => {
    if (nexthop.to === 'internet') return [];
    if (nexthop.to === 'port') return via(formatPrefix(dst), nexthop.ip, overlay ? ` table ${OVERLAY_TABLE}` : '');
    return [`ip route replace ${formatPrefix(dst)} dev nowhere`];
  });
  const overlays = hub.ports.filter(({ port }) => port?.lent?.kind === 'overlay');
  return [
    ...nics.map(({ dev, ip }) => `ip route replace ${formatIp(ip)}/32 dev ${dev}`),
    ...lent,
    ...routes,
    ...overlays.map(({ dev }, i) => `ip rule add pref ${1000 + i} iif ${dev} lookup ${OVERLAY_TABLE}`),
  ];
};

/**
 * A stand-in for a cloud segment: a router with a cable to each NIC, which answers every ARP with the fabric's MAC
 * and looks at the route table for every packet. Unlike a cloud it takes one off the TTL, and it filters nothing.
 */
export const cloudLines = (hub: Hub, cloud: Cloud): readonly string[] => {
  return [
    `# segment ${hub.segment.name}`,
    ...quietLines(hub.room),
    ...feed(
      `ip netns exec ${hub.room} sysctl -q -e -p -`,
      ['net.ipv4.ip_forward=1', ...['all', 'default'].map((dev) => `net.ipv4.conf.${dev}.send_redirects=0`)].join('\n'),
    ),
    ...inRoom(hub.room, [
      'ip address add 169.254.1.1/32 dev lo',
      // Proxy ARP answers only for what leads out by another device, so what is dropped has one.
      'ip link add name nowhere arp off type veth peer name sink',
      'ip link set sink up',
      'ip link set nowhere up',
      ...hub.ports.flatMap(({ dev }) => [
        `ip link set ${dev} up`,
        `sysctl -q -w net.ipv4.conf.${dev}.proxy_arp=1 net.ipv4.neigh.${dev}.proxy_delay=0`,
      ]),
      ...routeLines(hub, cloud),
    ]),
  ];
};
