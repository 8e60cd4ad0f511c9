import type { Because, Step, Tried } from '../dataplane/walk.ts';
import type { Origin } from '../linux/origin.ts';
import { briefOf } from './brief.ts';
import type { BecauseDoc, OriginDoc, StepDoc, TriedDoc } from './document.ts';
import { noteOf } from './note.ts';
import { innermost, packetDoc } from './packet.ts';
import { linkOf } from './places.ts';
import { bare, deciding, exempting, returning, targetOf } from './rules.ts';
import { markedBy } from './service.ts';
import { verifyOf } from './verify.ts';
import type { View } from './view.ts';

const becauseDoc = ({ of, line, origin }: Because | (Tried & { of: string })): BecauseDoc => ({
  of,
  line,
  ...originDoc(origin),
});

const originDoc = (origin: Origin | undefined): { origin?: OriginDoc } => {
  const { known: _known, ...rest } = origin ?? {};
  return Object.keys(rest).length > 0 ? { origin: rest } : {};
};

const triedDoc = ({ line, matched, failed, origin }: Tried): TriedDoc => ({
  line,
  matched,
  ...(failed !== undefined && { failed }),
  ...(matched && originDoc(origin)),
});

// A rule that says RETURN is why nothing was rewritten, though the chain went on to its end; a masquerade by mark has its reason where the mark was set.
const becauseOf = (view: View, step: Step): BecauseDoc[] => {
  const rule = step.kind === 'skip' ? (returning(step.tried) ?? exempting(step.tried)) : markedBy(view, step);
  const lines = step.because.map(becauseDoc);
  return rule ? [becauseDoc({ ...rule, of: 'netfilter' }), ...lines] : lines;
};

const devOf = (step: Step): string | undefined => ('dev' in step ? step.dev : undefined);

// Of these the line itself tells why; a link's would not.
const SHOWN_WITH_DROPS: ReadonlySet<string> = new Set(['route', 'rule', 'sysctl', 'xfrm', 'fabric', 'ipvs']);

const ruleOf = (step: Step): string | undefined => {
  if (step.kind === 'encapsulate') {
    const entry = step.because.find(({ of }) => of === 'fdb')?.line;
    return entry === undefined ? undefined : `fdb      ${entry}`;
  }
  if (step.kind === 'drop') {
    const entries = step.because.filter(({ of }) => SHOWN_WITH_DROPS.has(of));
    // A cloud looks at its route table first, and at the network card that the route leads to last: that one refused.
    const entry = entries.findLast(({ of }) => of === 'fabric') ?? entries[0];
    if (!entry) return undefined;
    const note = entry.origin?.note === undefined ? '' : `   (${entry.origin.note})`;
    return `${entry.of.padEnd(8)} ${entry.line}${note}`;
  }
  const line = step.kind === 'translate' ? deciding(step) : undefined;
  return line === undefined || !('table' in step) ? undefined : `${step.table} ${bare(line)}`;
};

// Through which chains a packet came to the rule that decided, and which Service the rule was made for.
const ledBy = ({ kind }: Step, because: readonly BecauseDoc[]): Pick<StepDoc, 'chains' | 'source'> => {
  if (kind !== 'translate' && kind !== 'filter') return {};
  const chains = because.slice(0, -1).flatMap(({ line }) => targetOf(line) ?? []);
  const origin = because.findLast(({ origin: one }) => one?.kind === 'Service')?.origin;
  if (!origin) return {};
  const place = origin.file === undefined ? '' : `, ${origin.file}:${origin.line}`;
  return { ...(chains.length > 0 && { chains }), source: `Service ${origin.namespace}/${origin.name}${place}` };
};

/** A step in words and data. */
export const stepDoc = (view: View, step: Step): StepDoc => {
  const dev = devOf(step);
  const because = becauseOf(view, step);
  const rule = ruleOf(step);
  const own = linkOf(view.world, step.netns, dev)?.mtu;
  const mtu = step.kind === 'fragment' ? own : (step.mtu ?? own);
  return {
    kind: step.kind,
    netns: step.netns,
    ...(dev !== undefined && { dev }),
    at: view.at,
    ...('hook' in step && { hook: step.hook }),
    ...('table' in step && { table: String(step.table) }),
    ...('chain' in step && { chain: step.chain }),
    because,
    ...('tried' in step && { tried: step.tried.map(triedDoc) }),
    packet: packetDoc(step.packet),
    ttl: innermost(step.packet).ttl,
    ...(mtu !== undefined && { mtu }),
    ...(step.mark !== undefined && { mark: `0x${step.mark.toString(16)}` }),
    note: step.note ?? noteOf(view, step),
    ...briefOf(view, step),
    ...(rule !== undefined && { rule }),
    ...ledBy(step, because),
    known: step.known ?? 'modelled',
    verify: verifyOf(view, step),
  };
};
