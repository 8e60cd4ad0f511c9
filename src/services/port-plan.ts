import type { Backends, ProxySite, ServicePort } from './types.ts';

/** What kube-proxy decides for one service port before it writes a rule, in iptables and nftables mode alike (syncProxyRules). */
export type PortPlan = {
  readonly port: ServicePort;
  readonly backends: Backends;
  /** Some endpoint takes what is sent to the ClusterIP. */
  readonly hasInternal: boolean;
  /** Some endpoint takes what comes from outside. */
  readonly hasExternal: boolean;
  readonly usesCluster: boolean;
  readonly usesLocal: boolean;
  readonly usesExternal: boolean;
  /** Source ranges filter some address of it. */
  readonly isFiltered: boolean;
};

/** Derives the endpoints of a service port as the site's node sees them. */
export const planPort = (site: ProxySite, port: ServicePort): PortPlan => {
  const backends = site.table.backends(port, site.node);
  const { hasAny } = backends;
  const here = backends.local.length > 0;
  return {
    port,
    backends,
    hasInternal: hasAny && (here || !port.internalLocal),
    hasExternal: hasAny && (here || !port.externalLocal),
    usesCluster: backends.cluster.length > 0 && (!port.internalLocal || port.externallyAccessible),
    usesLocal: here && (port.internalLocal || (port.externalLocal && port.externallyAccessible)),
    // Not `hasExternal`: pods and the node itself get through without an endpoint here.
    usesExternal: hasAny && port.externallyAccessible,
    isFiltered: port.vips.length > 0 && port.sourceRanges.length > 0,
  };
};
