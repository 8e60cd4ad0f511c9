import { type Given, givenSentence } from '../../model/assign-words.ts';
import type { Cluster, Node, Pod } from '../../model/cluster.ts';
import { freeSubnets } from '../../model/free.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import { addToIp, familyOf, type Ip } from '../../net/ip.ts';
import { contains, covers, formatPrefix, lastOf, type Prefix, parsePrefix, prefixOf } from '../../net/prefix.ts';
import type { Pool } from './pools.ts';
import { type Tunnels, tunnelsOf } from './tunnel-ips.ts';

/** A block of a pool, and the node that it is affine to. */
export type Block = { readonly cidr: Prefix; readonly pool: Pool; readonly node: string };

/** An address that a pod of `node` has out of another node's block. */
export type Borrowed = { readonly ip: Ip; readonly pool: Pool; readonly node: string };

export type Ipam = {
  readonly blocks: readonly Block[];
  readonly borrowed: readonly Borrowed[];
  /** The addresses of each node's tunnel devices. */
  readonly tunnels: ReadonlyMap<string, Tunnels>;
  readonly pods: readonly Pod[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

/** The pool of an address, also of one that gives no more. */
const poolOf = (pools: readonly Pool[], ip: Ip): Pool | undefined => pools.find(({ cidr }) => contains(cidr, ip));

const blockOf = (pool: Pool, ip: Ip): Prefix => prefixOf(ip, pool.blockSize);

// IPAMBlock: spec.affinity is `host:node-1`.
const stated = ({ others }: Cluster, pools: readonly Pool[]): readonly Block[] =>
  others.flatMap(({ kind, value }): readonly Block[] => {
    if (kind !== 'IPAMBlock') return [];
    const { cidr: text, affinity } = (value['spec'] ?? {}) as { cidr?: unknown; affinity?: unknown };
    const cidr = typeof text === 'string' ? parsePrefix(text) : undefined;
    const pool = cidr && pools.find((one) => covers(one.cidr, cidr));
    const [, node] = /^host:(.+)$/.exec(String(affinity)) ?? [];
    return cidr && pool && node !== undefined ? [{ cidr, pool, node }] : [];
  });

// The block goes to the node with most pods in it: the others have borrowed theirs.
const ofPods = (pods: readonly Pod[], pools: readonly Pool[], known: ReadonlySet<string>): readonly Block[] => {
  const counts = new Map<string, { readonly cidr: Prefix; readonly pool: Pool; readonly nodes: Map<string, number> }>();
  for (const { node, ips, hostNetwork } of pods)
    for (const ip of hostNetwork || node === undefined ? [] : ips) {
      const pool = poolOf(pools, ip);
      const cidr = pool && blockOf(pool, ip);
      if (!cidr || node === undefined || known.has(formatPrefix(cidr))) continue;
      const found = counts.get(formatPrefix(cidr)) ?? { cidr, pool, nodes: new Map<string, number>() };
      counts.set(formatPrefix(cidr), found);
      found.nodes.set(node, (found.nodes.get(node) ?? 0) + 1);
    }
  return [...counts.values()].flatMap(({ cidr, pool, nodes }) => {
    const [most] = [...nodes].toSorted(([, a], [, b]) => b - a);
    return most ? [{ cidr, pool, node: most[0] }] : [];
  });
};

const exhausted = (pool: Pool, node: Node): Problem => ({
  severity: 'error',
  code: 'RANGE_EXHAUSTED',
  message: `${formatPrefix(pool.cidr)} has no free block of /${pool.blockSize} for node "${node.name}"`,
  place: node.place,
  hint: 'add a pool, or smaller blocks (pools[].blockSize)',
});

/**
 * Who has which block and which address: the IPAMBlocks of a dump, else the blocks that the pods' addresses lie in; who has none yet gets the next
 * free one (Calico starts at a random place, libcalico-go/lib/ipam/ipam_block_reader_writer.go).
 */
export const planBlocks = (cluster: Cluster, nodes: readonly Node[], pools: readonly Pool[]): Ipam => {
  const told = stated(cluster, pools);
  const blocks = [...told, ...ofPods(cluster.pods, pools, new Set(told.map(({ cidr }) => formatPrefix(cidr))))];
  const problems: Problem[] = [];
  const claimed: Given[] = [];
  const given: Given[] = [];
  const next = new Map(
    pools.map((pool) => [
      pool,
      freeSubnets(
        pool.cidr,
        pool.blockSize,
        pool.cidr.addr,
        blocks.map(({ cidr }) => cidr),
      ),
    ]),
  );
  const own = new Map<string, Block[]>();
  for (const block of blocks) own.set(block.node, [...(own.get(block.node) ?? []), block]);
  const claim = (node: Node, pool: Pool): Block | undefined => {
    const cidr = next.get(pool)?.();
    if (!cidr) {
      problems.push(exhausted(pool, node));
      return undefined;
    }
    const block = { cidr, pool, node: node.name };
    blocks.push(block);
    own.set(node.name, [...(own.get(node.name) ?? []), block]);
    claimed.push({ name: node.name, values: [cidr] });
    return block;
  };
  const families = [...new Set(pools.map(({ family }) => family))];
  const poolFor = (node: Node, family: 4 | 6): Pool | undefined =>
    pools.find((pool) => pool.family === family && !pool.disabled && pool.takes(node.labels));
  for (const node of nodes)
    for (const family of families) {
      const pool = poolFor(node, family);
      if (pool && !own.get(node.name)?.some((block) => block.pool.family === family)) claim(node, pool);
    }
  const used = new Set<Ip>(cluster.pods.flatMap(({ ips }) => ips));
  const tunnels = new Map(nodes.map((node) => [node.name, tunnelsOf(node, own.get(node.name) ?? [], used)]));
  const take = (node: Node, family: 4 | 6): Ip | undefined => {
    const pool = poolFor(node, family);
    const from = (block: Block): Ip | undefined => {
      for (let ip = block.cidr.addr; ip <= lastOf(block.cidr); ip = addToIp(ip, 1)) if (!used.has(ip)) return ip;
      return undefined;
    };
    for (const block of own.get(node.name) ?? []) {
      const ip = block.pool.family === family && !block.pool.disabled ? from(block) : undefined;
      if (ip !== undefined) return ip;
    }
    const more = pool && claim(node, pool);
    return more && from(more);
  };
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const pods = cluster.pods.map((pod) => {
    const node = pod.node === undefined ? undefined : byName.get(pod.node);
    if (!node || (pod.phase !== 'Running' && pod.phase !== 'Unknown')) return pod;
    if (pod.hostNetwork) return pod.ips.length === 0 ? { ...pod, ips: node.ips } : pod;
    const added = families.flatMap((family): readonly Ip[] => {
      const ip = pod.ips.some((has) => familyOf(has) === family) ? undefined : take(node, family);
      if (ip !== undefined) used.add(ip);
      return ip === undefined ? [] : [ip];
    });
    if (added.length === 0) return pod;
    given.push({ name: pod.name, values: added });
    return { ...pod, ips: [...pod.ips, ...added] };
  });
  const borrowed = pods.flatMap(({ node, ips, hostNetwork }) =>
    hostNetwork || node === undefined
      ? []
      : ips.flatMap((ip): readonly Borrowed[] => {
          const pool = poolOf(pools, ip);
          const mine = own.get(node)?.some(({ cidr }) => contains(cidr, ip));
          return pool && !mine ? [{ ip, pool, node }] : [];
        }),
  );
  return { blocks, borrowed, tunnels, pods, assumptions: wordsOf(claimed, given), problems };
};

const wordsOf = (claimed: readonly Given[], given: readonly Given[]): readonly Assumption[] => [
  ...(claimed.length > 0
    ? [
        {
          code: 'ASSUMED_CALICO_BLOCK',
          text: `${givenSentence(claimed)}: the lowest free blocks; Calico starts looking at a random one`,
          change: 'pods[].ip, or the IPAMBlocks of the cluster',
        },
      ]
    : []),
  ...(given.length > 0
    ? [
        {
          code: 'ASSUMED_POD_IP',
          text: `${givenSentence(given)}: the lowest free addresses of their node's blocks`,
          change: 'pods[].ip',
        },
      ]
    : []),
];
