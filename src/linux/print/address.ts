import { familyOf, formatIp } from '../../net/ip.ts';
import { networkOf } from '../../net/prefix.ts';
import type { Address } from '../link.ts';
import type { Netns } from '../netns.ts';
import { hardwareLine, printLinkBrief } from './link.ts';
import { words } from './words.ts';

/** An address as its line of `ip addr` shows it, without indentation: `inet 10.1.15.1/24 brd 10.1.15.255 scope global docker0`. */
export const printAddress = (address: Address, secondary = false): string => {
  const v4 = familyOf(address.local) === 4;
  return words(
    `${v4 ? 'inet' : 'inet6'} ${formatIp(address.local)}/${address.prefixlen}`,
    address.broadcast !== undefined && `brd ${formatIp(address.broadcast)}`,
    `scope ${address.scope}`,
    secondary && 'secondary',
    address.noprefixroute && 'noprefixroute',
    // Only IPv4 addresses have a label; it is the name of the link unless someone chose another.
    v4 && address.dev,
  );
};

// A later IPv4 address inside the subnet of an earlier one is secondary (net/ipv4/devinet.c __inet_insert_ifa).
const isSecondary = (address: Address, earlier: readonly Address[]): boolean =>
  familyOf(address.local) === 4 &&
  earlier.some(
    (first) =>
      first.prefixlen === address.prefixlen &&
      networkOf(first.local, first.prefixlen) === networkOf(address.local, address.prefixlen),
  );

// All IPv4 addresses in order of arrival, then IPv6 with the newest first, as the kernel lists them.
const addressLines = (addresses: readonly Address[]): readonly string[] => {
  const v4 = addresses.filter((address) => familyOf(address.local) === 4);
  const v6 = addresses.filter((address) => familyOf(address.local) === 6).toReversed();
  return [
    ...v4.map((address, i) => printAddress(address, isSecondary(address, v4.slice(0, i)))),
    ...v6.map((a) => printAddress(a)),
  ];
};

/** What `ip addr` prints for the whole namespace, or for one link. */
export const printAddresses = (netns: Pick<Netns, 'id' | 'links' | 'addresses'>, dev?: string): readonly string[] =>
  netns.links
    .filter((link) => dev === undefined || link.ifname === dev)
    .flatMap((link) => [
      printLinkBrief(link, netns),
      hardwareLine(link, netns),
      ...addressLines(netns.addresses.filter((address) => address.dev === link.ifname)).flatMap((line) => [
        `    ${line}`,
        '       valid_lft forever preferred_lft forever',
      ]),
    ]);
