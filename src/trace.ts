import type { Aimed } from './aim.ts';
import { causeDoc, pin, serviceDoc } from './answer.ts';
import { type Journey, OUTSIDE, type Probe, walkProbe } from './dataplane/index.ts';
import { ipOf } from './ends.ts';
import type { TraceDoc, WarningDoc } from './explain/document.ts';
import { explain } from './explain/index.ts';
import { resultOf } from './explain/result.ts';
import { judge } from './judge.ts';
import type { Cluster } from './model/cluster.ts';
import type { Problem } from './model/place.ts';
import { formatIp } from './net/ip.ts';
import { type Prepared, type PrepareInputs, prepare, type Refused } from './prepare.ts';
import { findEnds, type Question, type TraceQuestion } from './question.ts';
import type { Cause } from './services/diagnose/index.ts';
import { besides, clusterDoc, ECHO_SIZE, endDoc, relevant, unresolved, warningOf } from './trace-document.ts';

export type { TraceQuestion };

export type Traced = { readonly ok: true; readonly doc: TraceDoc } | Refused;

const probeOf = (question: TraceQuestion, { from, family, aimed }: Question, to: Aimed['targets'][number]): Probe => ({
  netns: from.netns,
  // The kernel chooses the source of its own packets; a host outside has the one address that was named.
  ...(from.netns === OUTSIDE && { src: ipOf(from, family) }),
  dst: to.ip,
  protocol: aimed.protocol === 'icmp' && family === 6 ? 'icmpv6' : aimed.protocol,
  ...(to.port !== undefined && { port: to.port }),
  length: question.size ?? ECHO_SIZE[family],
  df: question.dontFragment,
  ...(question.ttl !== undefined && { ttl: question.ttl }),
});

// A name that stands for several addresses leads to each of them in turn.
const walkAll = (
  question: TraceQuestion,
  ends: Question,
  { plan, services }: Prepared,
): readonly Journey[] | Problem => {
  const { aimed } = ends;
  const all = aimed.targets.flatMap((target) =>
    walkProbe(plan.world, probeOf(question, ends, target), { reply: question.reply }).map((journey): Journey => {
      const probability = journey.forward.probability * target.share;
      return { ...journey, forward: { ...journey.forward, probability } };
    }),
  );
  if (!services) return all;
  const judged = judge(plan.world, all, aimed.service);
  return question.backend === undefined || !aimed.service
    ? judged
    : pin(plan.cluster, services.table, aimed.service, judged, question.backend, question.namespace);
};

// What the input holds and this version does not look at must not go unsaid where it could change the answer.
const policyWarning = (cluster: Cluster, plugin: string): WarningDoc[] => {
  const count = cluster.others.filter(({ kind }) => kind === 'NetworkPolicy').length;
  const text = `the input has ${count} NetworkPolic${count === 1 ? 'y' : 'ies'}: ${plugin} enforces none, and what another engine would do is not modelled`;
  return count === 0 ? [] : [{ code: 'POLICIES_NOT_ENFORCED', text }];
};

const causesFor = async ({ plan, services }: Prepared, { from, to, aimed }: Question): Promise<readonly Cause[]> => {
  if (!aimed.service || !services) return [];
  const { causesOf } = await import('./causes.ts');
  return causesOf(plan.cluster, services, aimed.service, from, to);
};

/** What a walk there and back shows to happen, or not. */
const WALKED: ReadonlySet<string> = new Set(['SERVICE_LOCAL_FROM_POD', 'SERVICE_BRIDGE_NF', 'SERVICE_FORWARD_DROP']);

/** Follows a packet: load, plan, walk, explain. */
export const trace = async (question: TraceQuestion, inputs: PrepareInputs): Promise<Traced> => {
  const prepared = await prepare(inputs);
  if (!prepared.ok) return prepared;
  const { plan, plugin, services, sources, assumptions, warnings } = prepared;
  const refuse = (problems: readonly Problem[]): Refused => {
    const unsupported = problems.every(({ code }) => code.startsWith('UNSUPPORTED_'));
    return { ok: false, why: unsupported ? 'unsupported' : 'input', problems, sources };
  };
  const ends = await findEnds(question, prepared);
  if ('name' in ends) return { ok: true, doc: unresolved(question, ends, prepared) };
  if (!('to' in ends)) return refuse(ends);
  const { from, to, family, aimed, looked } = ends;
  if (question.backend !== undefined && !aimed.service)
    return refuse([
      { severity: 'error', code: 'USAGE', message: `--backend needs a Service as TO, not ${to.doc.text}` },
    ]);
  const journeys = walkAll(question, ends, prepared);
  if ('code' in journeys) return refuse([journeys]);
  const [first] = aimed.targets;
  const causes = await causesFor(prepared, ends);
  // Where all is well, what might be wrong is a word of caution, not the answer.
  const works = resultOf(journeys) === 'reachable';
  const cautions = works
    ? causes
        .filter(({ code }) => !question.reply || !WALKED.has(code))
        .map(({ certain: _, ...cause }): Problem => ({ severity: 'warning', message: cause.text, ...cause }))
    : [];
  const said = [...warnings, ...aimed.warnings, ...(looked?.warnings ?? []), ...cautions];
  const doc = explain({
    version: __VERSION__,
    cluster: clusterDoc(prepared),
    from: endDoc(from, formatIp(ipOf(from, family))),
    to: endDoc(to, first ? formatIp(first.ip) : ''),
    packet: {
      protocol: aimed.protocol === 'icmp' && family === 6 ? 'icmpv6' : aimed.protocol,
      ...(first?.port !== undefined && { port: first.port }),
      size: question.size ?? ECHO_SIZE[family],
      dontFragment: question.dontFragment,
      ttl: question.ttl ?? 64,
    },
    reply: question.reply,
    namespace: question.namespace,
    world: plan.world,
    journeys,
    ...(aimed.service &&
      services && {
        service: serviceDoc(
          plan.cluster,
          services.table,
          aimed.service,
          journeys,
          question.namespace,
          question.backend !== undefined,
        ),
      }),
    ...(!works && { causes: causes.map(causeDoc) }),
    ...(looked && { dns: looked.dns }),
    assumptions: [
      ...relevant(assumptions, aimed.service),
      ...besides(prepared, aimed, journeys),
      ...(looked?.assumptions ?? []),
    ],
    warnings: [...policyWarning(plan.cluster, plugin.name), ...said.map(warningOf)],
  });
  return { ok: true, doc };
};
