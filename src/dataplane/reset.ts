import type { Netns } from '../linux/netns.ts';
import { sysctl } from '../linux/sysctl.ts';
import { sendLocal } from './output.ts';
import { type Ended, type Path, type Skb, startPath } from './path.ts';

/** Answers a TCP packet with a reset, as a closed port and `--reject-with tcp-reset` do. */
export const sendReset = (path: Path, netns: Netns, skb: Skb): Ended | undefined => {
  const { packet } = skb;
  if (packet.l4.proto !== 'tcp' || packet.l4.flags === 'RST') return undefined;
  const { sport, dport } = packet.l4;
  const header = typeof packet.src === 'number' ? 40 : 60;
  return sendLocal(startPath(path.env, path), netns, {
    src: packet.dst,
    dst: packet.src,
    ttl: sysctl(netns, 'net.ipv4.ip_default_ttl'),
    length: header,
    df: true,
    l4: { proto: 'tcp', sport: dport, dport: sport, flags: 'RST' },
  })[0];
};
