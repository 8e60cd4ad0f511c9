import { OUTSIDE } from './dataplane/index.ts';
import { type Asked, didYouMean, ELSEWHERE, type End, type Found, fail, type Side } from './end.ts';
import { findHost, hostNames, hostOfAddress, namedHost } from './host-ends.ts';
import { type Family, familyOf, formatIp, type Ip } from './net/ip.ts';
import { contains } from './net/prefix.ts';
import { findPod, labelOf, namedNode, namedPod, nodeEnd, podEnd, SHORT, WORKLOADS, workload } from './pod-ends.ts';
import { outsideServiceEnd, serviceAt, serviceEnd, unknownService } from './service-ends.ts';
import { parseEnd, type TypedPort } from './services/dns/ends.ts';

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
  const host = hostOfAddress(asked, ip);
  if (host) return host;
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
  const host = findHost(asked, text);
  if (host) return host;
  if (side === 'to' && text.includes('.') && parseEnd(text)?.kind === 'name') return { name: text };
  const labels = cluster.pods.map((one) => labelOf(one, asked.namespace));
  const services =
    side === 'to' ? cluster.services.filter((one) => one.namespace === asked.namespace).map((one) => one.name) : [];
  const elsewhere = cluster.pods.find((one) => one.name === text);
  const hint = elsewhere
    ? `did you mean ${labelOf(elsewhere, asked.namespace)}?`
    : didYouMean(text, [
        ...services,
        ...labels,
        ...cluster.nodes.map((one) => one.name),
        ...hostNames(asked),
        'internet',
      ]);
  return fail(
    'UNKNOWN_END',
    `${text} is no pod${side === 'to' ? ' and no Service' : ''} in namespace ${asked.namespace}, no node and no address`,
    hint,
  );
};

const slashed = (asked: Asked, text: string, side: Side): Found => {
  const typed = parseEnd(text);
  const slash = text.indexOf('/');
  const [kind, name] = [text.slice(0, slash), text.slice(slash + 1)];
  const short = SHORT[kind] ?? kind;
  if (kind === 'pod' || kind === 'pods' || kind === 'po') return namedPod(asked, asked.namespace, name);
  if (kind === 'host') return namedHost(asked, name);
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
