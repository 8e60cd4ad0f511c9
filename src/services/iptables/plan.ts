import { endpointChain, type PortChains, portChains } from '../names.ts';
import type { Backend, Backends, ProxySite, ServicePort } from '../types.ts';

/** What kube-proxy decides for one service port before it writes a rule (kubernetes pkg/proxy/iptables/proxier.go syncProxyRules). */
export type PortPlan = {
  readonly port: ServicePort;
  readonly backends: Backends;
  readonly chains: PortChains;
  /** KUBE-SVC or KUBE-SVL, by internalTrafficPolicy. */
  readonly internal: string;
  /** The same by externalTrafficPolicy. */
  readonly external: string;
  /** Some endpoint takes what is sent to the ClusterIP. */
  readonly hasInternal: boolean;
  /** Some endpoint takes what comes from outside. */
  readonly hasExternal: boolean;
  readonly usesCluster: boolean;
  readonly usesLocal: boolean;
  readonly usesExternal: boolean;
  readonly usesFirewall: boolean;
  readonly endpoint: (backend: Backend) => string;
};

/** Derives the endpoints of a service port as the site's node sees them. */
export const planOf = (site: ProxySite, port: ServicePort): PortPlan => {
  const backends = site.table.backends(port, site.node);
  const chains = portChains(port);
  const { hasAny } = backends;
  const here = backends.local.length > 0;
  return {
    port,
    backends,
    chains,
    internal: port.internalLocal ? chains.svl : chains.svc,
    external: port.externalLocal ? chains.svl : chains.svc,
    hasInternal: hasAny && (here || !port.internalLocal),
    hasExternal: hasAny && (here || !port.externalLocal),
    usesCluster: backends.cluster.length > 0 && (!port.internalLocal || port.externallyAccessible),
    usesLocal: here && (port.internalLocal || (port.externalLocal && port.externallyAccessible)),
    // Not `hasExternal`: pods and the node itself get through without an endpoint here.
    usesExternal: hasAny && port.externallyAccessible,
    usesFirewall: hasAny && port.vips.length > 0 && port.sourceRanges.length > 0,
    endpoint: (backend) => endpointChain(port, backend),
  };
};
