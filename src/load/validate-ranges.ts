import type { Cluster, Node, Pod } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { type Family, familyOf, formatIp } from '../net/ip.ts';
import {
  comparePrefix,
  covers,
  familyOfPrefix,
  formatPrefix,
  hostPrefix,
  overlaps,
  type Prefix,
} from '../net/prefix.ts';
import { type Judge, lineOf } from './validate-judge.ts';

/** Plugins whose pods take addresses from the range of their node. Others have an IPAM of their own and ignore spec.podCIDR. */
const USES_POD_CIDR = new Set(['flannel', 'kubenet', 'kindnet', 'bridge']);

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

/** Addresses and ranges that lie outside the range they belong to, or are of a family that it does not have. */
export const misplacedAddresses = (cluster: Cluster, judge: Judge): readonly Problem[] => {
  const { subnets, plugin } = cluster;
  const byNode = USES_POD_CIDR.has(plugin.name) || plugin.name === '';
  // Of two nodes with one name the first counts: the second has its own problem.
  const nodes = new Map(cluster.nodes.toReversed().map((node) => [node.name, node]));
  const nodeRange: Home = { name: 'subnets.nodes', ranges: subnets.nodes };
  const podRange: Home = { name: 'subnets.pods', ranges: subnets.pods };
  return [
    ...cluster.nodes.flatMap((node) => [
      ...node.ips.flatMap((ip) => misplaced(judge, node, 'ip', hostPrefix(ip), nodeRange)),
      ...(byNode ? node.podCIDRs : []).flatMap((cidr) => misplaced(judge, node, 'podCIDR', cidr, podRange)),
    ]),
    ...cluster.pods.flatMap((pod) => {
      if (pod.hostNetwork) return [];
      const node = byNode ? nodes.get(pod.node ?? '') : undefined;
      const own = node && { name: `the podCIDR of node "${node.name}"`, ranges: node.podCIDRs };
      return pod.ips.flatMap((ip) =>
        misplaced(judge, pod, 'ip', hostPrefix(ip), own && hasFamily(own, familyOf(ip)) ? own : podRange),
      );
    }),
  ];
};

/** The ranges that something must lie in, and what people call them. */
type Home = { readonly name: string; readonly ranges: readonly Prefix[] };

const hasFamily = ({ ranges }: Home, family: Family): boolean =>
  ranges.some((range) => familyOfPrefix(range) === family);

const misplaced = (
  judge: Judge,
  thing: Node | Pod,
  key: 'ip' | 'podCIDR',
  value: Prefix,
  home: Home,
): readonly Problem[] => {
  if (home.ranges.length === 0 || home.ranges.some((range) => covers(range, value))) return [];
  const family = familyOfPrefix(value);
  const text = key === 'ip' ? formatIp(value.addr) : formatPrefix(value);
  if (!hasFamily(home, family)) {
    const message = `${text} of "${thing.name}" is IPv${family}, and ${home.name} has no IPv${family} range`;
    return [judge.problem(thing, key, 'FAMILY_WITHOUT_RANGE', message, 'dual stack is a list of two ranges')];
  }
  const ranges = home.ranges.filter((range) => familyOfPrefix(range) === family).map(formatPrefix);
  const message = `${text} of "${thing.name}" lies outside ${ranges.join(', ')}, ${home.name}`;
  return [judge.problem(thing, key, 'ADDRESS_OUT_OF_RANGE', message)];
};
