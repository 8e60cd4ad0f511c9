import type { Cluster, Subnets } from '../model/cluster.ts';
import type { Assumption } from '../model/place.ts';
import { compareIp, type Family, familyOf, type Ip, widthOf } from '../net/ip.ts';
import { nearRanges } from '../net/near.ts';
import {
  contains,
  covers,
  familyOfPrefix,
  formatPrefix,
  lastOf,
  type Prefix,
  parsePrefix,
  prefixOf,
} from '../net/prefix.ts';
import { flagValue } from './component.ts';
import { type Evidence, findComponent, labelOf } from './infer-evidence.ts';
import { isK3s } from './infer-flannel.ts';
import { listOf, mappingOf, textOf } from './read.ts';

type Ranged = { readonly ranges: readonly Prefix[]; readonly evidence: string };

/**
 * Fills in the ranges that the input does not state. `network` is what the plugin's own settings say of the pods.
 * @param shared pods have addresses of the nodes' range
 */
export const inferRanges = (
  cluster: Cluster,
  evidence: Evidence,
  network: Ranged | undefined,
  shared = false,
): { readonly subnets: Subnets; readonly assumptions: readonly Assumption[] } => {
  const found = {
    nodes: cluster.subnets.nodes.length > 0 ? undefined : nodesRange(cluster, shared),
    pods: cluster.subnets.pods.length > 0 || shared ? undefined : (network ?? podsRange(cluster, evidence)),
    services: cluster.subnets.services.length > 0 ? undefined : servicesRange(cluster, evidence),
  };
  const keys = ['nodes', 'pods', 'services'] as const;
  return {
    subnets: {
      nodes: found.nodes?.ranges ?? cluster.subnets.nodes,
      pods: found.pods?.ranges ?? cluster.subnets.pods,
      services: found.services?.ranges ?? cluster.subnets.services,
    },
    assumptions: keys.flatMap((key) => {
      const range = found[key];
      if (!range || range.ranges.length === 0) return [];
      return [
        {
          code: `INFERRED_SUBNETS_${key.toUpperCase()}`,
          text: `subnets.${key} is ${range.ranges.map(formatPrefix).join(', ')}`,
          change: `subnets.${key}`,
          evidence: range.evidence,
        },
      ];
    }),
  };
};

const nodesRange = ({ nodes, pods }: Cluster, shared: boolean): Ranged | undefined => {
  const ranges = nearRanges([...nodes, ...(shared ? pods : [])].flatMap(({ ips }) => ips));
  const whose = shared ? 'node and pod' : 'node';
  return ranges.length > 0
    ? { ranges, evidence: `the smallest usual range that holds all ${whose} addresses` }
    : undefined;
};

/** k3s gives pods this range unless told otherwise (k3s-io/k3s:pkg/cli/cmds/server.go, --cluster-cidr). */
const K3S_PODS = parsePrefix('10.42.0.0/16');

const podsRange = (cluster: Cluster, evidence: Evidence): Ranged | undefined => {
  const stated = clusterCidr(evidence);
  if (stated) return stated;
  const cidrs = cluster.nodes.flatMap((node) => node.podCIDRs);
  if (K3S_PODS && cidrs.length > 0 && cluster.nodes.some(isK3s) && cidrs.every((cidr) => covers(K3S_PODS, cidr))) {
    return { ranges: [K3S_PODS], evidence: "k3s's default --cluster-cidr, which holds all podCIDRs" };
  }
  const ranges = coverPerFamily(cidrs, { 4: 16, 6: 56 });
  return ranges.length > 0 ? { ranges, evidence: 'the smallest usual range that holds all podCIDRs' } : undefined;
};

/** What the control plane was told: --cluster-cidr, or kubeadm's podSubnet. */
const clusterCidr = (evidence: Evidence): Ranged | undefined =>
  fromFlag(evidence, /^kube-controller-manager/, '--cluster-cidr') ??
  fromFlag(evidence, /^kube-proxy/, '--cluster-cidr') ??
  fromKubeadm(evidence, 'podSubnet');

const servicesRange = (cluster: Cluster, evidence: Evidence): Ranged | undefined => {
  const stated =
    fromServiceCidrs(cluster) ??
    fromFlag(evidence, /^kube-apiserver/, '--service-cluster-ip-range') ??
    fromFlag(evidence, /^kube-controller-manager/, '--service-cluster-ip-range') ??
    fromKubeadm(evidence, 'serviceSubnet');
  if (stated) return stated;
  const ips = cluster.services.flatMap(({ clusterIPs }) => clusterIPs);
  const ranges = coverPerFamily(
    ips.map((ip) => prefixOf(ip, widthOf(familyOf(ip)))),
    { 4: 16, 6: 112 },
  );
  return ranges.length > 0 ? { ranges, evidence: 'the smallest usual range that holds all ClusterIPs' } : undefined;
};

/** ServiceCIDRs of networking.k8s.io: that named kubernetes, which the API server makes of its flags, and those added later. */
const fromServiceCidrs = ({ others }: Cluster): Ranged | undefined => {
  const objects = others.filter(({ kind }) => kind === 'ServiceCIDR');
  const first = objects.find(({ name }) => name === 'kubernetes') ?? objects[0];
  const ranges = [first, ...objects.filter((one) => one !== first)].flatMap((object) =>
    listOf(mappingOf(object?.value['spec'])['cidrs']).flatMap((text) => parsePrefix(textOf(text) ?? '') ?? []),
  );
  return first && ranges.length > 0
    ? { ranges, evidence: `ServiceCIDR ${first.name} in ${first.place.file}` }
    : undefined;
};

const fromFlag = (evidence: Evidence, name: RegExp, flag: string): Ranged | undefined => {
  const component = findComponent(evidence, name);
  const ranges = component && rangesIn(flagValue(component, flag));
  return component && ranges && ranges.length > 0
    ? { ranges, evidence: `${flag} of ${labelOf(component)}` }
    : undefined;
};

const fromKubeadm = (evidence: Evidence, key: string): Ranged | undefined => {
  const config = evidence.configMap('kubeadm-config');
  const text = textOf(config?.data['ClusterConfiguration']) ?? '';
  const ranges = rangesIn(new RegExp(`^\\s+${key}: *["']?([^"'\\s]+)`, 'm').exec(text)?.[1]);
  return config && ranges.length > 0 ? { ranges, evidence: `${key} of ${config.label}` } : undefined;
};

const rangesIn = (text: string | undefined): readonly Prefix[] =>
  (text ?? '').split(',').flatMap((part) => parsePrefix(part.trim()) ?? []);

/** Per family the smallest range that holds all, and no longer than is usual for such a range. */
const coverPerFamily = (prefixes: readonly Prefix[], usual: Readonly<Record<Family, number>>): readonly Prefix[] =>
  ([4, 6] as const).flatMap((family) => {
    const own = prefixes.filter((prefix) => familyOfPrefix(prefix) === family);
    const [first] = own;
    if (!first) return [];
    let low = first.addr;
    let high: Ip = lastOf(first);
    for (const prefix of own) {
      if (compareIp(prefix.addr, low) < 0) low = prefix.addr;
      if (compareIp(lastOf(prefix), high) > 0) high = lastOf(prefix);
    }
    let range = prefixOf(low, Math.min(usual[family], first.len));
    while (!contains(range, high)) range = prefixOf(low, range.len - 1);
    return [range];
  });
