import type { Cluster } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { didYouMean } from '../model/suggest.ts';
import { count, listWords } from '../model/words.ts';
import type { Gathered } from './gathered.ts';
import type { Judge } from './validate-judge.ts';

/** Pods on nodes that the input does not have. */
export const unknownNodes = ({ nodes, pods }: Cluster, judge: Judge): readonly Problem[] => {
  const names = new Set(nodes.map((node) => node.name));
  return pods.flatMap((pod) => {
    if (pod.node === undefined || names.has(pod.node)) return [];
    const hint =
      didYouMean(pod.node, names) ??
      (names.size > 0 && names.size <= 8 ? `nodes: ${[...names].join(', ')}` : undefined);
    return [
      judge.problem(
        pod,
        'node',
        'UNKNOWN_NODE',
        `pod "${pod.name}" is on node "${pod.node}", which is not in the input`,
        hint,
      ),
    ];
  });
};

/**
 * Nodes whose address is to be assigned, but from no range. Asked of people only: a dump may have its addresses blanked out. Whether pods
 * need `subnets.pods` depends on the plugin, so that is said where it assigns.
 */
export const missingSubnets = ({ nodes, subnets }: Cluster, gathered: Gathered): readonly Problem[] => {
  if (!gathered.hasShortForm) return [];
  const problems: Problem[] = [];
  const short = new Set(gathered.shortNodes.map((node) => node.name));
  const bare = nodes.filter((node) => node.ips.length === 0 && short.has(node.name));
  if (bare.length > 0 && subnets.nodes.length === 0) {
    const hint = 'give each node its ip, or a range: subnets: {nodes: 192.168.1.0/24}';
    problems.push(
      missing(bare[0]?.place, `${count(bare.length, 'node')} without ip, and no subnets.nodes to take one from`, hint),
    );
  }
  return problems;
};

/** Addresses that are blanked out, said once. */
export const unreadableAddresses = ({
  unreadable: { nodes, pods, services, slices, example },
}: Gathered): readonly Problem[] => {
  const things = [
    [nodes, 'node'],
    [pods, 'pod'],
    [services, 'Service'],
    [slices, 'EndpointSlice'],
  ] as const;
  const whose = listWords(things.flatMap(([n, noun]) => (n > 0 ? [count(n, noun)] : [])));
  if (whose === '') return [];
  return [
    {
      severity: 'warning',
      code: 'ADDRESS_UNREADABLE',
      message: `${whose} with an address that is none, e.g. "${example}"`,
      hint: 'state ranges in a cluster file beside the dump (subnets: {nodes: …, pods: …}), and addresses are assigned',
    },
  ];
};

const missing = (place: Problem['place'], message: string, hint: string): Problem => ({
  severity: 'error',
  code: 'MISSING_SUBNET',
  message,
  ...(place ? { place } : {}),
  hint,
});
