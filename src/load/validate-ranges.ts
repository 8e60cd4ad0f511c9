import type { Cluster, Node, Pod } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { familyOf, formatIp, type Ip } from '../net/ip.ts';
import { comparePrefix, contains, covers, familyOfPrefix, formatPrefix, overlaps, type Prefix } from '../net/prefix.ts';
import { type Judge, lineOf } from './validate-judge.ts';

/** Plugins whose pods take addresses from the range of their node. Others have an IPAM of their own and ignore spec.podCIDR. */
const USES_POD_CIDR = new Set(['flannel', 'kubenet', 'kindnet', 'bridge']);

const list = (prefixes: readonly Prefix[]): string => prefixes.map(formatPrefix).join(', ');
const sameFamily = (prefixes: readonly Prefix[], ip: Ip): readonly Prefix[] =>
  prefixes.filter((prefix) => familyOfPrefix(prefix) === familyOf(ip));

/** Node ranges that share addresses: two nodes would give out the same ones. Sorted, so that each is compared with its neighbour. */
export const overlappingRanges = ({ nodes }: Cluster, judge: Judge): readonly Problem[] => {
  const ranges = nodes
    .flatMap((node, order) => node.podCIDRs.map((prefix) => ({ node, prefix, order })))
    .sort((a, b) => comparePrefix(a.prefix, b.prefix) || a.order - b.order);
  const problems: Problem[] = [];
  let widest: (typeof ranges)[number] | undefined;
  for (const range of ranges) {
    if (!widest || !overlaps(widest.prefix, range.prefix)) {
      widest = range;
      continue;
    }
    if (widest.node.name === range.node.name) continue;
    const [first, second] = widest.order < range.order ? [widest, range] : [range, widest];
    const relation = first.prefix.len === second.prefix.len ? 'is also' : 'overlaps';
    problems.push(
      judge.problem(
        second.node,
        'podCIDR',
        'OVERLAPPING_RANGES',
        `podCIDR ${formatPrefix(second.prefix)} of node "${second.node.name}" ${relation} ${relation === 'overlaps' ? `${formatPrefix(first.prefix)} of` : 'the range of'} node "${first.node.name}"`,
        `node "${first.node.name}" is in ${lineOf(judge.placeOf(first.node, 'podCIDR'))}`,
      ),
    );
  }
  return problems;
};

/** Addresses and ranges that lie outside the range they belong to. */
export const misplacedAddresses = (cluster: Cluster, judge: Judge): readonly Problem[] => {
  const { subnets, plugin } = cluster;
  const byNode = USES_POD_CIDR.has(plugin.name) || plugin.name === '';
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  return [
    ...cluster.nodes.flatMap((node) => [
      ...node.ips.flatMap((ip) =>
        misplaced(judge, node, 'ip', formatIp(ip), `subnets.nodes`, sameFamily(subnets.nodes, ip), (range) =>
          contains(range, ip),
        ),
      ),
      ...(byNode ? node.podCIDRs : []).flatMap((cidr) =>
        misplaced(
          judge,
          node,
          'podCIDR',
          formatPrefix(cidr),
          `subnets.pods`,
          sameFamily(subnets.pods, cidr.addr),
          (range) => covers(range, cidr),
        ),
      ),
    ]),
    ...cluster.pods.flatMap((pod) =>
      misplacedPod(pod, pod.node === undefined ? undefined : nodes.get(pod.node), byNode, cluster, judge),
    ),
  ];
};

const misplacedPod = (
  pod: Pod,
  node: Node | undefined,
  byNode: boolean,
  { subnets }: Cluster,
  judge: Judge,
): readonly Problem[] => {
  if (pod.hostNetwork) return [];
  return pod.ips.flatMap((ip) => {
    const own = byNode && node ? sameFamily(node.podCIDRs, ip) : [];
    const [name, ranges] =
      own.length > 0 ? [`podCIDR of node "${node?.name}"`, own] : ['subnets.pods', sameFamily(subnets.pods, ip)];
    return misplaced(judge, pod, 'ip', formatIp(ip), name, ranges, (range) => contains(range, ip));
  });
};

const misplaced = (
  judge: Judge,
  thing: Node | Pod,
  key: string,
  value: string,
  owner: string,
  ranges: readonly Prefix[],
  fits: (range: Prefix) => boolean,
): readonly Problem[] => {
  if (ranges.length === 0 || ranges.some(fits)) return [];
  return [
    judge.problem(
      thing,
      key,
      'ADDRESS_OUT_OF_RANGE',
      `${value} of "${thing.name}" lies outside ${list(ranges)}, the ${owner}`.replace('the subnets.', 'subnets.'),
    ),
  ];
};
