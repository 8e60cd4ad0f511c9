import type { Netns } from '../../linux/netns.ts';
import type { Ip } from '../../net/ip.ts';
import { contains, prefixOf } from '../../net/prefix.ts';

/** The link of a namespace whose subnet has the address. */
export const linkTowards = (netns: Netns, ip: Ip): string | undefined =>
  netns.addresses.find(({ local, prefixlen, scope }) => scope === 'global' && contains(prefixOf(local, prefixlen), ip))
    ?.dev;
