import type { Cluster } from '../../model/cluster.ts';
import type { Assumption } from '../../model/place.ts';
import type { AzureConfig } from './config.ts';
import { VETH_PREFIX } from './defaults.ts';

/**
 * AKS starts kube-proxy so that it knows pods by the names of their veths (--detect-local-mode=InterfaceNamePrefix, from 1.23.3 on). What
 * the input states of kube-proxy holds.
 */
export const withProxy = (
  cluster: Cluster,
  { dataplane }: AzureConfig,
): { readonly cluster: Cluster; readonly assumptions: readonly Assumption[] } => {
  const { proxy } = cluster;
  const none = dataplane === 'cilium';
  const said = none ? proxy?.mode !== undefined : proxy?.detectLocal !== undefined;
  if (said || proxy?.mode === 'none' || (cluster.services.length === 0 && !proxy)) return { cluster, assumptions: [] };
  const own = none
    ? ({ mode: 'none' } as const)
    : ({ detectLocal: { mode: 'InterfaceNamePrefix', prefix: VETH_PREFIX } } as const);
  const text = none
    ? 'Cilium stands in for kube-proxy'
    : `kube-proxy knows pods by interfaces that begin with ${VETH_PREFIX}`;
  return {
    cluster: { ...cluster, proxy: { ...proxy, stated: proxy?.stated ?? false, ...own } },
    assumptions: [{ code: 'AZURE_PROXY', text, change: 'proxy' }],
  };
};
