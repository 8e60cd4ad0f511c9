import type { Netns } from '../linux/netns.ts';
import { contains } from '../net/prefix.ts';
import { portInRange } from '../net/protocol.ts';
import { drop, type Ended, type Path, type Skb } from './path.ts';

/** Ends a walk as unknown where a program that is not modelled gets the packet. @param dev the link it came in by; absent: a socket sends it */
export const opaque = (path: Path, netns: Netns, dev: string | undefined, skb: Skb): Ended[] | undefined => {
  const { dst, l4 } = skb.packet;
  const program = netns.programs?.find(
    (one) =>
      one.dev === dev &&
      (one.dst === undefined || one.dst.some((range) => contains(range, dst))) &&
      (one.dport === undefined || ('dport' in l4 && portInRange(l4.dport, one.dport))),
  );
  if (!program) return undefined;
  const line = `eBPF program ${program.name}${dev === undefined ? '' : ` on ${dev}`}`;
  const because = [{ of: 'link' as const, line, ...(program.origin && { origin: program.origin }) }];
  const reason = { code: 'UNSUPPORTED_BPF', detail: line };
  return drop(path, { netns: netns.id, ...(dev !== undefined && { dev }) }, skb, reason, because, undefined, 'unknown');
};
