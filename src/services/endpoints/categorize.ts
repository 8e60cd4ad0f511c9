import type { Backend, Backends, NodeRef, ServicePort } from '../types.ts';

type Policies = Pick<ServicePort, 'internalLocal' | 'externalLocal' | 'externallyAccessible'>;

/** Whether some traffic goes to endpoints of all nodes; even with Local for outside traffic, pods take the short way to all. */
const usesCluster = ({ internalLocal, externallyAccessible }: Policies): boolean =>
  !internalLocal || externallyAccessible;

const usesLocal = ({ internalLocal, externalLocal, externallyAccessible }: Policies): boolean =>
  internalLocal || (externalLocal && externallyAccessible);

const isFallback = ({ ready, serving, terminating }: Backend): boolean => !ready && serving && terminating;

type Available = (backend: Backend) => boolean;

/** Hints count only where every ready endpoint has some, and one of them names this node or its zone. */
const byHints = (ready: readonly Backend[], node: NodeRef, nodeHints: boolean): Available | undefined => {
  const hinted = (hintsOf: (backend: Backend) => readonly string[], own: string): Available | undefined => {
    const names: Available = (backend) => hintsOf(backend).includes(own);
    return ready.every((backend) => hintsOf(backend).length > 0) && ready.some(names) ? names : undefined;
  };
  const forNode = nodeHints ? hinted((backend) => backend.nodeHints, node.name) : undefined;
  return forNode ?? hinted((backend) => backend.zoneHints, node.zone ?? '');
};

/** Ready ones, else those that still serve while they terminate. */
const usable = (backends: readonly Backend[]): readonly Backend[] => {
  const ready = backends.filter((backend) => backend.ready);
  return ready.length > 0 ? ready : backends.filter(isFallback);
};

/**
 * Which endpoints of a service port a node uses (kubernetes pkg/proxy/topology.go CategorizeEndpoints).
 * @param every all endpoints of the port in the order of `text`, `local` set for this node
 * @param nodeHints feature gate PreferSameTrafficDistribution, on since 1.34
 */
export const categorize = (
  every: readonly Backend[],
  port: Policies,
  node: NodeRef,
  nodeHints: boolean = true,
): Backends => {
  const anywhere = usable(every);
  const hasAny = anywhere.length > 0;
  const available = anywhere[0]?.ready ? byHints(anywhere, node, nodeHints) : undefined;
  const cluster = usesCluster(port) ? (available ? anywhere.filter(available) : anywhere) : [];
  const local = usesLocal(port) ? usable(every.filter((backend) => backend.local)) : [];
  const inCluster = new Set(cluster);
  if (local.every((backend) => inCluster.has(backend))) return { cluster, local, all: cluster, hasAny, every };
  const either = new Set([...cluster, ...local]);
  return { cluster, local, all: every.filter((backend) => either.has(backend)), hasAny, every };
};
