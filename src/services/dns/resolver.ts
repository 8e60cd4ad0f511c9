import type { DnsConfig, Pod } from '../../model/cluster.ts';

/** Stands for the nameservers of a node's own resolv.conf, which no input shows. */
export const NODE_NAMESERVER = "the node's";
/** Stands for the address of the cluster DNS where neither a Service nor the range of Services is known. */
export const CLUSTER_NAMESERVER = 'the cluster DNS';

/** The three lines of a resolv.conf. */
export type ResolvConf = {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:5`, `debug`. */
  readonly options: readonly string[];
};

/** What a kubelet makes the resolv.conf of its pods from. */
export type KubeletDns = {
  /** Empty: none is set. */
  readonly clusterDomain: string;
  readonly clusterDNS: readonly string[];
  /** The node's own resolv.conf. */
  readonly host: ResolvConf;
};

export type DnsSubject = Pick<Pod, 'namespace' | 'hostNetwork'> & {
  readonly dnsPolicy?: string;
  readonly dnsConfig?: DnsConfig;
};

// kubernetes pkg/apis/core/validation/validation.go: MaxDNSNameservers, MaxDNSSearchPaths, MaxDNSSearchListChars.
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;
/** Longer ones make glibc 2.28 abort, so that kubelet leaves them out. */
const MAX_SEARCH_LENGTH = 253;
/** glibc resolv/resolv.h RES_MAXNDOTS. */
const MAX_NDOTS = 15;

/**
 * Where a pod's resolv.conf comes from; undefined for a policy that does not exist
 * (kubernetes pkg/kubelet/network/dns/dns.go getPodDNSType).
 * On the host network, ClusterFirst means the node's own.
 */
export const dnsTypeOf = (
  policy: string | undefined,
  hostNetwork: boolean,
): 'cluster' | 'host' | 'none' | undefined => {
  switch (policy ?? 'ClusterFirst') {
    case 'None':
      return 'none';
    case 'ClusterFirstWithHostNet':
      return 'cluster';
    case 'ClusterFirst':
      return hostNetwork ? 'host' : 'cluster';
    case 'Default':
      return 'host';
    default:
      return undefined;
  }
};

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

const clusterConf = ({ clusterDomain, clusterDNS, host }: KubeletDns, namespace: string): ResolvConf => {
  const own = clusterDomain === '' ? [] : [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { nameservers: clusterDNS, searches: unique([...own, ...host.searches]), options: ['ndots:5'] };
};

const baseOf = (kubelet: KubeletDns, { namespace, hostNetwork, dnsPolicy }: DnsSubject): ResolvConf => {
  // kubelet takes an unknown policy for ClusterFirst, and that for Default where it has no address of the cluster DNS.
  const type = dnsTypeOf(dnsPolicy, hostNetwork) ?? 'cluster';
  if (type === 'none') return { nameservers: [], searches: [], options: [] };
  return type === 'host' || kubelet.clusterDNS.length === 0 ? kubelet.host : clusterConf(kubelet, namespace);
};

// An option of the pod replaces one of the same name.
const mergeOptions = (options: readonly string[], own: DnsConfig['options']): readonly string[] => {
  const pairs = options.map((option): readonly [string, string] => {
    const colon = option.indexOf(':');
    return colon < 0 ? [option, ''] : [option.slice(0, colon), option.slice(colon + 1)];
  });
  const merged = new Map([...pairs, ...own.map(({ name, value = '' }) => [name, value] as const)]);
  return [...merged].map(([name, value]) => (value === '' ? name : `${name}:${value}`));
};

const merge = (conf: ResolvConf, own: DnsConfig): ResolvConf => ({
  nameservers: unique([...conf.nameservers, ...own.nameservers]),
  searches: unique([...conf.searches, ...own.searches]),
  options: mergeOptions(conf.options, own.options),
});

const fitSearches = (searches: readonly string[]): readonly string[] => {
  const fitting = searches.slice(0, MAX_SEARCHES).filter((search) => search.length <= MAX_SEARCH_LENGTH);
  let length = -1;
  const over = fitting.findIndex((search) => {
    length += search.length + 1;
    return length > MAX_SEARCH_CHARACTERS;
  });
  return over < 0 ? fitting : fitting.slice(0, over);
};

/** The resolv.conf that kubelet gives a pod (kubernetes pkg/kubelet/network/dns/dns.go GetPodDNS). */
export const resolvConfOf = (kubelet: KubeletDns, pod: DnsSubject): ResolvConf => {
  const base = baseOf(kubelet, pod);
  const { nameservers, searches, options } = pod.dnsConfig ? merge(base, pod.dnsConfig) : base;
  return { nameservers: nameservers.slice(0, MAX_NAMESERVERS), searches: fitSearches(searches), options };
};

/** From how many dots on a name is first tried as it stands; 1 where the options do not say. */
export const ndotsOf = ({ options }: ResolvConf): number => {
  const text = options.findLast((option) => option.startsWith('ndots:'))?.slice('ndots:'.length);
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), MAX_NDOTS) : 1;
};
