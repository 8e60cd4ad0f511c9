import type { Netns } from '../linux/netns.ts';
import { sendError } from './icmp.ts';
import type { Ended, Path, Skb } from './path.ts';
import { sendReset } from './reset.ts';

/** What a REJECT sends back: an ICMP error, or a reset for TCP. */
export const rejectError = (path: Path, netns: Netns, skb: Skb, kind: string): Ended | undefined => {
  if (kind === 'tcp-reset') return skb.packet.l4.proto === 'tcp' ? sendReset(path, netns, skb) : undefined;
  const code =
    kind === 'icmp-host-prohibited'
      ? 'host-prohibited'
      : kind === 'icmp-admin-prohibited'
        ? 'admin-prohibited'
        : 'port-unreachable';
  return sendError(path, netns, skb, code);
};
