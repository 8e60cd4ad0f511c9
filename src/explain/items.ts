import type { Journey } from '../dataplane/index.ts';
import type { Walk } from '../dataplane/walk.ts';
import type { World } from '../fabric/world.ts';
import type { CopyDoc, TraceItemDoc } from './document.ts';
import { hopsOf, pathOf } from './hops.ts';
import type { Names } from './names.ts';
import { reasonDoc } from './reasons.ts';

type Kind = Pick<TraceItemDoc, 'id' | 'direction' | 'of' | 'error'>;

export const forwardId = (journey: number): string => String(journey + 1);
export const replyId = (journey: number, reply: number): string =>
  `${forwardId(journey)}.reply${reply === 0 ? '' : `-${reply + 1}`}`;

const copyDoc = (names: Names, copy: Walk['copies'][number]): CopyDoc => ({
  host: names.hostOf(copy.netns).host,
  ...(copy.dev !== undefined && { dev: copy.dev }),
  verdict: copy.verdict,
  reason: reasonDoc(copy.reason),
});

const errorName = (walk: Walk): string => walk.steps.find((step) => step.kind === 'icmp')?.name ?? 'tcp-reset';

const itemsOf = (world: World, names: Names, walk: Walk, kind: Kind): TraceItemDoc[] => {
  const hops = hopsOf(world, names, walk);
  const item: TraceItemDoc = {
    ...kind,
    probability: walk.probability,
    verdict: walk.verdict,
    reason: reasonDoc(walk.reason),
    path: pathOf(hops),
    hops,
    ...(walk.copies.length > 0 && { copies: walk.copies.map((copy) => copyDoc(names, copy)) }),
  };
  if (!walk.error) return [item];
  const error: Kind = { id: `${kind.id}.error`, direction: 'reply', of: kind.id, error: errorName(walk.error) };
  return [item, ...itemsOf(world, names, walk.error, error)];
};

/** Every walk of every journey as an item of its own: the question, its answers, and the ICMP errors that any of them caused. */
export const traceItems = (world: World, names: Names, journeys: readonly Journey[]): TraceItemDoc[] =>
  journeys.flatMap(({ forward, replies }, journey) => {
    const of = forwardId(journey);
    return [
      ...itemsOf(world, names, forward, { id: of, direction: 'forward' }),
      ...replies.flatMap((walk, i) => itemsOf(world, names, walk, { id: replyId(journey, i), direction: 'reply', of })),
    ];
  });
