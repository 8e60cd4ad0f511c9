import type { CloudEdge } from '../fabric/cloud.ts';
import type { Port, Segment } from '../fabric/fabric.ts';
import { familyOf, formatIp, type Ip } from '../net/ip.ts';
import { answersFor } from './balancer.ts';
import { holds } from './cloud-lookup.ts';
import { connectionOf, putConnection, track } from './conntrack.ts';
import { manipulate, setupNat } from './nat.ts';
import type { Packet } from './packet.ts';
import { drop, type Ended, end, type Path, type Skb, step } from './path.ts';
import type { Because } from './walk.ts';

// No source says so in as many words: what is known is that the edge translates the addresses of NICs.
const UNSAID: Because = {
  of: 'fabric',
  line: 'internet edge: source NAT for addresses of NICs',
  origin: { known: 'assumed', note: "the cloud's internet edge drops what has no NIC's address" },
};

const edgeBecause = ({ line, origin }: CloudEdge, lent?: Port['lent']): Because => ({
  of: 'fabric',
  line,
  ...((lent?.origin ?? origin) && { origin: lent?.origin ?? origin }),
});

const isTranslated = (edge: CloudEdge | undefined, port: Port, ip: Ip): boolean => {
  if (edge?.translates === 'none') return false;
  if (port.ips.includes(ip)) return true;
  if (!edge || !holds(port, ip)) return false;
  switch (port.lent?.kind) {
    case 'secondary':
      return edge.translates === 'all';
    case 'delegated':
      return true;
    default:
      return false;
  }
};

const place = (segment: Segment): string => `${segment.name} edge`;

// The address that the internet sees, where the input has it.
const translate = (path: Path, segment: Segment, edge: CloudEdge, skb: Skb): { path: Path; packet: Packet } => {
  const ip = edge.ips.find((one) => familyOf(one) === familyOf(skb.packet.src));
  const { path: known, skb: tracked } = track(path, place(segment), { packet: skb.packet, mark: 0 });
  const connection = connectionOf(known, place(segment), tracked.nfct);
  if (ip === undefined || !connection || !tracked.nfct) return { path, packet: skb.packet };
  const bound = setupNat(known.connections, place(segment), connection, skb.packet, { side: 'src', ip });
  const packet = manipulate(skb.packet, bound, tracked.nfct, 'src');
  const detail = {
    kind: 'translate',
    hook: 'postrouting',
    table: edge.by,
    nat: 'snat',
    before: skb.packet,
    tried: [],
  } as const;
  const recorded = putConnection(known, place(segment), bound);
  return { path: step(recorded, segment.name, { packet, mark: 0 }, detail, [edgeBecause(edge)]), packet };
};

/** A packet leaves a cloud network for the internet, which only addresses of NICs can. */
export const leave = (
  path: Path,
  segment: Segment,
  from: Port | undefined,
  skb: Skb,
  because: readonly Because[],
): Ended[] => {
  const edge = segment.cloud?.edge;
  const { src } = skb.packet;
  const at = { netns: segment.name };
  if (from && !isTranslated(edge, from, src) && !answersFor(path, src, from)) {
    const detail = edge
      ? `${edge.by} translates no ${edge.translates === 'none' ? 'address' : `address such as ${formatIp(src)}`}`
      : `only the NIC's own address is translated on the way out, not ${formatIp(src)}`;
    const code = edge ? 'FABRIC_NO_OUTBOUND' : 'FABRIC_ANTISPOOF';
    return drop(path, at, skb, { code, detail }, [edge ? edgeBecause(edge) : UNSAID, ...because]);
  }
  const lent = from && !from.ips.includes(src) ? from.lent : undefined;
  const why = edge && from ? [...because, edgeBecause(edge, lent)] : because;
  const out = step(path, segment.name, skb, { kind: 'fabric', segment: segment.name }, why);
  const sent = edge && from ? translate(out, segment, edge, skb) : { path: out, packet: skb.packet };
  return end(sent.path, at, sent.packet, 'exits', { code: 'TO_INTERNET' });
};

/** An answer from the internet gets back the address that its question had. */
export const comeBack = (path: Path, segment: Segment, skb: Skb): { readonly path: Path; readonly skb: Skb } => {
  const edge = segment.cloud?.edge;
  if (!edge?.ips.includes(skb.packet.dst)) return { path, skb };
  const { path: known, skb: tracked } = track(path, place(segment), { packet: skb.packet, mark: 0 });
  const connection = connectionOf(known, place(segment), tracked.nfct);
  if (!connection || tracked.nfct?.dir !== 'reply') return { path, skb };
  const packet = manipulate(skb.packet, connection, tracked.nfct, 'dst');
  const detail = {
    kind: 'translate',
    hook: 'prerouting',
    table: edge.by,
    nat: 'un-snat',
    before: skb.packet,
    tried: [],
  } as const;
  return { path: step(known, segment.name, { packet, mark: 0 }, detail, [edgeBecause(edge)]), skb: { ...skb, packet } };
};
