import type { Port } from '../fabric/fabric.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { branch, drop, type Ended, type Path, type Skb } from './path.ts';
import type { Because } from './walk.ts';

/** Hands a packet to the NIC that a load balancer chose. */
type Arrive = (path: Path, port: Port, because: readonly Because[]) => Ended[];

const portFor = (path: Path, ip: Ip): Port | undefined => {
  for (const segment of path.env.world.fabric.segments) {
    const port = segment.ports.candidates(ip).find((one) => one.ips.includes(ip));
    if (port) return port;
  }
  return undefined;
};

/** Whether a NIC may send under this address because it is a member of the load balancer that has it. */
export const answersFor = (path: Path, src: Ip, from: Port): boolean => {
  const balancer = path.env.world.fabric.balancer?.(src);
  return balancer?.rules.some(({ members }) => members.some(({ ip }) => from.ips.includes(ip))) ?? false;
};

/** What a cloud's load balancer does with a packet to its address: a branch for each member. Undefined where none has the address. */
export const balance = (path: Path, segment: string, skb: Skb, arrive: Arrive): Ended[] | undefined => {
  const { packet } = skb;
  const balancer = path.env.world.fabric.balancer?.(packet.dst);
  if (!balancer) return undefined;
  const { l4 } = packet;
  const place = { netns: segment };
  const origin = balancer.origin && { origin: balancer.origin };
  const rule = balancer.rules.find((one) => one.protocol === l4.proto && 'dport' in l4 && one.port === l4.dport);
  if (!rule) {
    const detail = `${formatIp(packet.dst)} takes ${balancer.rules.map(({ protocol, port }) => `${protocol} ${port}`).join(', ') || 'nothing'}`;
    const line = `load balancer ${formatIp(packet.dst)}`;
    return drop(path, place, skb, { code: 'LOAD_BALANCER_NO_RULE', detail }, [{ of: 'fabric', line, ...origin }]);
  }
  const because: readonly Because[] = [{ of: 'fabric', line: rule.line, ...origin }];
  if (balancer.mode === 'proxy')
    return drop(
      path,
      place,
      skb,
      { code: 'UNSUPPORTED_LOAD_BALANCER', detail: rule.line },
      because,
      undefined,
      'unknown',
    );
  const members = rule.members.flatMap(({ ip, weight }) => {
    const port = portFor(path, ip);
    return port ? [{ port, weight }] : [];
  });
  if (members.length === 0)
    return drop(path, place, skb, { code: 'LOAD_BALANCER_NO_MEMBER', detail: formatIp(packet.dst) }, because);
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  return members.flatMap(({ port, weight }) => arrive(branch(path, weight / total), port, because));
};
