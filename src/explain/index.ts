import type { Journey } from '../dataplane/index.ts';
import type { World } from '../fabric/world.ts';
import type { Assumption } from '../model/place.ts';
import type {
  AssumptionDoc,
  CauseDoc,
  DnsDoc,
  EndDoc,
  ServiceDoc,
  TraceDoc,
  TraceItemDoc,
  WarningDoc,
} from './document.ts';
import { forwardId, replyId, traceItems } from './items.ts';
import { createNames } from './names.ts';
import { culpritOf, resultOf } from './result.ts';
import { summaryOf } from './summary.ts';

/** A question and what walking gave for it. */
export type Walked = {
  readonly version: string;
  readonly cluster: TraceDoc['cluster'];
  readonly from: EndDoc;
  readonly to: EndDoc;
  readonly packet: TraceDoc['question']['packet'];
  readonly reply: boolean;
  /** Whose pods go by their bare names. */
  readonly namespace: string;
  readonly world: World;
  readonly journeys: readonly Journey[];
  readonly service?: ServiceDoc;
  readonly causes?: readonly CauseDoc[];
  readonly dns?: DnsDoc;
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly WarningDoc[];
};

const unique = <T>(items: readonly T[], key: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
];

// Facts behind single lines of state that nobody has verified, as their origins say, with the places where they matter.
const assumedState = (items: readonly TraceItemDoc[]): AssumptionDoc[] => {
  const places = new Map<string, Set<string>>();
  for (const { host, steps } of items.flatMap((item) => item.hops))
    for (const step of steps)
      for (const note of step.known === 'assumed' ? step.because.flatMap(({ origin }) => origin?.note ?? []) : []) {
        const known = places.get(note) ?? new Set();
        places.set(note, known.add(step.at === '' ? host : `${step.at} of ${host}`));
      }
  return [...places].map(([note, at]) => ({
    code: 'ASSUMED_STATE',
    text: `${note}: ${[...at].slice(0, 3).join(', ')}`,
  }));
};

const unsupported = (items: readonly TraceItemDoc[]): string[] =>
  unique(
    items
      .filter((item) => item.verdict === 'unknown')
      .map(({ reason }) => [reason.summary, reason.detail].filter(Boolean).join(': ')),
    (text) => text,
  );

const reasonOf = ({ journeys }: Walked, items: readonly TraceItemDoc[]): TraceDoc['summary']['reason'] => {
  const culprit = culpritOf(journeys);
  if (!culprit) return undefined;
  const { journey, reply } = culprit;
  const id = reply === undefined ? forwardId(journey) : replyId(journey, reply);
  const item = items.find((one) => one.id === id);
  const last = item?.hops.at(-1);
  const dev = last?.steps.at(-1)?.at ?? '';
  if (!item || !last) return undefined;
  return { ...item.reason, trace: id, direction: item.direction, host: last.host, ...(dev !== '' && { dev }) };
};

/** A finished walk as the document that every format is rendered from. */
export const explain = (walked: Walked): TraceDoc => {
  const { world, journeys, from, to } = walked;
  const names = createNames(world, walked.namespace, from.kind === 'ip' ? from.text : undefined);
  const items = traceItems(world, names, journeys);
  const reason = reasonOf(walked, items);
  return {
    schema: 'k8snet/trace/v1',
    tool: { name: 'k8snet', version: walked.version },
    cluster: walked.cluster,
    question: { from, to, packet: walked.packet, options: { reply: walked.reply } },
    result: resultOf(journeys),
    summary: { ...summaryOf(world, names, journeys, items, to), ...(reason && { reason }) },
    traces: items,
    ...(walked.dns && { dns: walked.dns }),
    ...(walked.service && { service: walked.service }),
    ...(walked.causes && walked.causes.length > 0 && { causes: [...walked.causes] }),
    assumptions: unique([...walked.assumptions, ...assumedState(items)], ({ text }) => text),
    warnings: [...walked.warnings],
    unsupported: unsupported(items),
  };
};
