import type { Cluster } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
import type { ProxyMode, ProxySettings } from '../model/service.ts';
import { covers, familyOfPrefix, formatPrefix, type Prefix } from '../net/prefix.ts';
import type { ProxyConfig } from './types.ts';

export type ResolvedProxy = {
  /** Undefined: no kube-proxy runs, or there is nothing for it to serve. */
  readonly config: ProxyConfig | undefined;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

const NONE: ResolvedProxy = { config: undefined, assumptions: [], problems: [] };

/** `mode: ""` on Linux (kubernetes cmd/kube-proxy/app/server_linux.go platformApplyDefaults). */
const DEFAULT_MODE: ProxyMode = 'iptables';
/** kubernetes pkg/proxy/apis/config/v1alpha1/defaults.go. */
const DEFAULT_MASQUERADE_BIT = 14;
/** Of ipvs mode, where `ipvs.scheduler` is empty (kubernetes pkg/proxy/ipvs/proxier.go). */
const DEFAULT_SCHEDULER = 'rr';

const list = (ranges: readonly Prefix[]): string => ranges.map(formatPrefix).join(', ');

const assumedMode = (): Assumption => ({
  code: 'ASSUMED_PROXY_MODE',
  text: `kube-proxy runs in ${DEFAULT_MODE} mode, its default on Linux`,
  change: 'proxy, or --proxy',
});

const assumedClusterCidr = (pods: readonly Prefix[]): Assumption => ({
  code: 'ASSUMED_CLUSTER_CIDR',
  text:
    pods.length > 0
      ? `kube-proxy's clusterCIDR is ${list(pods)}, the range of the pods, as kubeadm sets it`
      : 'kube-proxy has no clusterCIDR, for no range of pods is known: it takes no traffic for that of pods',
  change: 'proxy.clusterCIDR',
});

/** Pods outside of clusterCIDR are masqueraded on their way to a ClusterIP, and a Service with externalTrafficPolicy Local takes them for outsiders. */
const uncovered = (cluster: Cluster, clusterCIDRs: readonly Prefix[], settings: ProxySettings): readonly Problem[] =>
  cluster.subnets.pods
    .filter((pods) => {
      // kube-proxy takes the first range of each family.
      const first = clusterCIDRs.find((range) => familyOfPrefix(range) === familyOfPrefix(pods));
      return first !== undefined && !covers(first, pods);
    })
    .map((pods) => ({
      severity: 'warning' as const,
      code: 'PROXY_CLUSTER_CIDR',
      message: `kube-proxy's clusterCIDR ${list(clusterCIDRs)} does not hold the range of the pods ${formatPrefix(pods)}`,
      ...(settings.place && { place: settings.place }),
      hint: 'pods outside of it count as outsiders: their traffic to a ClusterIP is masqueraded',
    }));

/** kube-proxy in nftables mode reads "no ranges" as `primary`; in the others it is every local address. */
const nodePortAddressesOf = (mode: ProxyMode, stated: ProxySettings['nodePortAddresses']): Prefix[] | 'primary' =>
  stated === 'primary' || (mode === 'nftables' && !stated?.length) ? 'primary' : [...(stated ?? [])];

/**
 * kube-proxy's configuration with its defaults filled in. There is none where the mode is `none`, or where the cluster has no Services and
 * nothing is said of kube-proxy. `clusterCIDR` that is not stated is taken to be the range of the pods, and said so; stated and empty, it is empty.
 * @param override the mode that goes before the input's, as of `--proxy`
 */
export const resolveProxy = (cluster: Cluster, override?: ProxyMode | 'none'): ResolvedProxy => {
  const settings: ProxySettings = cluster.proxy ?? { stated: false };
  if (override === undefined && cluster.services.length === 0 && !settings.stated) return NONE;
  const mode = override ?? settings.mode ?? DEFAULT_MODE;
  if (mode === 'none') return NONE;

  const detectLocal = settings.detectLocal ?? { mode: 'ClusterCIDR' };
  const byCidr = detectLocal.mode === 'ClusterCIDR';
  const clusterCIDRs = settings.clusterCIDR ?? (byCidr ? cluster.subnets.pods : []);
  return {
    config: {
      mode,
      detectLocal,
      clusterCIDRs,
      masqueradeAll: settings.masqueradeAll ?? false,
      masqueradeMark: 2 ** (settings.masqueradeBit ?? DEFAULT_MASQUERADE_BIT),
      localhostNodePorts: settings.localhostNodePorts ?? true,
      nodePortAddresses: nodePortAddressesOf(mode, settings.nodePortAddresses),
      scheduler: settings.scheduler || DEFAULT_SCHEDULER,
      strictARP: settings.strictARP ?? false,
      serviceCIDRs: cluster.subnets.services,
    },
    assumptions: [
      ...(override === undefined && cluster.proxy === undefined ? [assumedMode()] : []),
      ...(byCidr && settings.clusterCIDR === undefined ? [assumedClusterCidr(cluster.subnets.pods)] : []),
    ],
    problems: byCidr ? uncovered(cluster, clusterCIDRs, settings) : [],
  };
};
