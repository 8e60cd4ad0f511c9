import type { Backends, ProxySite, ServicePort } from '../types.ts';
import { type PortChains, portChains } from './names.ts';

/** What kube-proxy decides for one service port before it writes a rule (kubernetes pkg/proxy/nftables/proxier.go syncProxyRules). */
export type PortPlan = {
  readonly port: ServicePort;
  readonly backends: Backends;
  readonly chains: PortChains;
  /** The `service-` or `local-` chain, by internalTrafficPolicy. */
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
    internal: port.internalLocal ? chains.local : chains.service,
    external: port.externalLocal ? chains.local : chains.service,
    hasInternal: hasAny && (here || !port.internalLocal),
    hasExternal: hasAny && (here || !port.externalLocal),
    usesCluster: backends.cluster.length > 0 && (!port.internalLocal || port.externallyAccessible),
    usesLocal: here && (port.internalLocal || (port.externalLocal && port.externallyAccessible)),
    // Not `hasExternal`: pods and the node itself get through without an endpoint here.
    usesExternal: hasAny && port.externallyAccessible,
    // The filter runs before the translation, so it is there without endpoints too.
    usesFirewall: port.vips.length > 0 && port.sourceRanges.length > 0,
  };
};
