import type { Cluster, Node } from '../../model/cluster.ts';
import type { Family, Ip } from '../../net/ip.ts';
import { familyOf } from '../../net/ip.ts';
import type { ServicePort, ServiceTable } from '../types.ts';

/** A node that a load balancer hands packets to, for itself and for others like it. */
export type Member = { readonly node: string; readonly ip: Ip; readonly alike: number };

/** Taken off the load balancers by kubeadm's control planes and by administrators (k8s.io/api/core/v1/well_known_labels.go). */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** So many nodes are listed one by one. */
const FEW = 3;

const addressOf = (node: Node, family: Family): Ip | undefined => node.ips.find((ip) => familyOf(ip) === family);

/**
 * The nodes that pass the health check of a load balancer: all that are not excluded (kube-proxy's own health), or with
 * externalTrafficPolicy Local those with a ready endpoint (healthCheckNodePort). Of many, one with and one without an endpoint
 * stand for the rest.
 */
export const membersOf = (cluster: Cluster, table: ServiceTable, port: ServicePort): readonly Member[] => {
  const eligible = cluster.nodes.filter((node) => node.labels[EXCLUDED] === undefined);
  const [first] = eligible;
  if (!first) return [];
  const { every } = table.backends(port, first);
  const homes = new Set(every.flatMap(({ node, ready }) => (node !== undefined && ready ? [node] : [])));
  const passing = port.externalLocal ? eligible.filter(({ name }) => homes.has(name)) : eligible;
  const member = (node: Node | undefined, alike: number): readonly Member[] => {
    const ip = node && addressOf(node, port.family);
    return node && ip !== undefined && alike > 0 ? [{ node: node.name, ip, alike }] : [];
  };
  if (passing.length <= FEW) return passing.flatMap((node) => member(node, 1));
  const [home, away] = [passing.filter(({ name }) => homes.has(name)), passing.filter(({ name }) => !homes.has(name))];
  return [...member(home[0], home.length), ...member(away[0], away.length)];
};
