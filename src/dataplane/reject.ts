import type { Hook } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { sendError } from './icmp.ts';
import type { Ended, Path, Skb } from './path.ts';
import { sendReset } from './reset.ts';

/** What a REJECT sends back: an ICMP error, or a reset for TCP. */
export const rejectError = (path: Path, netns: Netns, skb: Skb, kind: string, hook: Hook): Ended | undefined => {
  if (kind === 'tcp-reset') return skb.packet.l4.proto === 'tcp' ? sendReset(path, netns, skb) : undefined;
  const code =
    kind === 'icmp-host-prohibited'
      ? 'host-prohibited'
      : kind === 'icmp-admin-prohibited'
        ? 'admin-prohibited'
        : 'port-unreachable';
  // What the namespace itself sends it is told by the same packet, over lo.
  return sendError(path, netns, skb, code, { ownToo: hook === 'output' });
};
