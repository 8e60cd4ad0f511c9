import type { Netns } from './netns.ts';
import { confKey, confSysctl, SYSCTL_DEFAULTS } from './sysctl.ts';

// A new namespace copies the IPv4 settings of the first one (Documentation/admin-guide/sysctl/net.rst, devconf_inherit_init_net),
// so the keys that decide about packets are always written, at their defaults too.
const DECISIVE4 = ['rp_filter', 'accept_local', 'route_localnet', 'proxy_arp', 'arp_ignore', 'arp_announce'] as const;

/** `sysctl -w` for each key, to run once the links are there: an interface gets what `default` would have given it. */
export const sysctlCommands = (netns: Pick<Netns, 'sysctls' | 'links'>): readonly string[] => {
  const set = new Map<string, number>();
  set.set('net.ipv4.ip_forward', netns.sysctls['net.ipv4.ip_forward'] ?? SYSCTL_DEFAULTS['net.ipv4.ip_forward'] ?? 0);
  for (const where of ['all', 'default'])
    for (const key of DECISIVE4) {
      const name = confKey(4, where, key);
      set.set(name, netns.sysctls[name] ?? 0);
    }
  const defaults = Object.keys(netns.sysctls).flatMap((name) => {
    const [, family, key] = /^net\.ipv([46])\.conf\.default\.(.+)$/.exec(name) ?? [];
    return family && key ? [{ family: family === '4' ? (4 as const) : (6 as const), key }] : [];
  });
  for (const link of netns.links) {
    for (const key of DECISIVE4) set.set(confKey(4, link.ifname, key), confSysctl(netns, 4, link.ifname, key));
    for (const { family, key } of defaults)
      set.set(confKey(family, link.ifname, key), confSysctl(netns, family, link.ifname, key));
  }
  // Forwarding of all interfaces resets each, so the whole namespace's keys stand first, as entered above.
  for (const [name, value] of Object.entries(netns.sysctls)) set.set(name, value);
  // A link that is too narrow for IPv6 (RFC 8200) has no IPv6 settings at all.
  const narrow = netns.links.filter((link) => link.mtu < 1280).map((link) => confKey(6, link.ifname, ''));
  const exists = (name: string) => !narrow.some((prefix) => name.startsWith(prefix));
  const kept = [...set].filter(([name]) => exists(name));
  return kept.map(([name, value]) => `sysctl -w ${name}=${value}`);
};
