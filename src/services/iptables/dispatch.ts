import type { Match, NfRule, Target } from '../../linux/netfilter.ts';
import { ACCEPT, dport, dstIp, dstType, jump, l4, rule } from '../../linux/rules.ts';
import type { Ip } from '../../net/ip.ts';
import type { ServicePort } from '../types.ts';
import type { PortPlan } from './plan.ts';

/** The rules of one service port in the chains that all of them share (kubernetes pkg/proxy/iptables/proxier.go). */
export type Dispatch = {
  /** nat KUBE-SERVICES */
  readonly services: readonly NfRule[];
  /** nat KUBE-NODEPORTS */
  readonly nodePorts: readonly NfRule[];
  /** filter KUBE-SERVICES */
  readonly noEndpoints: readonly NfRule[];
  /** filter KUBE-EXTERNAL-SERVICES */
  readonly noExternalEndpoints: readonly NfRule[];
  /** filter KUBE-PROXY-FIREWALL */
  readonly firewall: readonly NfRule[];
};

/** `-p tcp -d 172.30.0.41 --dport 80`, as each rule for an address of the Service has it. */
export const toAddress = (port: ServicePort, ip: Ip): readonly Match[] => [
  dstIp(ip),
  l4(port.protocol),
  dport(port.port),
];

const REJECT: Target = { target: 'REJECT', with: 'icmp-port-unreachable' };
const DROP: Target = { target: 'DROP' };

export const dispatchOf = (plan: PortPlan): Dispatch => {
  const { port, backends, chains } = plan;
  const { origin, name, externalIPs, vips, nodePort } = port;
  const { hasAny } = backends;
  const to = (ip: Ip, comment: string, action: Target) =>
    rule(toAddress(port, ip), action, { comment: `${name} ${comment}`, origin });
  // A DROP where endpoints are elsewhere: a load balancer that asks all nodes sees no reset.
  const [refuse, why] = hasAny ? [DROP, 'has no local endpoints'] : [REJECT, 'has no endpoints'];
  const toNodePort = nodePort === undefined ? [] : [l4(port.protocol), dport(nodePort)];
  const external = plan.usesFirewall ? chains.fw : chains.ext;
  return {
    services: [
      ...(plan.hasInternal ? [to(port.clusterIP, 'cluster IP', jump(plan.internal))] : []),
      ...(hasAny ? externalIPs.map((ip) => to(ip, 'external IP', jump(chains.ext))) : []),
      ...(hasAny ? vips.map((ip) => to(ip, 'loadbalancer IP', jump(external))) : []),
    ],
    nodePorts: hasAny && nodePort !== undefined ? [rule(toNodePort, jump(chains.ext), { comment: name, origin })] : [],
    noEndpoints: plan.hasInternal ? [] : [to(port.clusterIP, why, refuse)],
    noExternalEndpoints: plan.hasExternal
      ? []
      : [
          ...[...externalIPs, ...vips].map((ip) => to(ip, why, refuse)),
          ...(nodePort === undefined
            ? []
            : [rule([dstType('LOCAL'), ...toNodePort], refuse, { comment: `${name} ${why}`, origin })]),
        ],
    firewall: plan.usesFirewall ? vips.map((ip) => to(ip, `traffic not accepted by ${chains.fw}`, DROP)) : [],
  };
};

/** filter KUBE-NODEPORTS: load balancers may ask for the node's health whatever the INPUT policy. */
export const healthCheckRule = ({ name, origin, healthCheckNodePort }: ServicePort): readonly NfRule[] =>
  healthCheckNodePort === undefined
    ? []
    : [
        rule([l4('tcp'), dport(healthCheckNodePort)], ACCEPT, {
          comment: `${name} health check node port`,
          origin,
        }),
      ];
