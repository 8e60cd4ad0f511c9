import type { Journey } from '../dataplane/index.ts';
import type { Step, Walk } from '../dataplane/walk.ts';
import type { World } from '../fabric/world.ts';
import { formatIp } from '../net/ip.ts';
import { changed } from './brief-netfilter.ts';
import type { EncapsulationDoc, EndDoc, NatDoc, TraceDoc, TraceItemDoc } from './document.ts';
import { wayOf } from './hops.ts';
import { pathMtu } from './mtu.ts';
import type { Names } from './names.ts';
import { hasArrived } from './result.ts';

const unique = <T>(items: readonly T[]): T[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];

const natDoc = (names: Names, step: Step): NatDoc | undefined => {
  if (step.kind !== 'translate' || step.nat === 'un-dnat' || step.nat === 'un-snat') return undefined;
  const kind = step.nat === 'redirect' ? 'dnat' : step.nat;
  const { from, to } = changed(step);
  return from === to ? undefined : { kind, at: names.hostOf(step.netns).host, from, to };
};

const encapsulationDoc = (names: Names, step: Step, next: Step | undefined): EncapsulationDoc | undefined => {
  if (step.kind !== 'encapsulate') return undefined;
  const { tunnel, overhead } = step;
  // Where the tunnel names no source, the kernel chooses it by the route of the outer packet.
  const outer = next?.kind === 'route' ? next.packet : step.outer;
  return {
    kind: tunnel,
    at: names.hostOf(step.netns).host,
    outer: {
      source: formatIp(outer.src),
      destination: formatIp(outer.dst),
      ...(outer.l4.proto === 'udp' && { port: outer.l4.dport }),
      ttl: outer.ttl,
      dontFragment: outer.df,
    },
    overhead,
  };
};

const present = <T>(items: readonly (T | undefined)[]): T[] => items.filter((item) => item !== undefined);

const reached = (names: Names, walk: Walk, to: EndDoc): TraceDoc['summary']['destinationReached'] => {
  const { dst, l4 } = walk.packet;
  const host = names.hostOf(walk.netns);
  const pod = host.kind === 'pod' ? host.host : to.kind === 'pod' && to.ip === formatIp(dst) ? to.name : undefined;
  return { ip: formatIp(dst), ...('dport' in l4 && { port: l4.dport }), ...(pod !== undefined && { pod }) };
};

const replySummary = (journeys: readonly Journey[], items: readonly TraceItemDoc[]): TraceDoc['summary']['reply'] => {
  const replies = journeys.flatMap((journey) => journey.replies);
  if (replies.length === 0) return undefined;
  const bad = replies.find((reply) => !hasArrived(reply, 'reply'));
  const [first] = replies;
  const result = bad === undefined ? 'delivered' : bad.verdict === 'unknown' ? 'unknown' : 'lost';
  const symmetric = items
    .filter((item) => item.direction === 'reply' && item.error === undefined)
    .every((item) => {
      const forward = items.find(({ id }) => id === item.of);
      return forward !== undefined && wayOf(forward.hops).toReversed().join() === wayOf(item.hops).join();
    });
  return { result, symmetric, ...(result === 'delivered' && first && { ttl: first.packet.ttl }) };
};

/** What most people want to know of the traces, in one place. */
export const summaryOf = (
  world: World,
  names: Names,
  journeys: readonly Journey[],
  items: readonly TraceItemDoc[],
  to: EndDoc,
): TraceDoc['summary'] => {
  const forwards = journeys.map((journey) => journey.forward);
  // With several branches the first that arrives speaks for all; the traces show the others.
  const walk = forwards.find((w) => hasArrived(w, 'forward')) ?? forwards[0];
  const item = items.filter(({ direction }) => direction === 'forward')[walk ? forwards.indexOf(walk) : 0];
  const reply = replySummary(journeys, items);
  const nat = unique(present(forwards.flatMap((w) => w.steps.map((step) => natDoc(names, step)))));
  const encapsulation = unique(
    present((walk?.steps ?? []).map((step, i, all) => encapsulationDoc(names, step, all[i + 1]))),
  );
  const arrived = walk && hasArrived(walk, 'forward');
  const mtu = arrived ? pathMtu(world, walk) : undefined;
  return {
    path: item?.path ?? [],
    ...(arrived && {
      sourceSeen: formatIp(walk.packet.src),
      destinationReached: reached(names, walk, to) as NonNullable<ReturnType<typeof reached>>,
      ttlAtDestination: walk.packet.ttl,
    }),
    ...(mtu !== undefined && { pathMtu: mtu }),
    nat,
    encapsulation,
    ...(reply && { reply }),
  };
};
