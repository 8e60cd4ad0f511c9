import type { NftMapElement, NftSet, Target } from '../../linux/netfilter.ts';
import { formatIp } from '../../net/ip.ts';
import { endpointNames } from './names.ts';
import type { PortPlan } from './plan.ts';
import { addressKey, goto, type MapName, portKey, REJECT_CHAIN } from './words.ts';

/** What one service port puts into the verdict maps (syncProxyRules of kube-proxy's proxier.go). */
export const elementsOf = (plan: PortPlan): Readonly<Record<MapName, readonly NftMapElement[]>> => {
  const { port, chains, backends, hasInternal, hasExternal, usesFirewall } = plan;
  const { clusterIP, externalIPs, vips, nodePort, origin, protocol } = port;
  // Nowhere an endpoint: refused. Some, but none here: dropped, so that a load balancer that checks this node's health sees no reset.
  const none: Target = backends.hasAny ? { target: 'DROP' } : goto(REJECT_CHAIN);
  const outside = [...externalIPs, ...vips].map((ip) => addressKey(port, ip));
  const inside = addressKey(port, clusterIP);
  const ports = nodePort === undefined ? [] : [portKey(protocol, nodePort)];
  const to = (keys: readonly string[], action: Target, when: boolean): readonly NftMapElement[] =>
    when ? keys.map((key) => ({ key, action, origin })) : [];
  const lost = (keys: readonly string[], when: boolean): readonly NftMapElement[] =>
    when ? keys.map((key) => ({ key, action: none, origin, comment: port.name })) : [];
  return {
    'no-endpoint-services': [...lost([inside], !hasInternal), ...lost(outside, !hasExternal)],
    'no-endpoint-nodeports': lost(ports, !hasExternal),
    'firewall-ips': to(
      vips.map((ip) => addressKey(port, ip)),
      goto(chains.firewall),
      usesFirewall,
    ),
    'service-ips': [
      ...to([inside], goto(plan.internal), hasInternal),
      ...to(outside, goto(chains.external), backends.hasAny),
    ],
    'service-nodeports': to(ports, goto(chains.external), backends.hasAny),
  };
};

/** `10.1.0.5 . 10.1.0.5 . tcp . 8080` for each endpoint on this node: what it sends to itself by the Service. */
export const hairpinsOf = ({ port, backends }: PortPlan): readonly string[] =>
  backends.all
    .filter((backend) => backend.local)
    .map((backend) => `${formatIp(backend.ip)} . ${formatIp(backend.ip)} . ${portKey(port.protocol, backend.port)}`);

/** The sets that remember which clients stay with which endpoint. */
export const affinitySetsOf = ({ port, backends }: PortPlan): readonly NftSet[] => {
  const { affinity: timeout } = port;
  if (timeout === undefined) return [];
  return backends.all.map((backend) => ({
    name: endpointNames(port, backend).affinity,
    fields: ['saddr'],
    elements: [],
    flags: ['dynamic', 'timeout'],
    timeout,
  }));
};
