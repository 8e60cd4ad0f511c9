import { placeInService } from '../../model/service-place.ts';
import { familyOf } from '../../net/ip.ts';
import { contains, familyOfPrefix } from '../../net/prefix.ts';
import { memo } from '../memo.ts';
import type { Backend, ServicePort } from '../types.ts';
import { type Cause, type Check, type Facts, isExternal, nodeRef } from './question.ts';
import { listed } from './words.ts';

/** Whether kube-proxy on a node takes the client's packets for those of a pod of the cluster (its local detector). */
const looksLikePod = ({ proxy, client }: Facts, { family }: ServicePort, node: string): boolean => {
  if (!proxy || client.kind !== 'pod') return false;
  switch (proxy.detectLocal.mode) {
    case 'ClusterCIDR': {
      const range = proxy.clusterCIDRs.find((cidr) => familyOfPrefix(cidr) === family);
      return range !== undefined && client.ips.some((ip) => familyOf(ip) === family && contains(range, ip));
    }
    case 'NodeCIDR':
    case 'BridgeInterface':
    case 'InterfaceNamePrefix':
      return client.node === node;
    case 'none':
      return false;
  }
};

/** The node whose rules translate the packet: a client's own, but for a nodePort of another node and for packets from outside. */
const translatingNode = ({ client, via, targetNode }: Facts): string | undefined =>
  client.kind === 'outside' || via === 'nodePort' ? (targetNode ?? client.node) : client.node;

/** The client is bound to endpoints on one node, and which policy says so. */
const bound = (
  facts: Facts,
  port: ServicePort,
  node: string,
): 'internalTrafficPolicy' | 'externalTrafficPolicy' | undefined => {
  if (!isExternal(facts)) return port.internalLocal ? 'internalTrafficPolicy' : undefined;
  if (!port.externalLocal) return undefined;
  // ipvs knows no short way for pods and the node itself, but falls back to all endpoints for everyone.
  if (facts.proxy?.mode === 'ipvs') return 'externalTrafficPolicy';
  const own = facts.client.kind === 'node' && facts.client.node === node;
  return own || looksLikePod(facts, port, node) ? undefined : 'externalTrafficPolicy';
};

/** `node-2 (2), node-3 (1)`: where endpoints are that traffic may go to. */
const whereabouts = (every: readonly Backend[]): string => {
  const counts = new Map<string, Backend[]>();
  for (const backend of every)
    if (backend.ready || (backend.serving && backend.terminating))
      memo(counts, backend.node ?? 'no known node', () => []).push(backend);
  return listed([...counts].map(([node, own]) => `${node} (${own.length})`));
};

const noLocal = (facts: Facts, port: ServicePort): readonly Cause[] => {
  const node = translatingNode(facts);
  const policy = node === undefined ? undefined : bound(facts, port, node);
  if (node === undefined || policy === undefined) return [];
  const { cluster, local, every, hasAny } = facts.table.backends(port, nodeRef(facts, node));
  if (!hasAny || local.length > 0) return [];
  const internal = policy === 'internalTrafficPolicy';
  const ipvs = facts.proxy?.mode === 'ipvs';
  // ipvs mode takes all endpoints in their place; answers to a client outside then come from another address.
  const fallback = ipvs && cluster.length > 0;
  if (fallback && (internal || facts.client.kind !== 'outside')) return [];
  return [
    {
      code: 'SERVICE_NO_LOCAL_ENDPOINTS',
      text: `${policy} of ${facts.who} is Local, and ${node} has no endpoint of ${port.name}; there are some on ${whereabouts(every)}`,
      hint: fallback
        ? 'ipvs mode falls back to the others without masquerading, and their answers do not come back the way the client expects'
        : internal
          ? `run a pod of it on ${node}, as a DaemonSet does, or set internalTrafficPolicy: Cluster`
          : "send to a node that has one, as a load balancer's health check does, or set externalTrafficPolicy: Cluster, which hides the client's address",
      place: placeInService(facts.service, ['spec', policy]),
      certain: !fallback,
    },
  ];
};

/**
 * A pod asks another node for its nodePort: that node takes it for a pod, sends it on to any endpoint without SNAT, and an endpoint elsewhere
 * answers the pod directly, from an address that it did not ask (kubernetes issue 74383).
 */
const trap = (facts: Facts, port: ServicePort): readonly Cause[] => {
  const { client, targetNode, via, proxy } = facts;
  if (via !== 'nodePort' || targetNode === undefined || targetNode === client.node || !port.externalLocal) return [];
  if (proxy?.mode === 'ipvs' || !looksLikePod(facts, port, targetNode)) return [];
  const away = facts.table.backends(port, nodeRef(facts, targetNode)).cluster.filter(({ node }) => node !== targetNode);
  const [first] = away;
  if (!first) return [];
  return [
    {
      code: 'SERVICE_LOCAL_FROM_POD',
      text: `${targetNode} takes the client for a pod of its own and sends to any endpoint of ${port.name} without changing the source: one elsewhere, as ${first.text}${first.node === undefined ? '' : ` on ${first.node}`}, answers the client directly, which did not ask it`,
      hint: 'ask for the ClusterIP, or run kube-proxy with detectLocalMode: NodeCIDR; a plugin that masquerades pod traffic to nodes hides this (kubernetes issue 74383)',
      place: placeInService(facts.service, ['spec', 'externalTrafficPolicy']),
      certain: false,
    },
  ];
};

/** A traffic policy Local, and no endpoint on the node that counts. */
export const localCauses: Check = (facts) => facts.ports.flatMap((port) => noLocal(facts, port));

/** A traffic policy Local, and a pod as the client of another node's nodePort. */
export const localTrapCauses: Check = (facts) => facts.ports.flatMap((port) => trap(facts, port));
