import { type Aimed, aimAt } from './aim.ts';
import { judge, pin, serviceDoc } from './answer.ts';
import { type Journey, OUTSIDE, type Probe, walkProbe } from './dataplane/index.ts';
import { type Asked, commonFamily, type End, type Found, findEnd, ipOf } from './ends.ts';
import type { EndDoc, TraceDoc, WarningDoc } from './explain/document.ts';
import { explain } from './explain/index.ts';
import { reasonDoc } from './explain/reasons.ts';
import type { Cluster } from './model/cluster.ts';
import type { Assumption, Problem } from './model/place.ts';
import type { Looked } from './names.ts';
import { type Family, familyOf, formatIp } from './net/ip.ts';
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
  /** Show how the client's resolver finds the Service. */
  readonly dns?: boolean;
  /** The endpoint of a Service that the lot is to fall on. */
  readonly backend?: string;
};

export type Traced = { readonly ok: true; readonly doc: TraceDoc } | Refused;

type Question = {
  readonly from: End;
  readonly to: End;
  readonly family: Family;
  readonly aimed: Aimed;
  readonly looked?: Looked;
};
/** A name that stands for nothing: an answer, and no packet. */
type Unresolved = { readonly from: End; readonly name: string; readonly looked: Looked };

const familyProblem = (from: End, to: End, family: Family | undefined): Problem => {
  const what = family === undefined ? 'IP version in common' : `IPv${family} address on both ends`;
  return {
    severity: 'error',
    code: 'NO_COMMON_FAMILY',
    message: `${from.doc.text} and ${to.doc.text} have no ${what}`,
    hint: [from, to].map(({ doc, ips }) => `${doc.text} has ${ips.map(formatIp).join(', ') || 'none'}`).join('; '),
  };
};

// What a client must look up: a name that was typed, an alias, or with --dns a Service by its name as seen from the client.
const nameOf = (found: Found, { dns, namespace }: TraceQuestion): string | undefined => {
  if ('name' in found) return found.name;
  const aim = 'end' in found ? found.end.aim : undefined;
  if (!aim || !('end' in found) || found.end.doc.kind !== 'service') return undefined;
  const { service, via } = aim;
  const name = service.namespace === namespace ? service.name : `${service.name}.${service.namespace}`;
  return dns || via === 'externalName' ? name : undefined;
};

const lookedUp = async (
  question: TraceQuestion,
  asked: Asked,
  prepared: Prepared,
  found: Found,
): Promise<Looked | undefined> => {
  const name = nameOf(found, question);
  if (name === undefined) return undefined;
  const { lookUp } = await import('./names.ts');
  const { createServiceTable } = await import('./services/table.ts');
  const table = prepared.services?.table ?? createServiceTable(prepared.plan.cluster);
  const port = 'name' in found ? found.port : 'end' in found ? found.end.port : undefined;
  return lookUp(asked, table, name, port, question.family);
};

const findEnds = async (
  question: TraceQuestion,
  prepared: Prepared,
): Promise<Question | Unresolved | readonly Problem[]> => {
  const { plan, services } = prepared;
  const bare: Asked = { plan, namespace: question.namespace, ...(services && { table: services.table }) };
  const from = findEnd(bare, question.from, 'from');
  const asked: Asked = { ...bare, ...('end' in from && { client: from.end }) };
  const to = findEnd(asked, question.to, 'to');
  if (!('end' in from) || 'problem' in to)
    return [from, to].flatMap((found) => ('problem' in found ? [found.problem] : []));
  const looked = await lookedUp(question, asked, prepared, to);
  const aim = 'end' in to ? to.end.aim : undefined;
  const alias = aim?.via === 'externalName' ? { aim } : {};
  const meant = 'end' in to && aim?.via !== 'externalName' ? to.end : looked?.end;
  if (!meant) return looked ? { from: from.end, name: question.to, looked } : [];
  const end: End = 'end' in to ? { ...meant, doc: to.end.doc, ...alias } : meant;
  const family = commonFamily(from.end, end, question.family);
  if (family === undefined) return [familyProblem(from.end, end, question.family)];
  const aimed = aimAt(services?.table, end, family, question);
  return 'targets' in aimed ? { from: from.end, to: end, family, aimed, ...(looked && { looked }) } : [aimed];
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

const clusterDoc = ({ plan, plugin, services }: Prepared): TraceDoc['cluster'] => ({
  plugin: plugin.name,
  mode: plan.mode,
  proxy: services?.config?.mode ?? 'none',
  sources: plan.cluster.sources.slice(),
});

// No packet is sent before a name has an address.
const unresolved = (question: TraceQuestion, { from, name, looked }: Unresolved, prepared: Prepared): TraceDoc => {
  const family = question.family ?? 4;
  const protocol = question.protocol ?? (question.port === undefined ? 'icmp' : 'tcp');
  const { hint } = looked.dns.result;
  const reason = reasonDoc({ code: 'NAME_NOT_RESOLVED', detail: name });
  return {
    schema: 'k8snet/trace/v1',
    tool: { name: 'k8snet', version: __VERSION__ },
    cluster: clusterDoc(prepared),
    question: {
      from: endDoc(from, formatIp(from.ips.find((ip) => familyOf(ip) === family) ?? from.ips[0] ?? 0)),
      to: { text: name, kind: 'name', ip: '' },
      packet: {
        protocol,
        ...(typeof question.port === 'number' && { port: question.port }),
        size: question.size ?? ECHO_SIZE[family],
        dontFragment: question.dontFragment,
        ttl: question.ttl ?? 64,
      },
      options: { reply: question.reply },
    },
    dns: looked.dns,
    result: 'unreachable',
    summary: {
      path: [],
      nat: [],
      encapsulation: [],
      reason: { ...reason, ...(hint !== undefined && { hint }), trace: '', direction: 'forward', host: from.doc.text },
    },
    traces: [],
    assumptions: [...prepared.assumptions, ...looked.assumptions],
    warnings: prepared.warnings.map(warningOf),
    unsupported: [],
  };
};

const OF_SERVICES: ReadonlySet<string> = new Set(['ASSUMED_CLUSTER_IP', 'ASSUMED_NODE_PORT']);

// What was assumed of Services is of no concern to a packet that has nothing to do with them.
const relevant = (all: readonly Assumption[], { service }: Aimed): readonly Assumption[] =>
  service ? all : all.filter(({ code }) => !OF_SERVICES.has(code));

const besides = ({ services }: Prepared, { service }: Aimed, journeys: readonly Journey[]): readonly Assumption[] => {
  const changed = journeys.some(({ forward }) =>
    forward.steps.some(
      (step) => step.kind === 'translate' && step.because.some(({ origin }) => origin?.plugin === 'kube-proxy'),
    ),
  );
  return service || changed ? (services?.assumptions ?? []) : [];
};

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
  const said = [...warnings, ...aimed.warnings, ...(looked?.warnings ?? [])];
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
    ...(looked && { dns: looked.dns }),
    assumptions: [
      ...relevant(assumptions, aimed),
      ...besides(prepared, aimed, journeys),
      ...(looked?.assumptions ?? []),
    ],
    warnings: [...policyWarning(plan.cluster, plugin.name), ...said.map(warningOf)],
  });
  return { ok: true, doc };
};
