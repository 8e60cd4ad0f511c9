import type { Netns, Sysctls } from './netns.ts';

/** The kernel's defaults of the sysctls that decide (Linux 6.x, Documentation/networking/ip-sysctl.rst). */
export const SYSCTL_DEFAULTS: Sysctls = {
  'net.ipv4.ip_forward': 0,
  'net.ipv6.conf.all.forwarding': 0,
  'net.ipv4.ip_default_ttl': 64,
  'net.ipv4.icmp_echo_ignore_all': 0,
  // The defaults once br_netfilter is loaded; a node without the module is described by setting them to 0.
  'net.bridge.bridge-nf-call-iptables': 1,
  'net.bridge.bridge-nf-call-ip6tables': 1,
};

/** Reads a sysctl of the whole namespace. */
export const sysctl = (netns: Pick<Netns, 'sysctls'>, key: string): number =>
  netns.sysctls[key] ?? SYSCTL_DEFAULTS[key] ?? 0;

/** The name of a per-interface key: `confKey(4, 'flannel.1', 'rp_filter')`. */
export const confKey = (family: 4 | 6, ifname: string, key: string): string =>
  `net.ipv${family}.conf.${ifname.replaceAll('.', '/')}.${key}`;

/** An interface's own value; before it is set there, `default` gives it, as when the kernel creates the link. */
export const confSysctl = (netns: Pick<Netns, 'sysctls'>, family: 4 | 6, ifname: string, key: string): number =>
  netns.sysctls[confKey(family, ifname, key)] ?? netns.sysctls[confKey(family, 'default', key)] ?? 0;

/** rp_filter, arp_*: the higher of `all` and the interface (IN_DEV_MAXCONF). */
export const confMax = (netns: Pick<Netns, 'sysctls'>, family: 4 | 6, ifname: string, key: string): number =>
  Math.max(netns.sysctls[confKey(family, 'all', key)] ?? 0, confSysctl(netns, family, ifname, key));

/** proxy_arp, route_localnet: set in `all` or on the interface (IN_DEV_ORCONF). */
export const confOr = (netns: Pick<Netns, 'sysctls'>, family: 4 | 6, ifname: string, key: string): boolean =>
  confMax(netns, family, ifname, key) !== 0;
