import type { Cluster, Node, Pod } from '../model/cluster.ts';
import { podKey } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import type { Gathered } from './gathered.ts';
import { type Judge, lineOf } from './validate-judge.ts';

/** Two nodes or two pods of one name. Kubernetes objects may come twice, in two dumps of one cluster; those are one. */
export const duplicateNames = ({ shortNodes, shortPods }: Gathered, judge: Judge): readonly Problem[] => [
  ...twice(shortNodes, (node) => node.name).map(([first, second]) =>
    duplicate(judge, 'node', second.name, first, second),
  ),
  ...twice(shortPods, podKey).map(([first, second]) =>
    duplicate(judge, 'pod', second.namespace === 'default' ? second.name : podKey(second), first, second),
  ),
];

const duplicate = (judge: Judge, noun: string, name: string, first: Node | Pod, second: Node | Pod): Problem =>
  judge.problem(
    second,
    'name',
    'DUPLICATE_NAME',
    `a second ${noun} is called "${name}"`,
    `the first is in ${lineOf(judge.placeOf(first, 'name'))}`,
  );

const twice = <T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [T, T])[] => {
  const first = new Map<string, T>();
  return items.flatMap((item) => {
    const before = first.get(keyOf(item));
    if (before !== undefined) return [[before, item] as const];
    first.set(keyOf(item), item);
    return [];
  });
};

/** One address on two nodes, two pods, or a node and a pod. Host-network pods share their node's address rightly. */
export const duplicateAddresses = ({ nodes, pods }: Cluster, judge: Judge): readonly Problem[] => {
  const owners = new Map<Ip, { readonly thing: Node | Pod; readonly label: string }>();
  const problems: Problem[] = [];
  const claim = (thing: Node | Pod, ips: readonly Ip[], noun: string) => {
    for (const ip of ips) {
      const owner = owners.get(ip);
      if (!owner) owners.set(ip, { thing, label: noun });
      else {
        problems.push(
          judge.problem(
            thing,
            'ip',
            'DUPLICATE_ADDRESS',
            `${formatIp(ip)} of ${noun} "${thing.name}" is also the address of ${owner.label} "${owner.thing.name}"`,
            `${owner.label} "${owner.thing.name}" is in ${lineOf(judge.placeOf(owner.thing, 'ip'))}`,
          ),
        );
      }
    }
  };
  for (const node of nodes) claim(node, node.ips, 'node');
  for (const pod of pods) if (!pod.hostNetwork && pod.ips.length > 0) claim(pod, pod.ips, 'pod');
  return problems;
};
