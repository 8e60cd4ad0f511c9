import { addToIp, type Ip } from '../net/ip.ts';
import { familyOfPrefix, type Prefix } from '../net/prefix.ts';
import { type Given, givenSentence, rangeExhausted } from './assign-words.ts';
import type { Node, Pod } from './cluster.ts';
import { freeAddresses, hasFamily } from './free.ts';
import type { Assumption, Problem } from './place.ts';

/**
 * Gives each pod an address of each range of its node in host-local's order: upward from the second, for the first is the bridge's
 * (containernetworking/plugins:plugins/ipam/host-local). A pod that was never started or has finished gets none.
 */
export const assignPodIps = (
  pods: readonly Pod[],
  nodes: readonly Node[],
): {
  readonly pods: readonly Pod[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
} => {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const wants = (pod: Pod): Node | undefined =>
    pod.phase === 'Running' || pod.phase === 'Unknown' ? byName.get(pod.node ?? '') : undefined;
  const lacks = (pod: Pod, node: Node): boolean =>
    pod.hostNetwork
      ? pod.ips.length === 0 && node.ips.length > 0
      : node.podCIDRs.some((cidr) => !hasFamily(pod.ips, familyOfPrefix(cidr)));
  const oneFamily = nodes.every((node) => node.podCIDRs.length <= 1);
  const isLacking = (pod: Pod): boolean => {
    // By far the most pods: of a cluster of one family, with an address.
    if (oneFamily && pod.ips.length > 0) return false;
    const node = wants(pod);
    return node !== undefined && lacks(pod, node);
  };
  if (!pods.some(isLacking)) return { pods, assumptions: [], problems: [] };

  const taken = new Set<Ip>();
  for (const pod of pods) for (const ip of pod.ips) taken.add(ip);
  const sources = new Map<string, (() => Ip | undefined)[]>();
  const given: Given[] = [];
  const failed = new Map<Prefix, Pod[]>();
  const assigned = pods.map((pod) => {
    const node = wants(pod);
    if (!node || !lacks(pod, node)) return pod;
    if (pod.hostNetwork) return { ...pod, ips: node.ips };
    const nexts = sources.get(node.name) ?? node.podCIDRs.map((cidr) => hostLocal(cidr, taken));
    sources.set(node.name, nexts);
    const added: Ip[] = [];
    node.podCIDRs.forEach((cidr, i) => {
      if (hasFamily(pod.ips, familyOfPrefix(cidr))) return;
      const ip = nexts[i]?.();
      if (ip !== undefined) added.push(ip);
      else failed.set(cidr, append(failed.get(cidr), pod));
    });
    if (added.length > 0) given.push({ name: pod.name, values: added });
    return added.length > 0 ? { ...pod, ips: [...pod.ips, ...added] } : pod;
  });
  return {
    pods: assigned,
    assumptions:
      given.length === 0
        ? []
        : [
            {
              code: 'ASSUMED_POD_IP',
              text: `${givenSentence(given)}: the lowest free addresses of their node's podCIDR after the first, which is the bridge's, as host-local gives them`,
              change: 'pods[].ip',
            },
          ],
    problems: [...failed].map(([range, without]) => rangeExhausted(range, without, 'pod', 'address')),
  };
};

const hostLocal = (cidr: Prefix, taken: ReadonlySet<Ip>): (() => Ip | undefined) =>
  // host-local refuses ranges of fewer than four addresses.
  cidr.len > (familyOfPrefix(cidr) === 4 ? 30 : 126)
    ? () => undefined
    : freeAddresses(cidr, addToIp(cidr.addr, 2), taken);

const append = (list: Pod[] | undefined, pod: Pod): Pod[] => {
  if (!list) return [pod];
  list.push(pod);
  return list;
};
