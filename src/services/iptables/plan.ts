import { endpointChain, type PortChains, portChains } from '../names.ts';
import { type PortPlan as Common, planPort } from '../port-plan.ts';
import type { Backend, ProxySite, ServicePort } from '../types.ts';

/** What kube-proxy decides for one service port, with the chains that it writes for it (kubernetes pkg/proxy/iptables/proxier.go). */
export type PortPlan = Common & {
  readonly chains: PortChains;
  /** KUBE-SVC or KUBE-SVL, by internalTrafficPolicy. */
  readonly internal: string;
  /** The same by externalTrafficPolicy. */
  readonly external: string;
  readonly usesFirewall: boolean;
  readonly endpoint: (backend: Backend) => string;
};

export const planOf = (site: ProxySite, port: ServicePort): PortPlan => {
  const common = planPort(site, port);
  const chains = portChains(port);
  return {
    ...common,
    chains,
    internal: port.internalLocal ? chains.svl : chains.svc,
    external: port.externalLocal ? chains.svl : chains.svc,
    usesFirewall: common.backends.hasAny && common.isFiltered,
    endpoint: (backend) => endpointChain(port, backend),
  };
};
