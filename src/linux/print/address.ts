import { familyOf, formatIp } from '../../net/ip.ts';
import { primaryOf } from '../build.ts';
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

/** A link's addresses in the kernel's order, and whether each is secondary: IPv4 as they came, then IPv6, the newest first. */
export const listAddresses = (
  addresses: readonly Address[],
  dev: string,
): readonly { readonly address: Address; readonly secondary: boolean }[] => {
  const own = addresses.filter((address) => address.dev === dev);
  const v4 = own.filter(({ local }) => familyOf(local) === 4);
  const v6 = own.filter(({ local }) => familyOf(local) === 6).toReversed();
  return [...v4, ...v6].map((address) => ({
    address,
    secondary: primaryOf(address, v4.slice(0, v4.indexOf(address))) !== undefined,
  }));
};

/** What `ip addr` prints for the whole namespace, or for one link. */
export const printAddresses = (netns: Pick<Netns, 'id' | 'links' | 'addresses'>, dev?: string): readonly string[] =>
  netns.links
    .filter((link) => dev === undefined || link.ifname === dev)
    .flatMap((link) => [
      printLinkBrief(link, netns),
      hardwareLine(link, netns),
      ...listAddresses(netns.addresses, link.ifname).flatMap(({ address, secondary }) => [
        `    ${printAddress(address, secondary)}`,
        '       valid_lft forever preferred_lft forever',
      ]),
    ]);
