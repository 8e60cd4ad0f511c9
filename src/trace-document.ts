import type { Aimed } from './aim.ts';
import type { Journey } from './dataplane/index.ts';
import type { End } from './end.ts';
import type { EndDoc, TraceDoc, WarningDoc } from './explain/document.ts';
import { reasonDoc } from './explain/reasons.ts';
import type { Assumption, Problem } from './model/place.ts';
import { type Family, familyOf, formatIp } from './net/ip.ts';
import type { Prepared } from './prepare.ts';
import type { TraceQuestion, Unresolved } from './question.ts';
import { endpointAssumptions } from './services/endpoints/assumed.ts';

/** What `ping` sends: 56 bytes of data, an ICMP header, and the IP header of the family. */
export const ECHO_SIZE: Readonly<Record<Family, number>> = { 4: 84, 6: 104 };

/** A problem that does not keep from answering. */
export const warningOf = ({ code, message, place, hint }: Problem): WarningDoc => ({
  code,
  text: `${place ? `${place.file}:${place.line}: ` : ''}${message}${hint === undefined ? '' : ` (${hint})`}`,
});

export const endDoc = (end: End, ip: string): EndDoc => ({ ...end.doc, ip });

export const clusterDoc = ({ plan, plugin, services }: Prepared): TraceDoc['cluster'] => ({
  plugin: plugin.name,
  mode: plan.mode,
  proxy: services?.config?.mode ?? 'none',
  sources: plan.cluster.sources.slice(),
});

const OF_SERVICES: ReadonlySet<string> = new Set(['ASSUMED_CLUSTER_IP', 'ASSUMED_NODE_PORT']);

// What was assumed of Services is of no concern to a packet that has nothing to do with them.
export const relevant = (all: readonly Assumption[], service: Aimed['service']): readonly Assumption[] =>
  service ? all : all.filter(({ code }) => !OF_SERVICES.has(code));

export const besides = (
  { plan, services }: Prepared,
  { service }: Aimed,
  journeys: readonly Journey[],
): readonly Assumption[] => {
  const changed = journeys.some(({ forward }) =>
    forward.steps.some(
      (step) => step.kind === 'translate' && step.because.some(({ origin }) => origin?.plugin === 'kube-proxy'),
    ),
  );
  const endpoints = service && services ? endpointAssumptions(plan.cluster, services.table, service.service) : [];
  return service || changed ? [...(services?.assumptions ?? []), ...endpoints] : [];
};

// No packet is sent before a name has an address.
export const unresolved = (
  question: TraceQuestion,
  { from, name, port, looked }: Unresolved,
  prepared: Prepared,
): TraceDoc => {
  const family = question.family ?? 4;
  const protocol = question.protocol ?? (port === undefined ? 'icmp' : 'tcp');
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
        ...(typeof port === 'number' && { port }),
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
    assumptions: [...relevant(prepared.assumptions, undefined), ...looked.assumptions],
    warnings: prepared.warnings.map(warningOf),
    unsupported: [],
  };
};
