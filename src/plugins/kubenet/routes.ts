import type { CloudRoute } from '../../fabric/cloud.ts';
import type { Cluster, Node } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { familyOf } from '../../net/ip.ts';
import { familyOfPrefix, formatPrefix, type Prefix } from '../../net/prefix.ts';
import { ROUTE_LIMIT } from '../cloud.ts';
import { type CloudName, cloudRoute } from '../cloud-routes.ts';
import { nodeOrigin } from '../origin.ts';
import type { StaticRoute } from '../router.ts';
import type { KubenetConfig } from './config.ts';

export type PodRoutes = {
  readonly cloud: readonly CloudRoute[];
  readonly router: readonly StaticRoute[];
  readonly problems: readonly Problem[];
};

/** What each cloud calls the route of a node: Azure's node name, GCE's route name, AWS's instance. */
const nameOf = (cloud: CloudName, node: Node, cidr: Prefix): string => {
  switch (cloud) {
    // azure_routes.go: dual stack adds the range without its punctuation.
    case 'azure':
      return node.podCIDRs.length > 1 ? `${node.name}____${formatPrefix(cidr).replace(/[.:/]/g, '')}` : node.name;
    // gce_routes.go: cluster name and node UID, which the input does not have.
    case 'gcp':
      return `kubernetes-${node.name}`;
    case 'aws':
      return node.providerID?.split('/').at(-1) ?? node.name;
  }
};

/**
 * The routes to the nodes' podCIDRs that the route controller keeps in the fabric (cloud-provider:controllers/route/route_controller.go):
 * one per node and range, none for a node whose NetworkUnavailable says that its route failed, and no more than the table holds.
 */
export const planRoutes = (cluster: Cluster, config: KubenetConfig): PodRoutes => {
  const problems: Problem[] = [];
  const spec = cluster.fabric;
  const cloudName = config.fabric === 'routed' ? undefined : config.fabric;
  const limit = spec?.routeLimit ?? (cloudName && ROUTE_LIMIT[cloudName]) ?? Number.POSITIVE_INFINITY;
  const wanted = cluster.nodes.flatMap((node) => node.podCIDRs.map((cidr) => ({ node, cidr })));
  const warn = (node: Node, code: string, text: string, hint: string) => {
    problems.push({ severity: 'warning', code, message: `node ${node.name}: ${text}`, place: node.place, hint });
  };
  const made = wanted.flatMap(({ node, cidr }) => {
    const via = node.ips.find((ip) => familyOf(ip) === familyOfPrefix(cidr));
    if (via === undefined) return [];
    if (node.networkUnavailable) {
      const text = `NetworkUnavailable: no route to its podCIDR ${formatPrefix(cidr)}`;
      warn(node, 'KUBENET_NO_ROUTE', text, 'look at the route controller in the cloud controller manager');
      return [];
    }
    return [{ node, cidr, via }];
  });
  if (spec?.routes) return { cloud: [], router: [], problems: [] };
  const kept = made.slice(0, limit);
  const [first, ...more] = made.slice(kept.length);
  if (first) {
    const others = more.length > 0 ? `, nor for ${more.length} more` : '';
    const text = `the route table holds ${limit} routes; there is none for ${formatPrefix(first.cidr)}${others}`;
    warn(first.node, 'KUBENET_ROUTE_LIMIT', text, 'fewer nodes, or a plugin without a route per node');
  }
  return {
    cloud: cloudName
      ? kept.map(({ node, cidr, via }) =>
          cloudRoute(
            cloudName,
            cidr,
            { to: 'port', ip: via },
            {
              origin: nodeOrigin('route-controller', node),
              name: nameOf(cloudName, node, cidr),
            },
          ),
        )
      : [],
    router: kept.map(({ node, cidr, via }) => ({ dst: cidr, via, origin: nodeOrigin('route-controller', node) })),
    problems,
  };
};
