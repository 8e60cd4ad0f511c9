import { formatIp } from '../../net/ip.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Netns, XfrmPolicy } from '../netns.ts';
import { hex, words } from './words.ts';

/** The lines that `ip xfrm policy` prints for one policy. */
export const xfrmLines = (policy: XfrmPolicy): readonly string[] => [
  words(
    `src ${formatPrefix(policy.src)} dst ${formatPrefix(policy.dst)}`,
    policy.udpPort !== undefined && `proto udp dport ${policy.udpPort}`,
  ),
  `\tdir ${policy.dir} priority 0 ptype main`,
  ...(policy.mark ? [`\tmark ${hex(policy.mark.value)}/${hex(policy.mark.mask)}`] : []),
  `\ttmpl src ${formatIp(policy.tmpl.src)} dst ${formatIp(policy.tmpl.dst)}`,
  `\t\tproto esp reqid ${policy.tmpl.reqid} mode ${policy.mode ?? 'tunnel'}`,
];

/** One policy on one line. */
export const printXfrm = (policy: XfrmPolicy): string =>
  xfrmLines(policy)
    .map((line) => line.trim())
    .join(' ');

/** What `ip xfrm policy` prints. */
export const printXfrms = (netns: Pick<Netns, 'xfrm'>): readonly string[] => netns.xfrm.flatMap(xfrmLines);
