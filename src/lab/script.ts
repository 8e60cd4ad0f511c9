import { type SetupCommands, setupCommands } from '../linux/commands.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import { formatPrefix, type Prefix } from '../net/prefix.ts';
import { cloudLines, switchLines } from './hub.ts';
import type { Plan, Room } from './plan.ts';
import { feed, inRoom, quote } from './shell.ts';

/** Hosts outside the cluster; they have routes to the wan subnet and to `behind`, through `gateway`, as an ISP would. */
export type Outside = {
  readonly segment: string;
  readonly addresses: readonly { readonly ip: Ip; readonly len: number }[];
  readonly gateways: readonly Ip[];
  readonly behind: readonly Prefix[];
  /** As the gateway knows it, where it has an entry for it. */
  readonly mac?: Mac;
};

/** Where the helper programs lie (`flanneld.py` and others), and where results go. */
export type Places = { readonly tools: string; readonly results: string };

/** The namespace of the hosts outside. */
export const outsideRoom = (tag: string): string => `k8snet-${tag}-outside`;

// The router's address that a walk from outside shows (that of the first VRRP router).
const ISP_MAC: Mac = '00:00:5e:00:01:01';

// What a machine's own settings would otherwise leak into new namespaces: they are copied from the first namespace.
const BASELINE = [
  ...['all', 'default'].flatMap((dev) => [
    `net.ipv4.conf.${dev}.rp_filter=0`,
    `net.ipv4.conf.${dev}.accept_redirects=0`,
    `net.ipv6.conf.${dev}.accept_ra=0`,
    `net.ipv6.conf.${dev}.accept_dad=0`,
    `net.ipv6.conf.${dev}.autoconf=0`,
    `net.ipv6.conf.${dev}.router_solicitations=0`,
    `net.ipv6.conf.${dev}.accept_redirects=0`,
  ]),
  // No ICMP error of a probe may be missing because another probe had one.
  // A limit of 0 would empty the tokens that errors about routes are paid with; no type at all is limited instead.
  'net.ipv4.icmp_ratemask=0',
  'net.ipv6.icmp.ratelimit=0',
  'net.ipv4.ping_group_range=0 2147483647',
  // An answer that did not arrive would come again in the middle of a later probe.
  'net.ipv4.tcp_synack_retries=0',
];

const sysctlLines = (room: string, settings: readonly string[], ...flags: readonly string[]): readonly string[] =>
  feed(['ip netns exec', room, 'sysctl -q', ...flags, '-p -'].join(' '), settings.join('\n'));

// A neighbour that does not answer is given up after a fifth of a second instead of three.
const RETRANS = 60;

const installLines = ({ name, netns }: Room): readonly string[] => {
  const setup: SetupCommands = setupCommands(netns);
  const neighbours = netns.links.filter((link) => link.kind !== 'loopback' && !link.noarp);
  return [
    `# ${netns.id}`,
    ...inRoom(name, setup.links),
    ...sysctlLines(
      name,
      setup.sysctls.map((command) => command.replace(/^sysctl -w /, '')),
    ),
    ...inRoom(name, [
      ...setup.addresses,
      ...neighbours.flatMap(({ ifname, mtu }) =>
        // Below IPv6's least MTU a link has no neighbour discovery.
        (mtu < 1280 ? ['arp_cache'] : ['arp_cache', 'ndisc_cache']).map(
          (table) => `ip ntable change name ${table} dev ${ifname} retrans ${RETRANS}`,
        ),
      ),
      ...setup.routes,
      ...setup.rules,
      ...setup.neighbours,
      ...setup.fdb,
      ...setup.ebtables,
    ]),
    ...feed(`ip netns exec ${name} ipset restore`, setup.ipsets),
    ...feed(`ip netns exec ${name} iptables$variant-restore`, setup.iptables),
    ...feed(`ip netns exec ${name} ip6tables$variant-restore`, setup.ip6tables),
    ...feed(`ip netns exec ${name} nft -f -`, setup.nft),
    ...inRoom(name, setup.xfrm),
    ...feed(`ip netns exec ${name} ipvsadm -R`, setup.ipvs),
  ];
};

const daemonLines = ({ name, netns }: Room, { tools, results }: Places): readonly string[] =>
  netns.daemons.flatMap((daemon) => {
    const ready = `${results}/${name}.${daemon.name}`;
    const routes = daemon.routes.map((route) => `${formatPrefix(route.dst)}=${formatIp(route.via)}:${route.port}`);
    const flags = [
      daemon.tun,
      `${formatIp(daemon.local)}:${daemon.port}`,
      `${daemon.bufferSize}`,
      daemon.df ? 'df' : 'no-df',
    ];
    return [
      `start ${quote(ready)} ready ip netns exec ${name} python3 ${quote(`${tools}/flanneld.py`)} ${[...flags, ...routes].join(' ')}`,
    ];
  });

const outsideLines = (plan: Plan, room: string, outside: Outside): readonly string[] => {
  const hub = plan.hubs.find((candidate) => candidate.segment.name === outside.segment);
  if (!hub) return [];
  const family = (ip: Ip) => (typeof ip === 'number' ? '' : ' nodad');
  return [
    ...feed(
      'ip -batch -',
      `link add name wan netns ${room} mtu ${hub.segment.mtu} address ${outside.mac ?? ISP_MAC} type veth peer name outside netns ${hub.room}`,
    ),
    ...inRoom(hub.room, ['ip link set outside master hub up']),
    ...inRoom(room, [
      'ip link set lo up',
      'ip link set wan up',
      ...outside.addresses.map(({ ip, len }) => `ip address add ${formatIp(ip)}/${len} dev wan${family(ip)}`),
      ...outside.behind.flatMap((prefix) =>
        outside.gateways
          .filter((gateway) => typeof gateway === typeof prefix.addr)
          .map((gateway) => `ip route add ${formatPrefix(prefix)} via ${formatIp(gateway)} dev wan`),
      ),
    ]),
  ];
};

const FUNCTIONS = `
# start FILE WORD COMMAND...: runs COMMAND behind, its output in FILE, and waits until it says WORD there.
start() {
  local file=$1 word=$2; shift 2
  "$@" >"$file" 2>&1 &
  jobs_started="$! $jobs_started"
  until grep -q "$word" "$file"; do
    kill -0 $! || { cat "$file" >&2; exit 1; }
    sleep 0.02
  done
}
# wait_up ROOM: until no link that is up lacks its carrier. Bridges without ports never get one.
wait_up() {
  while ip -n "$1" -o link show up | grep -v " \\($portless\\): " | grep -q 'NO-CARRIER\\|state DOWN\\|state LOWERLAYERDOWN'; do sleep 0.02; done
}
tear_down() {
  for job in $jobs_started; do kill "$job" 2>/dev/null || true; done
  wait 2>/dev/null || true
  for room in $rooms; do ip netns del "$room" 2>/dev/null || true; done
}`;

// The kernel calls a bridge without ports down. On other nodes a bridge of that name comes up with its ports, which are waited for.
const portless = (plan: Plan): readonly string[] => {
  const bridges = plan.rooms.flatMap(({ netns }) =>
    netns.links.filter((link) => link.kind === 'bridge' && !netns.links.some((port) => port.master === link.ifname)),
  );
  return [...new Set(bridges.map((bridge) => bridge.ifname))];
};

/** What installs a World. */
export type LabSpec = { readonly plan: Plan; readonly places: Places; readonly outside?: Outside };

/** All rooms of the lab: the World's own first, then hubs, the void and the outside. */
export const roomNames = ({ plan, outside }: LabSpec, tag: string): readonly string[] => [
  ...plan.rooms.map((room) => room.name),
  ...plan.hubs.map((hub) => hub.room),
  ...(plan.voidRoom ? [plan.voidRoom] : []),
  ...(outside ? [outsideRoom(tag)] : []),
];

/**
 * The bash text that builds the lab, up to where all links have a carrier and daemons listen.
 * `tear_down` undoes it and may run at any time, also twice. It needs root, bash, iproute2, procps and the netfilter tools, with /proc and /sys there.
 */
export const labScript = (spec: LabSpec, tag: string): string => {
  const { plan, places, outside } = spec;
  const names = roomNames(spec, tag);
  const cable = ([a, b]: Plan['cables'][number]) => {
    const end = ({ room, dev, mtu, mac }: typeof a) =>
      `name ${dev} netns ${room} mtu ${mtu}${mac ? ` address ${mac}` : ''}`;
    return `link add ${end(a)} type veth peer ${end(b)}`;
  };
  const lines = [
    'set -eu',
    // user-mode-linux has no nf_tables for IPv4.
    `variant=$\{IPTABLES_VARIANT:-}`,
    `rooms=${quote(names.join(' '))}`,
    "jobs_started=''",
    FUNCTIONS,
    'tear_down',
    'trap tear_down EXIT',
    'for room in $rooms; do ip netns add "$room"; done',
    ...names.flatMap((room) => sysctlLines(room, BASELINE, '-e')),
    ...names.map((room) => `ip -n ${room} link set lo up`),
    ...feed('ip -batch -', plan.cables.map(cable).join('\n')),
    ...(plan.voidRoom
      ? [
          `for dev in $(ip -n ${plan.voidRoom} -br link | sed -n 's/^\\(lone[0-9]*\\).*/\\1/p'); do ip -n ${plan.voidRoom} link set "$dev" up; done`,
        ]
      : []),
    ...plan.hubs.flatMap((hub) => (hub.cloud ? cloudLines(hub, hub.cloud) : switchLines(hub))),
    ...plan.rooms.flatMap(installLines),
    ...(outside ? outsideLines(plan, outsideRoom(tag), outside) : []),
    ...plan.rooms.flatMap((room) => daemonLines(room, places)),
    `portless=${quote(portless(plan).join('\\|') || 'none')}`,
    'for room in $rooms; do wait_up "$room"; done',
  ];
  return `${lines.join('\n')}\n`;
};
