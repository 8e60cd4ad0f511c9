import type { CloudSubnet, SecurityEnd, SecurityRule } from '../fabric/cloud.ts';
import type { Ip } from '../net/ip.ts';
import { contains } from '../net/prefix.ts';
import { portInRange } from '../net/protocol.ts';
import { track } from './conntrack.ts';
import type { Packet } from './packet.ts';
import { drop, type Ended, type Path, type Skb } from './path.ts';

const isAt = (end: SecurityEnd | undefined, ip: Ip): boolean =>
  end === undefined || end.ranges.some((range) => contains(range, ip)) !== (end.not ?? false);

const matches = (rule: SecurityRule, { src, dst, l4 }: Packet): boolean =>
  (rule.protocol === undefined || rule.protocol === l4.proto) &&
  (rule.dport === undefined || ('dport' in l4 && portInRange(l4.dport, rule.dport))) &&
  isAt(rule.src, src) &&
  isAt(rule.dst, dst);

/**
 * A security group looks at the first packet of a flow, in the direction that it takes; answers pass without a look.
 * @param next what becomes of a packet that passes
 */
export const secure = (
  path: Path,
  segment: string,
  subnet: CloudSubnet | undefined,
  direction: SecurityRule['direction'],
  skb: Skb,
  next: (path: Path) => Ended[],
): Ended[] => {
  if (!subnet?.rules) return next(path);
  const group = `${segment} nsg ${subnet.name} ${direction}`;
  // Both directions of a subnet know of the flow: an answer goes out where the question came in.
  const flow = `${segment} nsg ${subnet.name}`;
  const known = track(path, flow, { packet: skb.packet, mark: 0 });
  const { nfct } = known.skb;
  if (nfct && (nfct.dir === 'reply' || nfct.state === 'RELATED')) return next(known.path);
  const rule = subnet.rules.find((one) => one.direction === direction && matches(one, skb.packet));
  if (rule?.action === 'allow') return next(known.path);
  const because = rule ? [{ of: 'fabric' as const, line: rule.line, ...(rule.origin && { origin: rule.origin }) }] : [];
  return drop(path, { netns: segment }, skb, { code: 'FABRIC_SECURITY_GROUP', detail: rule?.line ?? group }, because);
};
