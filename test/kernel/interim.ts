import type { Setup } from '../../src/lab/setup.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { RT_TABLE } from '../../src/linux/route.ts';
import { formatIp } from '../../src/net/ip.ts';
import { formatPrefix } from '../../src/net/prefix.ts';

/** A stand-in for linux/commands: what the hand-made worlds of these tests need. `extra` is iptables-restore text by namespace. */
export const interimSetup =
  (extra: Readonly<Record<string, string>> = {}) =>
  (netns: Netns): Setup => ({
    sysctls: Object.entries(netns.sysctls).map(([key, value]) => `sysctl -w ${key}=${value}`),
    links: netns.links.flatMap((link) => {
      const mac = link.address ? ` address ${link.address}` : '';
      const set = [
        ...(link.master ? [`ip link set ${link.ifname} master ${link.master}`] : []),
        ...(link.promisc ? [`ip link set ${link.ifname} promisc on`] : []),
        ...(link.up ? [`ip link set ${link.ifname} up`] : []),
        ...(link.hairpin ? [`bridge link set dev ${link.ifname} hairpin on`] : []),
      ];
      switch (link.kind) {
        case 'loopback':
          return [];
        case 'bridge':
          return [`ip link add name ${link.ifname}${mac} mtu ${link.mtu} type bridge`, ...set];
        case 'dummy':
          return [`ip link add name ${link.ifname}${mac} mtu ${link.mtu} type dummy`, ...set];
        case 'vxlan':
          return [
            `ip link add name ${link.ifname}${mac} mtu ${link.mtu} type vxlan id ${link.id} local ${formatIp(link.local)} dev ${link.dev} dstport ${link.port} ${link.learning ? '' : 'nolearning'}`,
            ...set,
          ];
        case 'tun':
          return [`ip tuntap add dev ${link.ifname} mode tun`, `ip link set ${link.ifname} mtu ${link.mtu}`, ...set];
        case 'ipip':
          return [
            `ip link add name ${link.ifname} mtu ${link.mtu} type ipip local ${formatIp(link.local)}${link.remote ? ` remote ${formatIp(link.remote)}` : ''} ttl ${link.ttl || 'inherit'} ${link.pmtudisc ? '' : 'nopmtudisc'}`,
            ...set,
          ];
        default:
          return set;
      }
    }),
    addresses: netns.addresses.map(
      ({ dev, local, prefixlen, scope, noprefixroute }) =>
        `ip address add ${formatIp(local)}/${prefixlen}${typeof local === 'number' && prefixlen < 31 ? ' broadcast +' : ''} dev ${dev} scope ${scope}${noprefixroute ? ' noprefixroute' : ''}`,
    ),
    routes: netns.routes
      .filter((route) => route.protocol !== 'kernel' && route.table === RT_TABLE.main)
      .map(({ type, dst, nexthops, prefsrc }) => {
        const hops = nexthops.map((hop) => `${hop.gateway !== undefined ? `via ${formatIp(hop.gateway)} ` : ''}dev ${hop.dev}${hop.onlink ? ' onlink' : ''}`);
        return `ip route add ${type} ${formatPrefix(dst)} ${hops.join(' ')}${prefsrc !== undefined ? ` src ${formatIp(prefsrc)}` : ''}`;
      }),
    rules: [],
    neighbours: netns.neighbours.map(({ dst, dev, lladdr }) => `ip neigh replace ${formatIp(dst)} dev ${dev} lladdr ${lladdr} nud permanent`),
    fdb: netns.fdb
      .filter((entry) => entry.dst !== undefined)
      .map(({ mac, ifname, dst }) => `bridge fdb append ${mac} dev ${ifname} dst ${formatIp(dst!)} self permanent`),
    iptables: extra[netns.id] ?? '',
    ip6tables: '',
    nft: '',
    ebtables: [],
    ipsets: [],
  });
