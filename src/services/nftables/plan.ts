import { type PortPlan as Common, planPort } from '../port-plan.ts';
import type { ProxySite, ServicePort } from '../types.ts';
import { type PortChains, portChains } from './names.ts';

/** What kube-proxy decides for one service port, with the chains that it writes for it (kubernetes pkg/proxy/nftables/proxier.go). */
export type PortPlan = Common & {
  readonly chains: PortChains;
  /** The `service-` or `local-` chain, by internalTrafficPolicy. */
  readonly internal: string;
  /** The same by externalTrafficPolicy. */
  readonly external: string;
  readonly usesFirewall: boolean;
};

export const planOf = (site: ProxySite, port: ServicePort): PortPlan => {
  const common = planPort(site, port);
  const chains = portChains(port);
  return {
    ...common,
    chains,
    internal: port.internalLocal ? chains.local : chains.service,
    external: port.externalLocal ? chains.local : chains.service,
    // The filter runs before the translation, so it is there without endpoints too.
    usesFirewall: common.isFiltered,
  };
};
