import { type Given, givenSentence } from '../../model/assign-words.ts';
import type { Cluster } from '../../model/cluster.ts';
import { freeSubnets } from '../../model/free.ts';
import type { Assumption } from '../../model/place.ts';
import { addToIp, familyOf, type Ip } from '../../net/ip.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import type { AzureConfig } from './config.ts';
import { BATCH, BLOCK_MASK, RESERVED_FIRST } from './defaults.ts';

/**
 * What the service has lent a node of a pod subnet (NodeNetworkConfig in kube-system, status.networkContainers): an address of the network
 * container itself, and addresses for pods, singly or in blocks.
 */
export type Container = {
  readonly primary: Ip | undefined;
  readonly ips: readonly Ip[];
  readonly blocks: readonly Prefix[];
  /** Nobody said so: good for giving addresses that the input leaves out, and for nothing else. */
  readonly assumed?: true;
};

export type Containers = {
  readonly of: (node: string) => Container | undefined;
  readonly assumptions: readonly Assumption[];
};

const subnet4 = ({ subnets }: Cluster): Prefix | undefined => subnets.pods.find(({ addr }) => familyOf(addr) === 4);

// One after the other from the fifth address: an address of its own, then a batch. Which ones they really are, the service decides.
const dynamic = (cluster: Cluster, config: AzureConfig): Containers => {
  const range = subnet4(cluster);
  const places = new Map(cluster.nodes.map(({ name }, index) => [name, index]));
  return {
    of: (node) => {
      const index = places.get(node);
      const stated = config.containers.get(node);
      if (stated || !range || index === undefined) return stated;
      const primary = addToIp(range.addr, RESERVED_FIRST + index * (BATCH + 1));
      const ips = Array.from({ length: BATCH }, (_, i) => addToIp(primary, i + 1));
      return { primary, ips: ips.filter((ip) => contains(range, ip)), blocks: [], assumed: true };
    },
    assumptions: [],
  };
};

const blocks = (cluster: Cluster, config: AzureConfig): Containers => {
  const range = subnet4(cluster);
  const stated = [...config.containers.values()].flatMap((one) => one.blocks);
  // The first block has the addresses that Azure keeps.
  const next = range && freeSubnets(range, BLOCK_MASK, addToIp(range.addr, 2 ** (32 - BLOCK_MASK)), stated);
  const given: Given[] = [];
  const made = new Map<string, Container>();
  for (const { name } of cluster.nodes) {
    const own = config.containers.get(name);
    const block = own ? undefined : next?.();
    if (block) given.push({ name, values: [block] });
    made.set(name, own ?? { primary: undefined, ips: [], blocks: block ? [block] : [] });
  }
  const text = `${givenSentence(given)}: a block for each node, in their order`;
  const assumption = { code: 'ASSUMED_POD_CIDR', text, change: 'plugin.networkContainers' };
  return { of: (node) => made.get(node), assumptions: given.length > 0 ? [assumption] : [] };
};

/** The network containers of all nodes: as stated, else one after the other. Outside of the modes of a pod subnet there are none. */
export const planContainers = (cluster: Cluster, config: AzureConfig): Containers => {
  if (config.mode === 'pod-subnet') return dynamic(cluster, config);
  if (config.mode === 'pod-subnet-static') return blocks(cluster, config);
  return { of: () => undefined, assumptions: [] };
};
