import { type Cluster, type Pod, podKey } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { formatIp } from '../../net/ip.ts';
import { contains, overlaps } from '../../net/prefix.ts';
import { type AzureConfig, inNodeSubnet } from './config.ts';

const outside = (cluster: Cluster, config: AzureConfig): readonly Problem[] => {
  const subnet = inNodeSubnet(config);
  const ranges = subnet ? cluster.subnets.nodes : cluster.subnets.pods;
  if (ranges.length === 0) return [];
  const stray = ({ hostNetwork, ips }: Pod) =>
    !hostNetwork && ips.some((ip) => !ranges.some((range) => contains(range, ip)));
  const found = cluster.pods.filter(stray);
  const [first] = found;
  if (!first) return [];
  const more = found.length > 1 ? `, and ${found.length - 1} more` : '';
  return [
    {
      severity: 'warning',
      code: 'AZURE_POD_OUTSIDE',
      message: `pod ${podKey(first)} ${first.ips.map(formatIp).join(', ')} is not in the range of pods of mode ${config.mode}${more}`,
      place: first.place,
      hint: subnet
        ? "pods have addresses of the nodes' subnet there; for a range of their own: plugin.mode: overlay"
        : 'compare subnets.pods with the addresses of the pods',
    },
  ];
};

const overlapping = ({ subnets, nodes }: Cluster, { mode }: AzureConfig): readonly Problem[] => {
  const [first] = nodes;
  const clash = subnets.pods.some((pods) => subnets.nodes.some((own) => overlaps(pods, own)));
  if (mode !== 'overlay' || !clash) return [];
  return [
    {
      severity: 'warning',
      code: 'AZURE_OVERLAP',
      message: "subnets.pods overlaps the nodes' subnet",
      ...(first && { place: first.place }),
      hint: 'AKS refuses a pod CIDR that overlaps a subnet of the virtual network',
    },
  ];
};

const unsupported = ({ ebpfHostRouting, dataplane }: AzureConfig, { plugin }: Cluster): readonly Problem[] =>
  ebpfHostRouting && dataplane === 'cilium'
    ? [
        {
          severity: 'error',
          code: 'AZURE_EBPF_UNSUPPORTED',
          message: "eBPF host routing passes the host's stack by, and the programs that do it are not modelled",
          ...(plugin.place && { place: plugin.place }),
          hint: 'without ebpfHostRouting, the standard build is followed: flows end the same way there',
        },
      ]
    : [];

/** What of a cluster cannot be, or cannot be followed. */
export const judge = (cluster: Cluster, config: AzureConfig): readonly Problem[] => [
  ...unsupported(config, cluster),
  ...outside(cluster, config),
  ...overlapping(cluster, config),
];
