import type { CloudRoute } from '../../fabric/cloud.ts';
import type { Lent } from '../../fabric/fabric.ts';
import type { Cluster, Node } from '../../model/cluster.ts';
import { familyOf, formatIp, type Ip } from '../../net/ip.ts';
import { contains, familyOfPrefix, formatPrefix } from '../../net/prefix.ts';
import type { FabricOptions } from '../fabric.ts';
import { nodeOrigin } from '../origin.ts';
import { createPrefixMap } from '../prefix-map.ts';
import type { Roster } from '../world.ts';
import { type AzureConfig, inNodeSubnet } from './config.ts';
import type { Containers } from './containers.ts';

const KIND = {
  'node-subnet': 'secondary',
  bridge: 'secondary',
  'pod-subnet': 'delegated',
  'pod-subnet-static': 'delegated',
  overlay: 'overlay',
} as const;

const NOTES = {
  secondary: undefined,
  delegated: "how the network translates a pod subnet's addresses for the internet was not read in a source",
  overlay: 'how the network checks the addresses of an overlay was not read in a source',
} as const;

/**
 * What the network lends the NICs of nodes for their pods: secondary addresses of the nodes' subnet, addresses or blocks of a delegated
 * subnet, or the node's range of the overlay.
 */
export const planLending = (
  cluster: Cluster,
  config: AzureConfig,
  roster: Roster,
  containerOf: Containers['of'],
): NonNullable<FabricOptions['lent']> => {
  const kind = KIND[config.mode];
  const note = NOTES[kind];
  const subnets = inNodeSubnet(config) ? cluster.subnets.nodes : cluster.subnets.pods;
  const podIps = (node: Node): readonly Ip[] =>
    kind === 'overlay'
      ? []
      : roster
          .podsOn(node.name)
          .flatMap(({ ips }) => ips)
          // A NIC has addresses of its subnet only, whatever the input says of pods.
          .filter((ip) => subnets.some((range) => contains(range, ip)));
  const of = (node: Node): Lent => {
    const container = containerOf(node.name);
    const primary = container?.primary;
    const own = [...(primary === undefined ? [] : [primary]), ...(container?.assumed ? [] : (container?.ips ?? []))];
    return {
      kind,
      ips: [...new Set([...own, ...podIps(node)])],
      primary,
      ranges: kind === 'overlay' ? node.podCIDRs : (container?.blocks ?? []),
      ...(note !== undefined && { origin: { ...nodeOrigin('azure-cns', node), known: 'assumed' as const, note } }),
    };
  };
  let owners: { readonly find: (ip: Ip) => Node | undefined } | undefined;
  const index = () => {
    const byIp = new Map<Ip, Node>();
    const byBlock = createPrefixMap<Node>();
    for (const node of cluster.nodes) {
      const lent = of(node);
      for (const ip of lent.ips) byIp.set(ip, node);
      for (const range of lent.ranges) byBlock.set(range, node);
    }
    // What the input says of pods goes before an address that a container is only taken to have.
    for (const node of cluster.nodes) for (const ip of podIps(node)) byIp.set(ip, node);
    return { find: (ip: Ip) => byIp.get(ip) ?? byBlock.find(ip) };
  };
  const ownerOf = (ip: Ip): Node | undefined => {
    owners ??= index();
    return owners.find(ip);
  };
  return { of, ownerOf };
};

/** The routes of the overlay's own domain: each node's range to its NIC, without any route table. */
export const overlayRoutes = (cluster: Cluster, { mode }: AzureConfig): readonly CloudRoute[] =>
  mode !== 'overlay'
    ? []
    : cluster.nodes.flatMap((node) =>
        node.podCIDRs.flatMap((cidr): CloudRoute[] => {
          const ip = node.ips.find((one) => familyOf(one) === familyOfPrefix(cidr));
          if (ip === undefined) return [];
          const line = `overlay ${formatPrefix(cidr)} -> NIC of ${node.name}, ${formatIp(ip)}; no route table has it`;
          const origin = nodeOrigin('azure-cns', node);
          return [{ dst: cidr, nexthop: { to: 'port', ip }, system: true, overlay: true, line, origin }];
        }),
      );
