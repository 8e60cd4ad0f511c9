import type { End, Via } from './end.ts';
import type { Problem } from './model/place.ts';
import type { Service, ServicePortSpec } from './model/service.ts';
import { type Family, familyOf, type Ip } from './net/ip.ts';
import type { TypedPort } from './services/dns/ends.ts';
import type { ServiceTable } from './services/types.ts';

export type Transport = 'tcp' | 'udp' | 'sctp';
export type Asked = { readonly protocol?: Transport | 'icmp'; readonly port?: TypedPort };

/** The Service that a question is about, and which of its ports. */
export type ServiceQuestion = {
  readonly service: Service;
  readonly spec?: ServicePortSpec;
  readonly via: Via;
  readonly family: Family;
  /** As the client sends it. */
  readonly ip?: Ip;
  readonly port?: number;
  readonly protocol: Transport | 'icmp';
};

/** Where packets are sent: one destination, or the several addresses that a name stands for, each with its share. */
export type Aimed = {
  readonly protocol: Transport | 'icmp';
  readonly targets: readonly { readonly ip: Ip; readonly port?: number; readonly share: number }[];
  readonly service?: ServiceQuestion;
  readonly warnings: readonly Problem[];
};

const lower = (protocol: ServicePortSpec['protocol']): Transport => protocol.toLowerCase() as Transport;

const problem = (code: string, message: string, hint?: string): Problem => ({
  severity: 'error',
  code,
  message,
  ...(hint !== undefined && { hint }),
});

const portWords = ({ name, port, protocol }: ServicePortSpec): string =>
  `${port}${protocol === 'TCP' ? '' : `/${protocol}`}${name === '' ? '' : ` (${name})`}`;

const specOf = ({ ports }: Service, via: Via, { protocol, port }: Asked): ServicePortSpec | undefined => {
  const fits = (spec: ServicePortSpec) => protocol === undefined || lower(spec.protocol) === protocol;
  if (port === undefined) return protocol === 'icmp' ? undefined : ports.find(fits);
  if (typeof port === 'string') return ports.find((spec) => spec.name === port);
  return ports.find((spec) => (via === 'nodePort' ? spec.nodePort : spec.port) === port && fits(spec));
};

const numberFor = (spec: ServicePortSpec | undefined, via: Via, { port }: Asked): number | undefined => {
  if (typeof port === 'number') return port;
  return via === 'nodePort' ? spec?.nodePort : spec?.port;
};

// A headless name stands for pods, so the packet goes to their own port.
const headlessTargets = (
  table: ServiceTable,
  q: ServiceQuestion,
  asked: Asked,
  ips: readonly Ip[],
): Aimed['targets'] => {
  const portOf = (ip: Ip): number | undefined => {
    if (typeof asked.port === 'number' || !q.spec) return q.port;
    const slice = table
      .slices(q.service)
      .find(
        ({ endpoints, ports }) =>
          endpoints.some(({ addresses }) => addresses.includes(ip)) && ports.some(({ name }) => name === q.spec?.name),
      );
    return slice?.ports.find(({ name }) => name === q.spec?.name)?.port ?? q.port;
  };
  return ips.map((ip) => {
    const port = portOf(ip);
    return { ip, share: 1 / ips.length, ...(port !== undefined && { port }) };
  });
};

/** Takes aim at a Service: which port, which protocol, which addresses. */
const aimAtService = (
  table: ServiceTable,
  to: End,
  { service, via }: NonNullable<End['aim']>,
  family: Family,
  asked: Asked,
): Aimed | Problem => {
  const spec = specOf(service, via, asked);
  const { ports, name } = service;
  if (typeof asked.port === 'string' && !spec) {
    const known = ports.flatMap((one) => (one.name === '' ? [] : [one.name]));
    const hint = known.length > 0 ? `it has ${known.join(', ')}` : 'its ports have no names';
    return problem('UNKNOWN_PORT', `Service ${name} has no port named ${asked.port}`, hint);
  }
  const port = asked.protocol === 'icmp' ? undefined : numberFor(spec, via, asked);
  const protocol = asked.protocol ?? (spec ? lower(spec.protocol) : port === undefined ? 'icmp' : 'tcp');
  const several: Problem = {
    severity: 'warning',
    code: 'SEVERAL_PORTS',
    message: `Service ${name} has ports ${ports.map(portWords).join(', ')}: the first one is asked`,
    hint: '--port names another',
  };
  const ips = to.ips.filter((ip) => familyOf(ip) === family);
  const [ip] = ips;
  const question: ServiceQuestion = {
    service,
    ...(spec && { spec }),
    via,
    family,
    ...(ip !== undefined && via !== 'headless' && { ip }),
    ...(port !== undefined && { port }),
    protocol,
  };
  const one = ip === undefined ? [] : [{ ip, share: 1, ...(port !== undefined && { port }) }];
  return {
    protocol,
    targets: via === 'headless' ? headlessTargets(table, question, asked, ips) : one,
    service: question,
    warnings: asked.port === undefined && asked.protocol !== 'icmp' && ports.length > 1 ? [several] : [],
  };
};

/** What a packet is sent to, by the end that was named and the flags beside it. */
export const aimAt = (table: ServiceTable | undefined, to: End, family: Family, flags: Asked): Aimed | Problem => {
  const port = flags.port ?? to.port;
  const asked: Asked = { ...flags, ...(port !== undefined && { port }) };
  if (to.port !== undefined && flags.port !== undefined && to.port !== flags.port)
    return problem('USAGE', `${to.doc.text} names port ${to.port}, and --port says ${flags.port}`);
  if (flags.protocol === 'icmp' && port !== undefined)
    return problem('USAGE', 'icmp has no ports: leave out the port, or ask for --protocol tcp');
  const ip = to.ips.find((one) => familyOf(one) === family);
  if (table && to.aim) return aimAtService(table, to, to.aim, family, asked);
  if (typeof port === 'string')
    return problem(
      'UNKNOWN_PORT',
      `${to.doc.text} has no port named ${port}`,
      'only Services name their ports: give a number',
    );
  const protocol = flags.protocol ?? (port === undefined ? 'icmp' : 'tcp');
  if (protocol !== 'icmp' && port === undefined) return problem('USAGE', `--protocol ${protocol} needs a --port`);
  // A node's own address with a node port is that Service.
  const service =
    to.doc.kind === 'node' && port !== undefined
      ? table?.onNodePort(port).find((one) => one.family === family && one.protocol === protocol)?.service
      : undefined;
  if (table && service) return aimAtService(table, to, { service, via: 'nodePort' }, family, asked);
  const target = ip === undefined ? [] : [{ ip, share: 1, ...(port !== undefined && { port }) }];
  return { protocol, targets: target, warnings: [] };
};
