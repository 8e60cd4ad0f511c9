import { OUTSIDE } from './dataplane/index.ts';
import type { EndDoc } from './explain/document.ts';
import type { Cluster, Node, Pod } from './model/cluster.ts';
import type { Problem } from './model/place.ts';
import { nearest } from './model/suggest.ts';
import { type Family, familyOf, formatIp, type Ip, parseIp } from './net/ip.ts';
import { contains } from './net/prefix.ts';
import type { Plan } from './plugins/plugin.ts';
import { type Aim, outsideServiceEnd, serviceAt, serviceEnd, unknownService } from './service-ends.ts';
import { parseEnd, type TypedPort } from './services/dns/ends.ts';
import type { ServiceTable } from './services/types.ts';

/** One end of a trace: what it is, its addresses, and the namespace that its packets start from. */
export type End = {
  readonly doc: Omit<EndDoc, 'ip'>;
  readonly ips: readonly Ip[];
  readonly netns: string;
  /** The port that was named with it: its number, or the name that a Service gives it. */
  readonly port?: TypedPort;
  /** Who sends, for what depends on that: the resolver's settings. */
  readonly who?: { readonly pod?: Pod; readonly node?: Node };
  /** The Service that it stands for. */
  readonly aim?: Aim;
};
/** `name`: nothing that the cluster file names, but something that a resolver may know. */
export type Found =
  | { readonly end: End }
  | { readonly problem: Problem }
  | { readonly name: string; readonly port?: TypedPort };

type Side = 'from' | 'to';

/** RFC 5737 and RFC 3849: addresses that nobody has, for any host of the internet. */
export const ELSEWHERE: readonly Ip[] = ['203.0.113.10', '2001:db8:113::10'].map((text) => parseIp(text) as Ip);

export type Asked = {
  readonly plan: Plan;
  readonly namespace: string;
  /** The Services of the cluster, where it has any. */
  readonly table?: ServiceTable;
  /** Who asks, where that is known: what a name means depends on it. */
  readonly client?: End;
};

const fail = (code: string, message: string, hint?: string): Found => ({
  problem: { severity: 'error', code, message, ...(hint !== undefined && { hint }) },
});

const didYouMean = (name: string, choices: readonly string[]): string | undefined => {
  const guess = nearest(name, choices);
  if (guess !== undefined) return `did you mean ${guess}?`;
  if (choices.length === 0) return undefined;
  const shown = choices.slice(0, 5).join(', ');
  return `there ${choices.length === 1 ? 'is' : 'are'} ${shown}${choices.length > 5 ? `, and ${choices.length - 5} more` : ''}`;
};

const labelOf = (pod: Pod, namespace: string): string =>
  pod.namespace === namespace ? pod.name : `${pod.namespace}/${pod.name}`;

const podEnd = ({ plan, namespace }: Asked, pod: Pod): Found => {
  const label = labelOf(pod, namespace);
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed')
    return fail('POD_NOT_RUNNING', `pod ${label} is not running: its phase is ${pod.phase}`);
  if (pod.node === undefined)
    return fail('POD_NOT_PLACED', `pod ${label} is on no node`, 'give it a node: in the cluster file');
  if (pod.ips.length === 0) {
    const state = pod.phase === 'Running' ? '' : `: its phase is ${pod.phase}`;
    return fail('POD_WITHOUT_ADDRESS', `pod ${label} has no address${state}`);
  }
  const place = plan.netnsOfPod(pod.namespace, pod.name);
  if (!place) return fail('POD_NOT_PLACED', `pod ${label} is on node ${pod.node}, which the input does not describe`);
  const doc = { text: label, kind: 'pod', namespace: pod.namespace, name: label, node: pod.node } as const;
  return { end: { doc, ips: pod.ips, netns: place.id, who: { pod } } };
};

const nodeEnd = (node: Node): Found =>
  node.ips.length === 0
    ? fail('NODE_WITHOUT_ADDRESS', `node ${node.name} has no address`, 'give it an ip: in the cluster file')
    : {
        end: {
          doc: { text: node.name, kind: 'node', name: node.name },
          ips: node.ips,
          netns: node.name,
          who: { node },
        },
      };

const findPod = (cluster: Cluster, namespace: string, name: string): Pod | undefined =>
  cluster.pods.find((pod) => pod.namespace === namespace && pod.name === name);

const unknownPod = ({ plan, namespace }: Asked, name: string, where: string): Found => {
  const { pods } = plan.cluster;
  const elsewhere = pods.find((pod) => pod.name === name);
  if (elsewhere)
    return fail(
      'UNKNOWN_POD',
      `there is no pod ${name} in namespace ${where}`,
      `did you mean ${elsewhere.namespace}/${name}?`,
    );
  const labels = pods.filter((pod) => pod.namespace === where).map((pod) => labelOf(pod, namespace));
  const hint = didYouMean(where === namespace ? name : `${where}/${name}`, labels);
  return fail('UNKNOWN_POD', `there is no pod ${name} in namespace ${where}`, hint);
};

const namedPod = (asked: Asked, namespace: string, name: string): Found => {
  const pod = findPod(asked.plan.cluster, namespace, name);
  return pod ? podEnd(asked, pod) : unknownPod(asked, name, namespace);
};

const namedNode = ({ plan }: Asked, name: string): Found => {
  const { nodes } = plan.cluster;
  const node = nodes.find((one) => one.name === name);
  if (node) return nodeEnd(node);
  const names = nodes.map((one) => one.name);
  return fail('UNKNOWN_NODE', `there is no node ${name}`, didYouMean(name, names));
};

// A deployment owns its pods by way of a ReplicaSet, whose name is the deployment's and a hash.
const WORKLOADS: Readonly<Record<string, (owner: NonNullable<Pod['owner']>, name: string) => boolean>> = {
  deploy: (owner, name) =>
    (owner.kind === 'Deployment' && owner.name === name) ||
    (owner.kind === 'ReplicaSet' && owner.name.replace(/-[^-]+$/, '') === name),
  rs: (owner, name) => owner.kind === 'ReplicaSet' && owner.name === name,
  sts: (owner, name) => owner.kind === 'StatefulSet' && owner.name === name,
  ds: (owner, name) => owner.kind === 'DaemonSet' && owner.name === name,
  job: (owner, name) => owner.kind === 'Job' && owner.name === name,
};
const SHORT: Readonly<Record<string, string>> = {
  deployment: 'deploy',
  deployments: 'deploy',
  replicaset: 'rs',
  statefulset: 'sts',
  daemonset: 'ds',
};

const workload = (asked: Asked, kind: string, name: string): Found => {
  const owns = WORKLOADS[kind];
  const pods = asked.plan.cluster.pods.filter(
    (pod) => pod.namespace === asked.namespace && pod.owner && owns?.(pod.owner, name),
  );
  const [first] = pods;
  if (!first) return fail('UNKNOWN_WORKLOAD', `no pod of ${kind}/${name} is in namespace ${asked.namespace}`);
  return podEnd(asked, pods.find((pod) => pod.phase === 'Running' && pod.ips.length > 0) ?? first);
};

/** A Service by its name: from outside the cluster another address of it is meant than from inside. */
const service = (asked: Asked, namespace: string, name: string, side: Side): Found => {
  const { plan, table, client } = asked;
  const found = table?.service(namespace, name);
  if (!table || !found) return { problem: unknownService(plan.cluster.services, namespace, name) };
  if (side === 'from')
    return fail('SERVICE_AS_SOURCE', `Service ${name} sends nothing itself`, 'name a pod, a node or internet as FROM');
  const outside = client?.netns === OUTSIDE;
  return outside
    ? outsideServiceEnd(found, asked.namespace, plan.cluster.nodes[0])
    : serviceEnd(table, found, asked.namespace);
};

/** The end that has an address: a pod, a node, a Service, or someone outside. */
export const endOfAddress = (asked: Asked, ip: Ip, side: Side): Found => {
  const { cluster } = asked.plan;
  const pod = cluster.pods.find((one) => !one.hostNetwork && one.ips.includes(ip));
  if (pod) {
    const found = podEnd(asked, pod);
    return 'end' in found ? { end: { ...found.end, ips: [ip] } } : found;
  }
  const node = cluster.nodes.find((one) => one.ips.includes(ip));
  if (node) {
    const doc = { text: node.name, kind: 'node', name: node.name } as const;
    return { end: { doc, ips: [ip], netns: node.name, who: { node } } };
  }
  const text = formatIp(ip);
  const aim = asked.table && serviceAt(asked.table, ip);
  if (aim && side === 'to') return { end: { doc: { text, kind: 'ip' }, ips: [ip], netns: OUTSIDE, aim } };
  const inside = [...cluster.subnets.pods, ...cluster.subnets.nodes].some((range) => contains(range, ip));
  if (side === 'from' && inside)
    return fail('UNKNOWN_END', `no pod and no node has the address ${text}, so nothing can be sent from it`);
  return { end: { doc: { text, kind: 'ip' }, ips: [ip], netns: OUTSIDE } };
};

const bare = (asked: Asked, text: string, side: Side): Found => {
  const { cluster } = asked.plan;
  const pod = findPod(cluster, asked.namespace, text);
  if (pod) return podEnd(asked, pod);
  const node = cluster.nodes.find((one) => one.name === text);
  if (node) return nodeEnd(node);
  if (asked.table?.service(asked.namespace, text)) return service(asked, asked.namespace, text, side);
  if (side === 'to' && text.includes('.') && parseEnd(text)?.kind === 'name') return { name: text };
  const labels = cluster.pods.map((one) => labelOf(one, asked.namespace));
  const elsewhere = cluster.pods.find((one) => one.name === text);
  const hint = elsewhere
    ? `did you mean ${labelOf(elsewhere, asked.namespace)}?`
    : didYouMean(text, [...labels, ...cluster.nodes.map((one) => one.name), 'internet']);
  return fail('UNKNOWN_END', `${text} is no pod in namespace ${asked.namespace}, no node and no address`, hint);
};

const slashed = (asked: Asked, text: string, side: Side): Found => {
  const typed = parseEnd(text);
  const slash = text.indexOf('/');
  const [kind, name] = [text.slice(0, slash), text.slice(slash + 1)];
  const short = SHORT[kind] ?? kind;
  if (kind === 'pod' || kind === 'pods' || kind === 'po') return namedPod(asked, asked.namespace, name);
  if (kind === 'node' || kind === 'nodes' || kind === 'no') return namedNode(asked, name);
  if (Object.hasOwn(WORKLOADS, short)) return workload(asked, short, name);
  if (typed?.kind !== 'service') return namedPod(asked, kind, name);
  const { namespace = asked.namespace, name: wanted } = typed;
  if (/(^|\/)(svc|services?)\//.test(text)) return service(asked, namespace, wanted, side);
  // shop/web is the pod of that name; where there is none, the Service.
  const isPod = findPod(asked.plan.cluster, kind, name) !== undefined;
  return isPod || !asked.table?.service(kind, name) ? namedPod(asked, kind, name) : service(asked, kind, name, side);
};

/** Finds what a word on the command line means. */
export const findEnd = (asked: Asked, text: string, side: Side): Found => {
  if (text === 'internet') return { end: { doc: { text, kind: 'internet' }, ips: ELSEWHERE, netns: OUTSIDE } };
  const typed = parseEnd(text);
  if (typed?.kind === 'address') return withPort(endOfAddress(asked, typed.ip, side), text, typed.port);
  // Nothing but a port can stand behind a colon.
  if (typed?.port !== undefined)
    return withPort(findEnd(asked, text.slice(0, text.lastIndexOf(':')), side), text, typed.port);
  return text.includes('/') ? slashed(asked, text, side) : bare(asked, text, side);
};

const withPort = (found: Found, text: string, port: TypedPort | undefined): Found => {
  if (port === undefined || 'problem' in found) return found;
  return 'name' in found ? { ...found, port } : { end: { ...found.end, doc: { ...found.end.doc, text }, port } };
};

/** The addresses that two ends talk by: of the family asked for, else IPv4 where both have it. */
export const commonFamily = (from: End, to: End, asked: Family | undefined): Family | undefined => {
  const has = (end: End, family: Family) => end.ips.some((ip) => familyOf(ip) === family);
  const families: readonly Family[] = asked === undefined ? [4, 6] : [asked];
  return families.find((family) => has(from, family) && has(to, family));
};

export const ipOf = (end: End, family: Family): Ip => end.ips.find((ip) => familyOf(ip) === family) as Ip;
