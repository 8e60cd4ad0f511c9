import type { Assumption } from '../../model/place.ts';
import { familyOf, formatIp, parseIp } from '../../net/ip.ts';
import { hostsAddresses } from './hosts.ts';
import type { NameQuestion, Resolution } from './resolution.ts';
import { NODE_NAMESERVER, ndotsOf, resolvConfOf } from './resolver.ts';
import { negative, positive } from './result.ts';
import { createNameService, type NameService } from './setup.ts';
import { type Asked, walkNames } from './walk.ts';

const sourceOf = ({ pod }: NameQuestion['client']): string => {
  if (!pod) return "the node's resolv.conf";
  const { dnsPolicy = 'ClusterFirst', hostNetwork, dnsConfig } = pod;
  const host = hostNetwork && dnsPolicy === 'ClusterFirst' ? " on the host network: the node's resolv.conf" : '';
  return `dnsPolicy ${dnsPolicy}${host}${dnsConfig ? ', with dnsConfig' : ''}`;
};

const NODE_ASSUMPTION: Assumption = {
  code: 'ASSUMED_NODE_RESOLVER',
  text: "the node's own resolv.conf has no search domains and ndots 1, and its nameservers do not know the cluster's names",
};

const uniqueByCode = (all: readonly Assumption[]): readonly Assumption[] => [
  ...new Map(all.map((one) => [one.code, one])).values(),
];

/** Only what the answer rests on: the node's search domains where the cluster's did not find the name. */
const assumptionsOf = (
  names: NameService,
  nameservers: readonly string[],
  asked: readonly Asked[],
): readonly Assumption[] => {
  const [first] = nameservers;
  const ofCluster = first !== undefined && names.isCluster(first);
  const ofNode = nameservers.includes(NODE_NAMESERVER) || asked.some(({ step }) => step.rcode === 'FORWARDED');
  return uniqueByCode([
    ...(ofCluster ? names.assumptions : []),
    ...asked.flatMap(({ answer }) => answer.assumption ?? []),
    ...(ofNode ? [NODE_ASSUMPTION] : []),
  ]);
};

const fromHosts = (names: NameService, { client, name, family }: NameQuestion): Resolution['steps'] | undefined => {
  const ips = hostsAddresses(client.pod, names.kubelet.clusterDomain, name).filter(
    (ip) => family === undefined || familyOf(ip) === family,
  );
  if (ips.length === 0) return undefined;
  return ips.map((ip) => ({
    name,
    type: familyOf(ip) === 4 ? 'A' : 'AAAA',
    nameserver: '/etc/hosts',
    rcode: 'NOERROR',
    answers: [formatIp(ip)],
  }));
};

/**
 * Resolves a name as a program in a pod or on a node does: /etc/hosts, then the search domains of its resolv.conf against its first
 * nameserver. An address resolves to itself.
 */
export const resolveName = (q: NameQuestion): Resolution => {
  const names = createNameService(q.cluster, q.table);
  const { pod } = q.client;
  const conf = pod ? resolvConfOf(names.kubelet, pod) : names.kubelet.host;
  const { nameservers, searches } = conf;
  const resolver = { nameservers, search: searches, ndots: ndotsOf(conf), source: sourceOf(q.client) };
  const base = { name: q.name, resolver, assumptions: [] };
  const ip = parseIp(q.name);
  if (ip !== undefined) return { ...base, steps: [], result: { kind: 'address', ip } };
  const own = fromHosts(names, q);
  const [line] = own ?? [];
  const ownIp = parseIp(line?.answers[0] ?? '');
  if (own && ownIp !== undefined) return { ...base, steps: own, result: { kind: 'address', ip: ownIp } };

  const asked = walkNames(names, conf, q);
  const found = asked.filter(({ step }) => step.rcode === 'NOERROR');
  const about = found.find(({ answer }) => answer.about)?.answer.about;
  const assumptions = assumptionsOf(names, nameservers, asked);
  return {
    ...base,
    assumptions,
    steps: asked.map(({ step }) => step),
    result: about ? positive(about, found, q.family) : negative(names, conf, q, asked),
  };
};
