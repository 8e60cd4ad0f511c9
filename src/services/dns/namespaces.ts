import type { Cluster } from '../../model/cluster.ts';

/** Those that the API server makes by itself (kubernetes pkg/controlplane/controller/systemnamespaces). */
const SYSTEM = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** The namespaces that exist: those of the input's Namespace objects, those that something lives in, and the system's own. */
export const namespacesOf = ({ pods, services, slices, others }: Cluster): ReadonlySet<string> => {
  const named = others.map(({ kind, name, namespace }) => (kind === 'Namespace' ? name : namespace));
  const lived = [...pods, ...services, ...slices].map(({ namespace }) => namespace);
  return new Set([...SYSTEM, ...named, ...lived].filter((name) => name !== ''));
};
