import type { Match, NftField, Target } from '../../linux/netfilter.ts';
import { dst, dstIp, not } from '../../linux/rules.ts';
import { type Family, formatIp, type Ip } from '../../net/ip.ts';
import type { ProxyConfig, ServicePort } from '../types.ts';

/** Who wrote the lines that belong to no Service. */
export const KUBE_PROXY = { plugin: 'kube-proxy' } as const;

export const CLUSTER_IPS = 'cluster-ips';
export const NODEPORT_IPS = 'nodeport-ips';
export const HAIRPIN = 'hairpin-connections';
export const REJECT_CHAIN = 'reject-chain';

/** The verdict maps, in the order in which kube-proxy makes them. */
export const MAPS = {
  'no-endpoint-services': 'vmap to drop or reject packets to services with no endpoints',
  'no-endpoint-nodeports': 'vmap to drop or reject packets to service nodeports with no endpoints',
  'firewall-ips': 'destinations that are subject to LoadBalancerSourceRanges',
  'service-ips': 'ClusterIP, ExternalIP and LoadBalancer IP traffic',
  'service-nodeports': 'NodePort traffic',
} as const;
export type MapName = keyof typeof MAPS;

/** What a map of addresses is asked with, and one of node ports. */
export const ADDRESS_KEY: readonly NftField[] = ['daddr', 'l4proto', 'dport'];
export const PORT_KEY: readonly NftField[] = ['l4proto', 'dport'];
export const HAIRPIN_KEY: readonly NftField[] = ['saddr', 'daddr', 'l4proto', 'dport'];

/** `10.96.0.1 . tcp . 80`. */
export const addressKey = ({ protocol, port }: ServicePort, ip: Ip): string =>
  `${formatIp(ip)} . ${protocol} . ${port}`;
/** `tcp . 30080`. */
export const portKey = (protocol: ServicePort['protocol'], port: number): string => `${protocol} . ${port}`;

/** `ip daddr @cluster-ips`. */
export const inSet = (set: string, ...fields: readonly NftField[]): Match => ({ match: 'lookup', set, fields });
export const goto = (chain: string): Target => ({ target: 'goto', chain });
/** `mark set mark or 0x4000`: what passes is masqueraded on its way out. */
export const markMasq = ({ masqueradeMark: value }: ProxyConfig): Target => ({ target: 'MARK', value, mask: value });
export const local = (side: 'src' | 'dst'): Match => ({ match: 'addrtype', side, type: 'LOCAL' });

/** NodePorts are not served on loopback addresses in this mode. */
export const notLoopback = (family: Family): Match => not(family === 4 ? dst({ addr: 0x7f000000, len: 8 }) : dstIp(1n));
