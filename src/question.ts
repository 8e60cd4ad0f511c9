import { type Aimed, aimAt } from './aim.ts';
import type { Asked, End, Found } from './end.ts';
import { commonFamily, findEnd } from './ends.ts';
import type { Problem } from './model/place.ts';
import type { Looked } from './names.ts';
import { type Family, formatIp } from './net/ip.ts';
import type { Prepared } from './prepare.ts';
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

/** Both ends of a question, and what is sent to the second. */
export type Question = {
  readonly from: End;
  readonly to: End;
  readonly family: Family;
  readonly aimed: Aimed;
  readonly looked?: Looked;
};
/** A name that stands for nothing: an answer, and no packet. */
export type Unresolved = {
  readonly from: End;
  readonly name: string;
  readonly port?: TypedPort;
  readonly looked: Looked;
};

const familyProblem = (from: End, to: End, family: Family | undefined): Problem => {
  const what = family === undefined ? 'IP version in common' : `IPv${family} address on both ends`;
  return {
    severity: 'error',
    code: 'NO_COMMON_FAMILY',
    message: `${from.doc.text} and ${to.doc.text} have no ${what}`,
    hint: [from, to].map(({ doc, ips }) => `${doc.text} has ${ips.map(formatIp).join(', ') || 'none'}`).join('; '),
  };
};

// Its address can be told from the range of Services, but not where the API servers are.
const noApiServer: Problem = {
  severity: 'error',
  code: 'UNSUPPORTED_API_SERVER',
  message: 'the input does not hold the Service default/kubernetes, so where the API server listens is not known',
  hint: 'add it: kubectl get services,endpointslices -A -o yaml; in the short form: {name: kubernetes, ports: [{name: https, port: 443}], endpoints: [192.168.1.10:6443]}',
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

/** Finds both ends; a name is looked up as the first of them would. */
export const findEnds = async (
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
  if (looked?.assumptions.some(({ code }) => code === 'ASSUMED_API_SERVICE') && !looked.end?.aim) return [noApiServer];
  const aim = 'end' in to ? to.end.aim : undefined;
  // An alias of a Service of the cluster is that Service; of another name, it is where the cluster's part ends.
  const alias = aim?.via === 'externalName' && !looked?.end?.aim ? { aim } : {};
  const meant = 'end' in to && aim?.via !== 'externalName' ? to.end : looked?.end;
  if (!meant) {
    const port = question.port ?? ('name' in to ? to.port : to.end.port);
    return looked ? { from: from.end, name: question.to, looked, ...(port !== undefined && { port }) } : [];
  }
  const end: End = 'end' in to ? { ...meant, doc: to.end.doc, ...alias } : meant;
  const family = commonFamily(from.end, end, question.family);
  if (family === undefined) return [familyProblem(from.end, end, question.family)];
  const aimed = aimAt(services?.table, end, family, question);
  return 'targets' in aimed ? { from: from.end, to: end, family, aimed, ...(looked && { looked }) } : [aimed];
};
