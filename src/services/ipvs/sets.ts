import type { IpSet } from '../../linux/netfilter.ts';
import { formatIp, type Ip } from '../../net/ip.ts';
import { contains, formatPrefix } from '../../net/prefix.ts';
import type { ProxySite, ServicePort } from '../types.ts';
import { nodePortIps } from './servers.ts';

type Spec = {
  readonly name: string;
  readonly type: IpSet['type'];
  /** What the rules that ask for the set carry as a comment. */
  readonly comment: string;
  /** The entries that a service port adds. */
  readonly of: (port: ServicePort, site: ProxySite) => readonly string[];
};

const at = (ip: Ip, port: ServicePort): string => `${formatIp(ip)},${port.protocol}:${port.port}`;

/** Whether the load balancer of a service port lets the node itself in. */
export const admitsNode = ({ sourceRanges }: ServicePort, { node }: ProxySite): boolean =>
  sourceRanges.some((range) => node.primary !== undefined && contains(range, node.primary));

// A node port is programmed only where the node has an address for it.
const nodePort =
  (protocol: 'tcp' | 'udp', onlyLocal: boolean): Spec['of'] =>
  (port, site) =>
    port.nodePort === undefined ||
    port.protocol !== protocol ||
    (onlyLocal && !port.externalLocal) ||
    nodePortIps(site).length === 0
      ? []
      : [`${port.nodePort}`];

const sctpPort =
  (onlyLocal: boolean): Spec['of'] =>
  (port, site) =>
    port.nodePort === undefined || port.protocol !== 'sctp' || (onlyLocal && !port.externalLocal)
      ? []
      : nodePortIps(site).map((ip) => `${formatIp(ip)},sctp:${port.nodePort}`);

/** The endpoints on this node, usable or not: a pod that its own Service leads back to itself is to see another source. */
const loopBack: Spec['of'] = (port, { table, node }) =>
  table
    .backends(port, node)
    .every.filter(({ local }) => local)
    .map(({ ip, port: number }) => `${formatIp(ip)},${port.protocol}:${number},${formatIp(ip)}`);

const boundIps: Spec['of'] = ({ clusterIP, externalIPs, vips }, { node }) =>
  [clusterIP, ...[...externalIPs, ...vips].filter((ip) => !node.ips.includes(ip))].map(formatIp);

/** The ipsets of ipvs mode (kubernetes pkg/proxy/ipvs/ipset.go, syncProxyRules of proxier.go). */
export const SETS = {
  loopBack: {
    name: 'KUBE-LOOP-BACK',
    type: 'hash:ip,port,ip',
    comment: 'Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose',
    of: loopBack,
  },
  clusterIp: {
    name: 'KUBE-CLUSTER-IP',
    type: 'hash:ip,port',
    comment: 'Kubernetes service cluster ip + port for masquerade purpose',
    of: (port) => [at(port.clusterIP, port)],
  },
  externalIp: {
    name: 'KUBE-EXTERNAL-IP',
    type: 'hash:ip,port',
    comment: 'Kubernetes service external ip + port for masquerade and filter purpose',
    of: (port) => (port.externalLocal ? [] : port.externalIPs.map((ip) => at(ip, port))),
  },
  externalIpLocal: {
    name: 'KUBE-EXTERNAL-IP-LOCAL',
    type: 'hash:ip,port',
    comment: 'Kubernetes service external ip + port with externalTrafficPolicy=local',
    of: (port) => (port.externalLocal ? port.externalIPs.map((ip) => at(ip, port)) : []),
  },
  loadBalancer: {
    name: 'KUBE-LOAD-BALANCER',
    type: 'hash:ip,port',
    comment: 'Kubernetes service lb portal',
    of: (port) => port.vips.map((ip) => at(ip, port)),
  },
  loadBalancerFw: {
    name: 'KUBE-LOAD-BALANCER-FW',
    type: 'hash:ip,port',
    comment: 'Kubernetes service load balancer ip + port for load balancer with sourceRange',
    of: (port) => (port.sourceRanges.length > 0 ? port.vips.map((ip) => at(ip, port)) : []),
  },
  loadBalancerLocal: {
    name: 'KUBE-LOAD-BALANCER-LOCAL',
    type: 'hash:ip,port',
    comment: 'Kubernetes service load balancer ip + port with externalTrafficPolicy=local',
    of: (port) => (port.externalLocal ? port.vips.map((ip) => at(ip, port)) : []),
  },
  loadBalancerSourceIp: {
    name: 'KUBE-LOAD-BALANCER-SOURCE-IP',
    type: 'hash:ip,port,ip',
    comment: 'Kubernetes service load balancer ip + port + source IP for packet filter purpose',
    of: (port, site) => (admitsNode(port, site) ? port.vips.map((ip) => `${at(ip, port)},${formatIp(ip)}`) : []),
  },
  loadBalancerSourceCidr: {
    name: 'KUBE-LOAD-BALANCER-SOURCE-CIDR',
    type: 'hash:ip,port,net',
    comment: 'Kubernetes service load balancer ip + port + source cidr for packet filter purpose',
    of: (port) => port.vips.flatMap((ip) => port.sourceRanges.map((range) => `${at(ip, port)},${formatPrefix(range)}`)),
  },
  nodePortTcp: {
    name: 'KUBE-NODE-PORT-TCP',
    type: 'bitmap:port',
    comment: 'Kubernetes nodeport TCP port for masquerade purpose',
    of: nodePort('tcp', false),
  },
  nodePortLocalTcp: {
    name: 'KUBE-NODE-PORT-LOCAL-TCP',
    type: 'bitmap:port',
    comment: 'Kubernetes nodeport TCP port with externalTrafficPolicy=local',
    of: nodePort('tcp', true),
  },
  nodePortUdp: {
    name: 'KUBE-NODE-PORT-UDP',
    type: 'bitmap:port',
    comment: 'Kubernetes nodeport UDP port for masquerade purpose',
    of: nodePort('udp', false),
  },
  nodePortLocalUdp: {
    name: 'KUBE-NODE-PORT-LOCAL-UDP',
    type: 'bitmap:port',
    comment: 'Kubernetes nodeport UDP port with externalTrafficPolicy=local',
    of: nodePort('udp', true),
  },
  nodePortSctp: {
    name: 'KUBE-NODE-PORT-SCTP-HASH',
    type: 'hash:ip,port',
    comment: "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
    of: sctpPort(false),
  },
  nodePortLocalSctp: {
    name: 'KUBE-NODE-PORT-LOCAL-SCTP-HASH',
    type: 'hash:ip,port',
    comment: "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'",
    of: sctpPort(true),
  },
  healthCheck: {
    name: 'KUBE-HEALTH-CHECK-NODE-PORT',
    type: 'bitmap:port',
    comment: 'Kubernetes health check node port',
    of: ({ healthCheckNodePort: check }) => (check === undefined ? [] : [`${check}`]),
  },
  ipvsIps: {
    name: 'KUBE-IPVS-IPS',
    type: 'hash:ip',
    comment: 'Addresses on the ipvs interface',
    of: boundIps,
  },
} as const satisfies Readonly<Record<string, Spec>>;

export type SetKey = keyof typeof SETS;

/** The name of a set in one family: IPv6 has a prefix of its own, and a name has at most 31 characters. */
export const setName = (key: SetKey, family: 4 | 6): string => {
  const { name } = SETS[key];
  return family === 4 ? name : name.replace('KUBE-', 'KUBE-6-').slice(0, 31);
};
