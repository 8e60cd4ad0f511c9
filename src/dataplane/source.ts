import type { Address } from '../linux/link.ts';
import type { Netns } from '../linux/netns.ts';
import type { NextHop, Route } from '../linux/route.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import { contains, prefixOf } from '../net/prefix.ts';

const commonBits = (a: bigint, b: bigint): number => {
  const differ = (a ^ b).toString(2);
  return a === b ? 128 : 128 - differ.length;
};

// inet_select_addr() (net/ipv4/devinet.c): on the device the address whose subnet holds the target, else its first;
// on a device without address, any address of the namespace that is not of link or host scope.
const select4 = (netns: Netns, dev: string, target: Ip): Ip | undefined => {
  const usable = (address: Address) => typeof address.local === 'number' && address.scope !== 'host';
  const onDev = netns.addresses.filter((address) => address.dev === dev && usable(address));
  const near = onDev.find((address) => contains(prefixOf(address.local, address.prefixlen), target));
  return (near ?? onDev[0] ?? netns.addresses.find((a) => usable(a) && a.scope === 'global'))?.local;
};

// RFC 6724 as far as it decides here: the outgoing interface first, then the longest common prefix.
const select6 = (netns: Netns, dev: string, target: bigint): Ip | undefined => {
  const usable = netns.addresses.filter((a) => typeof a.local === 'bigint' && a.scope === 'global');
  const rank = (a: Address) => (a.dev === dev ? 1000 : 0) + commonBits(a.local as bigint, target);
  return usable.toSorted((a, b) => rank(b) - rank(a))[0]?.local;
};

/** The address that the kernel takes on `dev` for a packet to `target`: for MASQUERADE, ICMP errors, ARP and unbound sockets. */
export const selectAddress = (netns: Netns, dev: string, target: Ip): Ip | undefined =>
  typeof target === 'number' ? select4(netns, dev, target) : select6(netns, dev, target);

/** The source of a packet that leaves by `route`: its `src`, else chosen on the device for the next hop. */
export const sourceFor = (netns: Netns, route: Route, hop: NextHop | undefined, dst: Ip): Ip | undefined => {
  if (route.type === 'local') return dst;
  if (route.prefsrc !== undefined) return route.prefsrc;
  if (!hop) return undefined;
  const target = hop.gateway !== undefined && familyOf(hop.gateway) === familyOf(dst) ? hop.gateway : dst;
  return selectAddress(netns, hop.dev, familyOf(dst) === 6 ? dst : target);
};
