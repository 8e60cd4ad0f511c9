import { OUTSIDE } from './dataplane/index.ts';
import { type Asked, ELSEWHERE, type End } from './end.ts';
import { endOfAddress } from './ends.ts';
import type { DnsDoc } from './explain/document.ts';
import type { Assumption, Problem } from './model/place.ts';
import { formatIp, type Ip } from './net/ip.ts';
import { serviceEnd, serviceLabel } from './service-ends.ts';
import type { TypedPort } from './services/dns/ends.ts';
import type { Resolution, ResolutionStep } from './services/dns/resolution.ts';
import { resolveName } from './services/dns/resolve.ts';
import type { ServiceTable } from './services/types.ts';

/** A name that was looked up as the client would, and what it stands for; no end where it stands for nothing. */
export type Looked = {
  readonly dns: DnsDoc;
  readonly end?: End;
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly Problem[];
};

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

const queryDoc = ({
  name,
  type,
  nameserver,
  rcode,
  answers,
  because,
  place,
}: ResolutionStep): DnsDoc['queries'][number] => ({
  name,
  type,
  nameserver,
  rcode,
  answers: [...answers],
  ...(because !== undefined && { note: because }),
  ...(place && { place: { file: place.file, line: place.line } }),
});

const resultDoc = (result: Resolution['result'], namespace: string): DnsDoc['result'] => {
  switch (result.kind) {
    case 'service': {
      const { name, namespace: where } = result.service;
      const port = result.port !== undefined && { port: result.port };
      return { kind: 'service', ips: result.ips.map(formatIp), service: { namespace: where, name }, ...port };
    }
    case 'endpoints': {
      const { name, namespace: where } = result.service;
      const backends = result.backends.map(({ ip, port, pod }) => ({
        ip: formatIp(ip),
        ...(port !== undefined && { port }),
        ...(pod && { pod: pod.namespace === namespace ? pod.name : `${pod.namespace}/${pod.name}` }),
      }));
      return {
        kind: 'endpoints',
        ips: unique(backends.map(({ ip }) => ip)),
        service: { namespace: where, name },
        backends,
      };
    }
    case 'external':
      return { kind: 'external', ips: [], name: result.name, ...(result.hint !== undefined && { hint: result.hint }) };
    case 'pod':
    case 'address':
      return { kind: result.kind, ips: [formatIp(result.ip)] };
    case 'nothing':
      return { kind: 'nothing', ips: [], hint: result.hint };
  }
};

export const dnsDoc = (resolution: Resolution, namespace: string): DnsDoc => ({
  name: resolution.name,
  resolver: {
    nameservers: [...resolution.resolver.nameservers],
    search: [...resolution.resolver.search],
    ndots: resolution.resolver.ndots,
    source: resolution.resolver.source,
  },
  queries: resolution.steps.map(queryDoc),
  result: resultDoc(resolution.result, namespace),
});

const endOf = (asked: Asked, table: ServiceTable, text: string, { result }: Resolution): End | undefined => {
  switch (result.kind) {
    case 'service': {
      const found = serviceEnd(table, result.service, asked.namespace);
      return 'end' in found ? { ...found.end, ...(result.port !== undefined && { port: result.port }) } : undefined;
    }
    case 'endpoints': {
      const { service, backends } = result;
      const { name, namespace } = service;
      const doc = { text: serviceLabel(service, asked.namespace), kind: 'service', namespace, name } as const;
      const ips: readonly Ip[] = unique(backends.map(({ ip }) => ip));
      return { doc, ips, netns: OUTSIDE, aim: { service, via: 'headless' } };
    }
    case 'external':
      return { doc: { text, kind: 'name' }, ips: ELSEWHERE, netns: OUTSIDE };
    case 'pod':
    case 'address': {
      const found = endOfAddress(asked, result.ip, 'to');
      return 'end' in found ? found.end : undefined;
    }
    case 'nothing':
      return undefined;
  }
};

const outside = (name: string, hint: string | undefined): Problem => ({
  severity: 'warning',
  code: 'NAME_OUTSIDE',
  message: `${name} is a name of the world outside: what it resolves to is not known, ${ELSEWHERE.map(formatIp).join(' or ')} stands for it`,
  ...(hint !== undefined && { hint }),
});

/** Looks a name up as the client's own resolver does. */
export const lookUp = (
  asked: Asked,
  table: ServiceTable,
  name: string,
  port: TypedPort | undefined,
  family: 4 | 6 | undefined,
): Looked => {
  const resolution = resolveName({
    cluster: asked.plan.cluster,
    table,
    client: asked.client?.who ?? {},
    name,
    ...(family !== undefined && { family }),
  });
  const { result } = resolution;
  const text = port === undefined ? name : `${name}:${port}`;
  const end = endOf(asked, table, text, resolution);
  return {
    dns: dnsDoc(resolution, asked.namespace),
    ...(end && { end: { ...end, doc: { ...end.doc, text }, ...(port !== undefined && { port }) } }),
    assumptions: resolution.assumptions,
    warnings: result.kind === 'external' ? [outside(result.name, result.hint)] : [],
  };
};
