import type { ServiceQuestion } from './aim.ts';
import type { Journey } from './dataplane/index.ts';
import type { Walk } from './dataplane/walk.ts';
import type { BackendDoc, CauseDoc, ServiceDoc } from './explain/document.ts';
import { forwardId } from './explain/items.ts';
import { resultOf } from './explain/result.ts';
import type { Cluster } from './model/cluster.ts';
import type { Problem } from './model/place.ts';
import { formatIp, type Ip, parseIp } from './net/ip.ts';
import type { Cause } from './services/diagnose/index.ts';
import { mergeSlices } from './services/endpoints/backends.ts';
import type { Backend, ServiceTable } from './services/types.ts';

/** Where a walk was sent on to: the last destination that a rule or a virtual server gave it. */
const chosen = (
  { steps, packet }: Walk,
  { via }: ServiceQuestion,
): { readonly ip: Ip; readonly port?: number } | undefined => {
  const last = steps.findLast((step) => step.kind === 'translate' && (step.nat === 'dnat' || step.nat === 'redirect'));
  const seen = last?.packet ?? (via === 'headless' ? packet : undefined);
  return seen && { ip: seen.dst, ...('dport' in seen.l4 && { port: seen.l4.dport }) };
};

/** The endpoints of the port that was asked, used or not. */
const backendsOf = (
  cluster: Cluster,
  table: ServiceTable,
  { service, spec, family, protocol }: ServiceQuestion,
): readonly Backend[] => {
  const [node] = cluster.nodes;
  // kube-proxy passes over the slices of headless Services; their names stand for them all the same.
  if (service.headless) {
    const slices = table.slices(service).map((slice) => ({ ...slice, labels: {} }));
    return spec ? mergeSlices(slices, { spec, family }) : [];
  }
  // A ping is to no port, and those that answer for the first one are as good as any.
  const meant = protocol === 'icmp' ? service.ports[0] : spec;
  const port = table.of(service).find((one) => one.family === family && one.spec === meant);
  return port && node ? table.backends(port, node).every : [];
};

const podLabel = (pod: NonNullable<Backend['pod']>, namespace: string): string =>
  pod.namespace === namespace ? pod.name : `${pod.namespace}/${pod.name}`;

const backendDoc = (
  { nodes }: Cluster,
  backend: Backend,
  question: ServiceQuestion,
  journeys: readonly Journey[],
  namespace: string,
): BackendDoc => {
  const { ip, port, pod, ready, serving, terminating } = backend;
  // Endpoints that were written by hand name no node, though their address may be one's.
  const node = backend.node ?? nodes.find(({ ips }) => ips.includes(ip))?.name;
  const led = journeys.flatMap((journey, i) => {
    const to = chosen(journey.forward, question);
    return to?.ip === ip && (to.port === undefined || to.port === port) ? [{ journey, id: forwardId(i) }] : [];
  });
  return {
    ip: formatIp(ip),
    port,
    ...(pod && { pod: podLabel(pod, namespace) }),
    ...(node !== undefined && { node }),
    ready,
    serving,
    terminating,
    probability: led.reduce((sum, { journey }) => sum + journey.forward.probability, 0),
    traces: led.map(({ id }) => id),
    ...(led.length > 0 && { result: resultOf(led.map(({ journey }) => journey)) }),
  };
};

/** The Service of a question, and what became of each of its endpoints. */
export const serviceDoc = (
  cluster: Cluster,
  table: ServiceTable,
  question: ServiceQuestion,
  journeys: readonly Journey[],
  namespace: string,
  pinned: boolean,
): ServiceDoc => {
  const { service, spec, via, ip, port, protocol } = question;
  const { file, line } = service.place;
  const backends = backendsOf(cluster, table, question).map((backend) =>
    backendDoc(cluster, backend, question, journeys, namespace),
  );
  return {
    namespace: service.namespace,
    name: service.name,
    type: service.headless ? 'headless' : service.type,
    via,
    ...(ip !== undefined && { ip: formatIp(ip) }),
    ...(port !== undefined && { port }),
    ...(spec && spec.name !== '' && { portName: spec.name }),
    protocol,
    ...(!spec && port !== undefined && { noSuchPort: true }),
    file,
    line,
    backends: pinned ? backends.filter(({ traces }) => traces.length > 0) : backends,
  };
};

/** The endpoint that `--backend` names: a pod, `ns/pod`, an address, or `address:port`. */
const wantedOf = (backends: readonly Backend[], text: string, namespace: string): readonly Backend[] => {
  const ip = parseIp(text);
  return backends.filter(
    ({ ip: own, text: full, pod }) =>
      own === ip ||
      full === text ||
      (pod !== undefined && (`${pod.namespace}/${pod.name}` === text || podLabel(pod, namespace) === text)),
  );
};

/** Keeps what goes to one endpoint, as if the lot had fallen on it. */
export const pin = (
  cluster: Cluster,
  table: ServiceTable,
  question: ServiceQuestion,
  journeys: readonly Journey[],
  backend: string,
  namespace: string,
): readonly Journey[] | Problem => {
  const all = backendsOf(cluster, table, question);
  const wanted = wantedOf(all, backend, namespace);
  const list = all.map(({ text, pod }) => (pod ? podLabel(pod, namespace) : text)).slice(0, 8);
  const problem = (code: string, message: string, hint: string): Problem => ({
    severity: 'error',
    code,
    message,
    hint,
  });
  const { name } = question.service;
  if (wanted.length === 0)
    return problem(
      'UNKNOWN_BACKEND',
      `${backend} is no endpoint of Service ${name}`,
      `endpoints: ${list.join(', ') || 'none'}`,
    );
  const kept = journeys.filter(({ forward }) => {
    const to = chosen(forward, question);
    return wanted.some(({ ip, port }) => to?.ip === ip && (to.port === undefined || to.port === port));
  });
  const sum = kept.reduce((total, { forward }) => total + forward.probability, 0);
  if (kept.length === 0)
    return problem(
      'BACKEND_NOT_USED',
      `nothing is sent to ${backend} from here: it is not ready, or the traffic policy or a hint keeps to others`,
      'leave out --backend to see which endpoints are used',
    );
  return kept.map((journey) => ({
    ...journey,
    forward: { ...journey.forward, probability: journey.forward.probability / sum },
  }));
};

/** A cause as the document shows it. */
export const causeDoc = ({ code, text, hint, place, certain }: Cause): CauseDoc => ({
  code,
  text,
  ...(hint !== undefined && { hint }),
  ...(place && { file: place.file, line: place.line }),
  certain,
});
