import { OUTSIDE, type Probe, walkProbe } from './dataplane/index.ts';
import { commonFamily, type End, findEnd, ipOf } from './ends.ts';
import type { EndDoc, TraceDoc, WarningDoc } from './explain/document.ts';
import { explain } from './explain/index.ts';
import type { Cluster } from './model/cluster.ts';
import type { Problem } from './model/place.ts';
import { type Family, formatIp } from './net/ip.ts';
import { type Prepared, type PrepareInputs, prepare, type Refused } from './prepare.ts';

export type TraceQuestion = {
  readonly from: string;
  readonly to: string;
  readonly namespace: string;
  readonly protocol?: 'tcp' | 'udp' | 'sctp' | 'icmp';
  readonly port?: number;
  /** Bytes of the IP packet. */
  readonly size?: number;
  readonly dontFragment: boolean;
  readonly ttl?: number;
  readonly reply: boolean;
  readonly family?: Family;
};

export type Traced = { readonly ok: true; readonly doc: TraceDoc } | Refused;

type Question = { readonly from: End; readonly to: End; readonly family: Family };

const familyProblem = (from: End, to: End, family: Family | undefined): Problem => {
  const what = family === undefined ? 'IP version in common' : `IPv${family} address on both ends`;
  return {
    severity: 'error',
    code: 'NO_COMMON_FAMILY',
    message: `${from.doc.text} and ${to.doc.text} have no ${what}`,
    hint: [from, to].map(({ doc, ips }) => `${doc.text} has ${ips.map(formatIp).join(', ')}`).join('; '),
  };
};

const findEnds = (question: TraceQuestion, { plan }: Prepared): Question | readonly Problem[] => {
  const asked = { plan, namespace: question.namespace };
  const from = findEnd(asked, question.from, 'from');
  const to = findEnd(asked, question.to, 'to');
  if (!('end' in from) || !('end' in to))
    return [from, to].flatMap((found) => ('problem' in found ? [found.problem] : []));
  const family = commonFamily(from.end, to.end, question.family);
  return family === undefined
    ? [familyProblem(from.end, to.end, question.family)]
    : { from: from.end, to: to.end, family };
};

/** What `ping` sends: 56 bytes of data, an ICMP header, and the IP header of the family. */
const ECHO_SIZE: Readonly<Record<Family, number>> = { 4: 84, 6: 104 };

const probeOf = (question: TraceQuestion, { from, to, family }: Question): Probe => {
  const asked = question.protocol ?? (question.port === undefined ? 'icmp' : 'tcp');
  return {
    netns: from.netns,
    // The kernel chooses the source of its own packets; a host outside has the one address that was named.
    ...(from.netns === OUTSIDE && { src: ipOf(from, family) }),
    dst: ipOf(to, family),
    protocol: asked === 'icmp' && family === 6 ? 'icmpv6' : asked,
    ...(question.port !== undefined && { port: question.port }),
    length: question.size ?? ECHO_SIZE[family],
    df: question.dontFragment,
    ...(question.ttl !== undefined && { ttl: question.ttl }),
  };
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

const endDoc = (end: End, family: Family): EndDoc => ({ ...end.doc, ip: formatIp(ipOf(end, family)) });

/** Follows a packet: load, plan, walk, explain. */
export const trace = async (question: TraceQuestion, inputs: PrepareInputs): Promise<Traced> => {
  const prepared = await prepare(inputs);
  if (!prepared.ok) return prepared;
  const { plan, plugin, sources, assumptions, warnings } = prepared;
  const ends = findEnds(question, prepared);
  if (!('from' in ends)) {
    const unsupported = ends.every(({ code }) => code.startsWith('UNSUPPORTED_'));
    return { ok: false, why: unsupported ? 'unsupported' : 'input', problems: ends, sources };
  }
  const { from, to, family } = ends;
  const probe = probeOf(question, ends);
  const doc = explain({
    version: __VERSION__,
    cluster: { plugin: plugin.name, mode: plan.mode, proxy: 'none', sources: plan.cluster.sources.slice() },
    from: endDoc(from, family),
    to: endDoc(to, family),
    packet: {
      protocol: probe.protocol,
      ...(probe.port !== undefined && { port: probe.port }),
      size: probe.length,
      dontFragment: probe.df,
      ttl: probe.ttl ?? 64,
    },
    reply: question.reply,
    namespace: question.namespace,
    world: plan.world,
    journeys: walkProbe(plan.world, probe, { reply: question.reply }),
    assumptions,
    warnings: [...policyWarning(plan.cluster, plugin.name), ...warnings.map(warningOf)],
  });
  return { ok: true, doc };
};
