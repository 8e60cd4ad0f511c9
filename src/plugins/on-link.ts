import type { Ip } from '../net/ip.ts';
import { contains, prefixOf } from '../net/prefix.ts';
import type { NodeDraft } from './node.ts';

/** The NIC on whose own range an address lies: `ip route get` gives a route without gateway. */
export const onLinkDev = ({ nics }: Pick<NodeDraft, 'nics'>, ip: Ip): string | undefined =>
  nics.find((nic) => nic.ips.some((own) => contains(prefixOf(own.ip, own.len), ip)))?.dev;
