import { type Aimed, aimAt } from './aim.ts';
import { judge, pin, serviceDoc } from './answer.ts';
import { type Journey, OUTSIDE, type Probe, walkProbe } from './dataplane/index.ts';
import { commonFamily, type End, findEnd, ipOf } from './ends.ts';
import type { EndDoc, TraceDoc, WarningDoc } from './explain/document.ts';
import { explain } from './explain/index.ts';
import type { Cluster } from './model/cluster.ts';
import type { Problem } from './model/place.ts';
import { type Family, formatIp } from './net/ip.ts';
import { type Prepared, type PrepareInputs, prepare, type Refused } from './prepare.ts';
import type { TypedPort } from './services/dns/ends.ts';

export type TraceQuestion = {
  readonly from: string;
  readonly to: string;
  readonly namespace: string;
  readonly protocol?: 'tcp' | 'udp' | 'sctp' | 'icmp';
  /** A number, or the name that a Service gives a port. */
  readonly port?: TypedPort;
  /** Bytes of the IP packet. */
  readonly size?: number;
  readonly dontFragment: boolean;
  readonly ttl?: number;
  readonly reply: boolean;
  readonly family?: Family;
  /** The endpoint of a Service that the lot is to fall on. */
  readonly backend?: string;
};

export type Traced = { readonly ok: true; readonly doc: TraceDoc } | Refused;

type Question = { readonly from: End; readonly to: End; readonly family: Family; readonly aimed: Aimed };

const familyProblem = (from: End, to: End, family: Family | undefined): Problem => {
  const what = family === undefined ? 'IP version in common' : `IPv${family} address on both ends`;
  return {
    severity: 'error',
    code: 'NO_COMMON_FAMILY',
    message: `${from.doc.text} and ${to.doc.text} have no ${what}`,
    hint: [from, to].map(({ doc, ips }) => `${doc.text} has ${ips.map(formatIp).join(', ') || 'none'}`).join('; '),
  };
};

const askedOf = (question: TraceQuestion, { plan, services }: Prepared, table = services?.table) => ({
  plan,
  namespace: question.namespace,
  ...(table && { table }),
});

const findEnds = (question: TraceQuestion, prepared: Prepared): Question | readonly Problem[] => {
  const asked = askedOf(question, prepared);
  const from = findEnd(asked, question.from, 'from');
  const to = findEnd({ ...asked, ...('end' in from && { client: from.end }) }, question.to, 'to');
  if (!('end' in from) || !('end' in to))
    return [from, to].flatMap((found) => ('problem' in found ? [found.problem] : []));
  const family = commonFamily(from.end, to.end, question.family);
  if (family === undefined) return [familyProblem(from.end, to.end, question.family)];
  const aimed = aimAt(prepared.services?.table, to.end, family, question);
  return 'targets' in aimed ? { from: from.end, to: to.end, family, aimed } : [aimed];
};

/** What `ping` sends: 56 bytes of data, an ICMP header, and the IP header of the family. */
const ECHO_SIZE: Readonly<Record<Family, number>> = { 4: 84, 6: 104 };

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
  if (!aimed.service || !services) return all;
  const judged = judge(all, aimed.service);
  return question.backend === undefined
    ? judged
    : pin(plan.cluster, services.table, aimed.service, judged, question.backend, question.namespace);
};

const warningOf = ({ code, message, place, hint }: Problem): WarningDoc => ({
  code,
  text: `${place ? `${place.file}:${place.line}: ` : ''}${message}${hint === undefined ? '' : ` (${hint})`}`,
});

// What the input holds and this version does not look at must not go unsaid where it could change the answer.
const policyWarning = (cluster: Cluster, plugin: string): WarningDoc[] => {
  const count = cluster.others.filter(({ kind }) => kind === 'NetworkPolicy').length;
  const text = `the input has ${count} NetworkPolic${count === 1 ? 'y' : 'ies'}: ${plugin} enforces none, and what another engine would do is not modelled`;
  return count === 0 ? [] : [{ code: 'POLICIES_NOT_ENFORCED', text }];
};

const endDoc = (end: End, ip: string): EndDoc => ({ ...end.doc, ip });

/** Follows a packet: load, plan, walk, explain. */
export const trace = async (question: TraceQuestion, inputs: PrepareInputs): Promise<Traced> => {
  const prepared = await prepare(inputs);
  if (!prepared.ok) return prepared;
  const { plan, plugin, services, sources, assumptions, warnings } = prepared;
  const refuse = (problems: readonly Problem[]): Refused => {
    const unsupported = problems.every(({ code }) => code.startsWith('UNSUPPORTED_'));
    return { ok: false, why: unsupported ? 'unsupported' : 'input', problems, sources };
  };
  const ends = findEnds(question, prepared);
  if (!('from' in ends)) return refuse(ends);
  const { from, to, family, aimed } = ends;
  if (question.backend !== undefined && !aimed.service)
    return refuse([
      { severity: 'error', code: 'USAGE', message: `--backend needs a Service as TO, not ${to.doc.text}` },
    ]);
  const journeys = walkAll(question, ends, prepared);
  if ('code' in journeys) return refuse([journeys]);
  const [first] = aimed.targets;
  const doc = explain({
    version: __VERSION__,
    cluster: {
      plugin: plugin.name,
      mode: plan.mode,
      proxy: services?.config?.mode ?? 'none',
      sources: plan.cluster.sources.slice(),
    },
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
        service: serviceDoc(plan.cluster, services.table, aimed.service, journeys, question.namespace),
      }),
    assumptions,
    warnings: [...policyWarning(plan.cluster, plugin.name), ...[...warnings, ...aimed.warnings].map(warningOf)],
  });
  return { ok: true, doc };
};
