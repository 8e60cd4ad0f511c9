import type { Netns } from '../linux/netns.ts';
import { confKey, sysctl } from '../linux/sysctl.ts';
import { type Family, familyOf, isMulticast } from '../net/ip.ts';
import { routeBecause } from './because.ts';
import { deliverLocal } from './deliver.ts';
import type { Found } from './fib.ts';
import { forward } from './forward.ts';
import { runHook } from './hook.ts';
import { type ErrorName, sendError } from './icmp.ts';
import { refusalOf } from './output.ts';
import { drop, type Ended, type Path, type Skb, step } from './path.ts';
import { martian, validateSource } from './validate.ts';
import type { Because } from './walk.ts';

/** Whether the namespace routes for others (ip_forward, or the link's own `forwarding`). */
export const forwards = (netns: Netns, family: 4 | 6, dev: string): boolean =>
  family === 4
    ? (netns.sysctls[confKey(4, dev, 'forwarding')] ?? sysctl(netns, 'net.ipv4.ip_forward')) !== 0
    : sysctl(netns, 'net.ipv6.conf.all.forwarding') !== 0;

/** ip_rcv(): PREROUTING and the route of a packet that came in by `dev`. */
export const receiveIp = (path: Path, netns: Netns, dev: string, skb: Skb): Ended[] => {
  const arrived: Skb = { ...skb, iif: dev };
  if (skb.prerouted) return routeInput(path, netns, dev, { ...arrived, prerouted: false });
  return runHook(path, netns, arrived, { hook: 'prerouting', iif: dev }, (after, next) =>
    routeInput(after, netns, dev, next),
  );
};

const UNREACHABLE: Readonly<Record<string, ErrorName>> = {
  NO_ROUTE: 'net-unreachable',
  UNREACHABLE_ROUTE: 'host-unreachable',
  PROHIBIT_ROUTE: 'admin-prohibited',
};

// IPv6 makes no difference between an unreachable route and none at all (ip6_route_info_create(): ip6_pkt_discard).
const refusalFor = (code: string, family: Family): ErrorName | undefined =>
  code === 'UNREACHABLE_ROUTE' && family === 6 ? 'net-unreachable' : UNREACHABLE[code];

// ip_error(): tells the sender, unless the route says to keep silent or the namespace does not route at all.
const noWay = (path: Path, netns: Netns, dev: string, skb: Skb, found: Found | undefined): Ended[] => {
  const { reason, because } = refusalOf(found, skb.packet.dst);
  const name = refusalFor(reason.code, familyOf(skb.packet.dst));
  const error = name && sendError(path, netns, skb, name);
  return drop(path, { netns: netns.id, dev }, skb, { ...reason, dropReason: 'IP_INNOROUTES' }, because, error);
};

const routeInput = (path: Path, netns: Netns, dev: string, skb: Skb): Ended[] => {
  const { packet } = skb;
  const at = { netns: netns.id, dev };
  const family = familyOf(packet.dst);
  const refused = martian(netns, skb, dev);
  if (refused) return drop(path, at, skb, refused.reason, refused.because);
  if (isMulticast(packet.dst)) return drop(path, at, skb, { code: 'UNSUPPORTED_MULTICAST' }, [], undefined, 'unknown');
  const fib = path.env.fib(netns);
  const flow = {
    dst: packet.dst,
    src: packet.src,
    iif: dev,
    mark: skb.mark,
    proto: packet.l4.proto,
    ...('dport' in packet.l4 && { dport: packet.l4.dport }),
  };
  const found = fib.lookup(flow);
  const wrongSource = dev === 'lo' ? undefined : validateSource(path.env, netns, skb, dev);
  if (found?.route.type === 'local' || found?.route.type === 'broadcast') {
    if (wrongSource) return drop(path, at, skb, wrongSource.reason, wrongSource.because);
    const because = routeBecause(found);
    const detail = {
      kind: 'route',
      lookup: packet.dst,
      table: found.route.table,
      type: found.route.type,
      iif: dev,
    } as const;
    return deliverLocal(step(path, netns.id, skb, detail, because), netns, dev, skb);
  }
  if (!forwards(netns, family, dev)) {
    const line: Because = {
      of: 'sysctl',
      line: family === 4 ? 'net.ipv4.ip_forward = 0' : 'net.ipv6.conf.all.forwarding = 0',
    };
    return drop(path, at, skb, { code: 'FORWARDING_OFF', dropReason: 'IP_INADDRERRORS' }, [line]);
  }
  if (!found || found.hops.length === 0) return noWay(path, netns, dev, skb, found);
  if (wrongSource) return drop(path, at, skb, wrongSource.reason, wrongSource.because);
  return forward(path, netns, dev, skb, found);
};
