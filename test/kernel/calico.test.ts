import { planOf, type Short } from '../support/cluster.ts';
import { type Cluster, lab, type Scenario } from './lab.ts';
import { installed } from './worlds/planned.ts';

// The four nodes' worth of state of the worked topology, as Calico builds it: the kernel that is given it does what the walk says.

const clusterOf = async (short: Short): Promise<Cluster> => installed(await planOf(short));

/**
 * A namespace of the lab has its tunl0 from the start, a node gets it when the module is loaded, after its NICs. The first device gives the
 * address that a node speaks to its pods with, so the walk is told of that order.
 */
const tunl0First = (cluster: Cluster): Cluster => {
  const rank = (dev: string): number => ['lo', 'tunl0'].indexOf(dev) + 1 || 3;
  return {
    ...cluster,
    world: {
      ...cluster.world,
      netns: (id) => {
        const netns = cluster.world.netns(id);
        return (
          netns && {
            ...netns,
            links: netns.links.toSorted((a, b) => rank(a.ifname) - rank(b.ifname)),
            addresses: netns.addresses.toSorted((a, b) => rank(a.dev) - rank(b.dev)),
          }
        );
      },
    },
  };
};
const a = 'default/pod-a';

const everywhere: readonly Scenario[] = [
  ['same node', { from: a, to: '192.168.11.2' }, 'reply 192.168.11.2 ttl 63'],
  ['same node, TCP', { from: a, to: '192.168.11.2', tcp: 80 }, 'reply 192.168.11.2'],
  ['to its node', { from: a, to: '10.0.1.11' }, 'reply 10.0.1.11 ttl 64'],
  ['to another node: masqueraded, and never in a tunnel', { from: a, to: '10.0.1.12' }, 'reply 10.0.1.12 ttl 63'],
  ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
  ['to outside, TCP', { from: a, to: '203.0.113.10', tcp: 443 }],
  ['node to its pod', { from: 'node1', to: '192.168.11.1' }, 'reply 192.168.11.1 ttl 64'],
  ['an address of the block that no pod has', { from: a, to: '192.168.11.9' }, 'timeout'],
  ['no block', { from: a, to: '192.168.99.2' }],
  ['VXLAN from a pod', { from: a, to: '192.168.12.1', udp: 4789, size: 20 }, 'timeout'],
];

const across = (c: number, d: number): readonly Scenario[] => [
  ['other node', { from: a, to: '192.168.12.1' }, `reply 192.168.12.1 ttl ${c}`],
  ['other node, TCP', { from: a, to: '192.168.12.1', tcp: 80 }, 'reply 192.168.12.1'],
  ['other node, UDP', { from: a, to: '192.168.12.1', udp: 53, size: 20 }, `reply 192.168.12.1 ttl ${c}`],
  ['other node, in pieces', { from: a, to: '192.168.12.1', size: 3000 }, `reply 192.168.12.1 ttl ${c}`],
  ['other subnet', { from: a, to: '192.168.13.1' }, `reply 192.168.13.1 ttl ${d}`],
  ['other subnet, TCP', { from: a, to: '192.168.13.1', tcp: 80 }, 'reply 192.168.13.1'],
  ['other subnet, 1472 bytes with DF', { from: a, to: '192.168.13.1', size: 1472, df: true }],
  ['other subnet, TTL 1', { from: a, to: '192.168.13.1', ttl: 1 }],
  ['other subnet, TTL 2', { from: a, to: '192.168.13.1', ttl: 2 }],
  ['node to a pod of another', { from: 'node1', to: '192.168.12.1' }, `reply 192.168.12.1 ttl ${c + 1}`],
  ['node to a pod of another subnet', { from: 'node1', to: '192.168.13.1' }, `reply 192.168.13.1 ttl ${d + 1}`],
];

const worlds = [
  ['bgp', across(62, 61), 'here'],
  ['vxlan', across(62, 62), 'here'],
  ['vxlan-cross-subnet', across(62, 62), 'here'],
  ['ipip', across(62, 62), 'uml'],
  ['ipip-cross-subnet', across(62, 62), 'uml'],
] as const;

for (const [name, list, kernel] of worlds) {
  const made = await clusterOf(`calico/${name}`);
  const cluster = kernel === 'uml' ? tunl0First(made) : made;
  lab(`calico/${name}`, () => cluster, [...everywhere, ...list], kernel === 'uml' ? { kernel } : {});
}
