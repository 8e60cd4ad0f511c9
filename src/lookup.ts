import type { DnsDoc } from './explain/document.ts';
import { formatIp, type Ip } from './net/ip.ts';
import type { Resolution, ResolutionResult, ResolutionStep } from './services/dns/resolution.ts';

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
  answers: answers.slice(),
  ...(because !== undefined && { note: because }),
  ...(place && { place: { file: place.file, line: place.line } }),
});

const texts = (ips: readonly Ip[]): string[] => ips.map(formatIp);

const resultDoc = (result: ResolutionResult): DnsDoc['result'] => {
  const { kind } = result;
  switch (kind) {
    case 'service': {
      const { service, ips, port } = result;
      const { namespace, name } = service;
      return { kind, ips: texts(ips), service: { namespace, name }, ...(port !== undefined && { port }) };
    }
    case 'endpoints': {
      const { namespace, name } = result.service;
      const backends = result.backends.map(({ ip, port, pod }) => ({
        ip: formatIp(ip),
        ...(port !== undefined && { port }),
        ...(pod && { pod: `${pod.namespace}/${pod.name}` }),
      }));
      return { kind, ips: texts(result.backends.map(({ ip }) => ip)), service: { namespace, name }, backends };
    }
    case 'external':
      return { kind, ips: [], name: result.name, ...(result.hint !== undefined && { hint: result.hint }) };
    case 'pod':
    case 'address':
      return { kind, ips: texts([result.ip]) };
    case 'nothing':
      return { kind, ips: [], hint: result.hint };
  }
};

/** How a name was resolved, as the trace document shows it. */
export const lookupDoc = ({ name, resolver, steps, result }: Resolution): DnsDoc => ({
  name,
  resolver: {
    nameservers: resolver.nameservers.slice(),
    search: resolver.search.slice(),
    ndots: resolver.ndots,
    source: resolver.source,
  },
  queries: steps.map(queryDoc),
  result: resultDoc(result),
});
