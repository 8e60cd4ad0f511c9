import type { Chain } from '../../linux/netfilter.ts';
import { memo, once } from '../memo.ts';
import { isPortChain } from '../names.ts';
import type { ProxySite, ServicePort } from '../types.ts';
import { chainsOf } from './chains.ts';
import { type Dispatch, dispatchOf } from './dispatch.ts';
import { type PortPlan, planOf } from './plan.ts';

/** What is written for each service port, made when it is first asked for. */
export type PortRules = {
  readonly dispatch: (port: ServicePort) => Dispatch;
  readonly chain: (name: string) => Chain | undefined;
  readonly chains: () => readonly Chain[];
};

/** Endpoints of the cluster beyond which kube-proxy leaves out the comments on their rules (pkg/proxy/iptables/proxier.go largeClusterEndpointsThreshold). */
const MANY_ENDPOINTS = 1000;

const hasMany = ({ table, family, node }: ProxySite): boolean => {
  let total = 0;
  for (const port of table.each(family)) {
    total += table.backends(port, node).every.length;
    if (total > MANY_ENDPOINTS) return true;
  }
  return false;
};

/**
 * The chains of a Service are found by the names that a jump to them brought up, and made then; a name that nothing has brought up yet
 * could be anyone's, so it makes the chains of all.
 */
export const createPortRules = (site: ProxySite): PortRules => {
  const plans = new Map<ServicePort, PortPlan>();
  const dispatches = new Map<ServicePort, Dispatch>();
  const made = new Map<ServicePort, readonly Chain[]>();
  const owners = new Map<string, ServicePort>();
  const byName = new Map<string, Chain>();
  const comments = once(() => !hasMany(site));

  const plan = (port: ServicePort) =>
    memo(plans, port, () => {
      const fresh = planOf(site, port);
      for (const name of Object.values(fresh.chains)) owners.set(name, port);
      return fresh;
    });
  const make = (port: ServicePort) =>
    memo(made, port, () => {
      const chains = chainsOf(plan(port), site, comments());
      for (const chain of chains) byName.set(chain.name, chain);
      return chains;
    });
  const all = once(() => site.table.ports(site.family).flatMap(make));

  return {
    dispatch: (port) => memo(dispatches, port, () => dispatchOf(plan(port))),
    chains: all,
    chain: (name) => {
      if (!isPortChain(name) || byName.has(name)) return byName.get(name);
      const owner = owners.get(name);
      if (owner) make(owner);
      else all();
      return byName.get(name);
    },
  };
};
