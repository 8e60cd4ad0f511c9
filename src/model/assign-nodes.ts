import { addToIp, type Ip } from '../net/ip.ts';
import { familyOfPrefix, formatPrefix, type Prefix } from '../net/prefix.ts';
import { type Given, givenSentence, rangeExhausted } from './assign-words.ts';
import type { Cluster, Node } from './cluster.ts';
import { firstPerFamily, freeAddresses, hasFamily } from './free.ts';
import type { Assumption, Problem } from './place.ts';

/** Gives each node an address of each family that `subnets.nodes` has: the lowest free one from .2, for .1 is the gateway's. */
export const assignNodeIps = (
  cluster: Cluster,
): {
  readonly nodes: readonly Node[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
} => {
  const ranges = firstPerFamily(cluster.subnets.nodes);
  const lacks = (node: Node, range: Prefix) => !hasFamily(node.ips, familyOfPrefix(range));
  if (!cluster.nodes.some((node) => ranges.some((range) => lacks(node, range)))) {
    return { nodes: cluster.nodes, assumptions: [], problems: [] };
  }
  const taken = new Set<Ip>([
    ...cluster.nodes.flatMap((node) => [
      ...node.ips,
      ...(node.interfaces ?? []).flatMap((nic) => nic.ips.map(({ ip }) => ip)),
    ]),
    ...(cluster.fabric?.gateway ?? []),
  ]);
  const sources = ranges.map((range) => ({ range, next: freeAddresses(range, addToIp(range.addr, 2), taken) }));
  const given: Given[] = [];
  const failed = new Map<Prefix, Node[]>();
  const nodes = cluster.nodes.map((node) => {
    const added: Ip[] = [];
    for (const { range, next } of sources) {
      if (!lacks(node, range)) continue;
      const ip = next();
      if (ip !== undefined) added.push(ip);
      else failed.set(range, [...(failed.get(range) ?? []), node]);
    }
    if (added.length > 0) given.push({ name: node.name, values: added });
    return added.length > 0 ? { ...node, ips: [...node.ips, ...added] } : node;
  });
  const where = ranges.map(formatPrefix).join(' and ');
  return {
    nodes,
    assumptions:
      given.length === 0
        ? []
        : [
            {
              code: 'ASSUMED_NODE_IP',
              text: `${givenSentence(given)}: the lowest free addresses of ${where} after the first, which is left to the gateway`,
              change: 'nodes[].ip',
            },
          ],
    problems: [...failed].map(([range, without]) => rangeExhausted(range, without, 'node', 'address')),
  };
};
