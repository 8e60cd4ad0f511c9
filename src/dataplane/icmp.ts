import type { Netns } from '../linux/netns.ts';
import { sysctl } from '../linux/sysctl.ts';
import { familyOf, isMulticast } from '../net/ip.ts';
import { sendLocal } from './output.ts';
import type { L4, Packet } from './packet.ts';
import { type Ended, type Path, type Skb, startPath, step } from './path.ts';

export type ErrorName =
  | 'ttl-exceeded'
  | 'frag-needed'
  | 'net-unreachable'
  | 'host-unreachable'
  | 'port-unreachable'
  | 'host-prohibited'
  | 'admin-prohibited';

// Types and codes of RFC 792 and RFC 4443; prohibit routes and --reject-with icmp-admin-prohibited share code 13.
const CODES: Readonly<Record<ErrorName, { readonly v4: [number, number]; readonly v6: [number, number] }>> = {
  'ttl-exceeded': { v4: [11, 0], v6: [3, 0] },
  'frag-needed': { v4: [3, 4], v6: [2, 0] },
  'net-unreachable': { v4: [3, 0], v6: [1, 0] },
  'host-unreachable': { v4: [3, 1], v6: [1, 3] },
  'port-unreachable': { v4: [3, 3], v6: [1, 4] },
  'host-prohibited': { v4: [3, 10], v6: [1, 1] },
  'admin-prohibited': { v4: [3, 13], v6: [1, 1] },
};

const isIcmpError = (l4: L4): boolean => 'about' in l4 && l4.about !== undefined;

// icmp_send() quotes what fits into 576 bytes, icmp6_send() into 1280.
const errorLength = (about: Packet): number => {
  const size = about.fragment ?? about.length;
  return familyOf(about.src) === 4 ? 28 + Math.min(size, 548) : 48 + Math.min(size, 1232);
};

export type ErrorOptions = {
  /** The MTU that a frag-needed announces. */
  readonly mtu?: number;
  /** Tell a sender in this namespace as well: a neighbour that does not answer does, other errors reach the socket directly. */
  readonly ownToo?: boolean;
};

/**
 * icmp_send(): tells the sender of `skb` why it came no further, and walks that message back.
 * Nothing is sent about ICMP errors or multicast.
 */
export const sendError = (
  path: Path,
  netns: Netns,
  skb: Skb,
  name: ErrorName,
  { mtu, ownToo = false }: ErrorOptions = {},
): Ended | undefined => {
  const about = skb.packet;
  if (isIcmpError(about.l4) || isMulticast(about.dst) || (skb.iif === undefined && !ownToo)) return undefined;
  const family = familyOf(about.src);
  const [type, code] = family === 4 ? CODES[name].v4 : CODES[name].v6;
  const fib = path.env.fib(netns);
  const l4: L4 = { proto: family === 4 ? 'icmp' : 'icmpv6', type, code, about, ...(mtu !== undefined && { mtu }) };
  // An error about a packet that was for us comes from the address that it was sent to.
  const source = fib.isLocal(about.dst) ? { src: about.dst } : {};
  const ttl = sysctl(netns, 'net.ipv4.ip_default_ttl');
  const fresh = { ...startPath(path.env, path), crumbs: path.crumbs };
  const told = step(fresh, netns.id, skb, { kind: 'icmp', name, to: about.src });
  const sent = sendLocal(told, netns, { ...source, dst: about.src, ttl, length: errorLength(about), df: false, l4 });
  return sent[0];
};
