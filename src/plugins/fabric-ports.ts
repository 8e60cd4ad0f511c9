import type { Port, Ports } from '../fabric/fabric.ts';
import { indexPorts } from '../fabric/ports.ts';
import type { Cluster, Node } from '../model/cluster.ts';
import type { Ip } from '../net/ip.ts';
import type { FabricOptions } from './fabric.ts';
import type { Hosts } from './hosts.ts';
import type { Nic } from './nics.ts';
import { nodeOrigin } from './origin.ts';
import { createPrefixMap, type PrefixMap } from './prefix-map.ts';
import { routerLink, routerMac } from './router.ts';
import type { NodeSegment, Segments } from './segments.ts';

/** How a cloud judges the NICs of nodes; a switch judges none. */
type Judged = Pick<FabricOptions, 'plugin' | 'ipForwarding' | 'lent'>;

const portOf = (node: Node, nic: Nic, first: boolean, judged: Judged | undefined): Port => {
  const common = { netns: node.name, dev: nic.dev, mac: nic.mac, ips: nic.ips.map(({ ip }) => ip) };
  if (!judged) return { ...common, forwarding: true };
  let lent: { readonly found: Port['lent'] } | undefined;
  return {
    ...common,
    forwarding: node.ipForwarding ?? judged.ipForwarding,
    origin: nodeOrigin(judged.plugin, node),
    // Asked for only when a packet comes from or to the NIC; the first is the one that pods leave by.
    get lent() {
      lent ??= { found: first ? judged.lent?.of(node) : undefined };
      return lent.found;
    },
  };
};

/** Finds the ports of a segment, of which `index` is the number: those of nodes, of other machines, and without a cloud the router's. */
export const planPorts = (
  cluster: Cluster,
  segments: Segments,
  hosts: Hosts,
  judged: Judged | undefined,
  routerId: string,
): ((segment: NodeSegment, index: number) => Ports) => {
  let owners: PrefixMap<Node> | undefined;
  const rangeOwner = (ip: Ip): Node | undefined => {
    if (!owners) {
      owners = createPrefixMap();
      for (const node of cluster.nodes) for (const cidr of node.podCIDRs) owners.set(cidr, node);
    }
    return owners.find(ip);
  };
  const ownerOf = (ip: Ip): Node | undefined => judged?.lent?.ownerOf(ip) ?? rangeOwner(ip);
  return (segment, index) => {
    const portsOf = (node: Node): readonly Port[] => {
      const nics = segments.nics(node);
      return nics.flatMap((nic) => (nic.segment === segment.name ? [portOf(node, nic, nic === nics[0], judged)] : []));
    };
    return indexPorts(
      function* () {
        if (!judged) {
          const [dev, mac] = [routerLink(index), routerMac(index)];
          yield { netns: routerId, dev, mac, ips: segment.gateways, forwarding: true };
        }
        for (const node of cluster.nodes) yield* portsOf(node);
        for (const host of hosts.list) if (host.segment === segment.name) yield host.port;
      },
      (ip) => {
        const node = ownerOf(ip);
        return node ? portsOf(node) : [];
      },
    );
  };
};
