import type { Chain, Hook, Match, NfRule } from '../../linux/netfilter.ts';
import { jump, not, rule } from '../../linux/rules.ts';
import { familyOfPrefix } from '../../net/prefix.ts';
import { fromPod } from '../kube-chains.ts';
import type { ProxySite } from '../types.ts';
import { nodePortIps } from './node-ports.ts';
import {
  ADDRESS_KEY,
  CLUSTER_IPS,
  HAIRPIN,
  HAIRPIN_KEY,
  inSet,
  KUBE_PROXY,
  local,
  type MapName,
  markMasq,
  NODEPORT_IPS,
  notLoopback,
  PORT_KEY,
  REJECT_CHAIN,
} from './words.ts';

const NEW: Match = { match: 'ctstate', states: ['NEW'] };
const by = (comment?: string) => ({ origin: KUBE_PROXY, ...(comment !== undefined && { comment }) });
const vmap = (map: MapName, matches: readonly Match[] = []): NfRule =>
  rule(matches, { target: 'vmap', map, fields: map.endsWith('nodeports') ? PORT_KEY : ADDRESS_KEY }, by());

const base = (
  type: 'filter' | 'nat',
  hook: Hook,
  priority: number,
  to: readonly string[],
  name = `${type}-${hook}`,
): Chain => ({
  name,
  base: { type, hook, priority, policy: 'ACCEPT' },
  rules: to.map((chain) => rule(type === 'filter' ? [NEW] : [], jump(chain), by())),
});

/** The chains with a hook, in the order in which kube-proxy makes them (nftablesBaseChains and nftablesJumpChains of its proxier.go). */
export const baseChains: readonly Chain[] = [
  // Before the translation, where a load balancer's address still stands as the destination.
  base('filter', 'prerouting', -110, ['firewall-check'], 'filter-prerouting-pre-dnat'),
  base('filter', 'output', -110, ['firewall-check'], 'filter-output-pre-dnat'),
  base('filter', 'input', 0, ['nodeport-endpoints-check', 'service-endpoints-check']),
  base('filter', 'forward', 0, ['service-endpoints-check', 'cluster-ips-check']),
  base('filter', 'output', 0, ['service-endpoints-check', 'cluster-ips-check']),
  base('nat', 'prerouting', -100, ['services']),
  base('nat', 'output', -100, ['services']),
  base('nat', 'postrouting', 100, ['masquerading']),
];

const services = (site: ProxySite): readonly NfRule[] => {
  const { config, family } = site;
  const pods = fromPod(site);
  const clusterIp = inSet(CLUSTER_IPS, 'daddr');
  const masquerade = config.masqueradeAll
    ? [rule([clusterIp], markMasq(config), by('masquerade all clusterIP traffic'))]
    : pods
      ? [rule([clusterIp, not(pods)], markMasq(config), by('masquerade clusterIP traffic from outside cluster'))]
      : [];
  const toNode = nodePortIps(site) ? [inSet(NODEPORT_IPS, 'daddr')] : [local('dst'), notLoopback(family)];
  return [...masquerade, vmap('service-ips'), vmap('service-nodeports', toNode)];
};

const masquerading = ({ config: { masqueradeMark: mask } }: ProxySite): readonly NfRule[] => {
  const masquerade = { target: 'MASQUERADE', fullyRandom: true } as const;
  const marked: Match = { match: 'mark', value: 0, mask, not: true };
  return [
    // The mark comes off, so that a packet that is wrapped and sent again does not meet this twice.
    { ...rule([marked], masquerade, by()), before: [{ target: 'MARK', value: mask, mask: 0 }] },
    rule([{ match: 'ctstate', states: ['DNAT'] }, inSet(HAIRPIN, ...HAIRPIN_KEY)], masquerade, by()),
  ];
};

const clusterIpsCheck = ({ config, family }: ProxySite): readonly NfRule[] => {
  const prefixes = config.serviceCIDRs.filter((range) => familyOfPrefix(range) === family);
  const reject = { target: 'REJECT', with: 'icmp-port-unreachable' } as const;
  return [
    rule([inSet(CLUSTER_IPS, 'daddr')], reject, by('Reject traffic to invalid ports of ClusterIPs')),
    ...(prefixes.length > 0
      ? [rule([{ match: 'daddr-in', prefixes }], { target: 'DROP' }, by('Drop traffic to unallocated ClusterIPs'))]
      : []),
  ];
};

/** The chains that are there whatever Services there are (setupNFTables). */
export const fixedChains = (site: ProxySite): readonly Chain[] => [
  ...baseChains,
  {
    name: 'nodeport-endpoints-check',
    rules: [
      vmap('no-endpoint-nodeports', [nodePortIps(site) ? inSet(NODEPORT_IPS, 'daddr') : notLoopback(site.family)]),
    ],
  },
  { name: 'service-endpoints-check', rules: [vmap('no-endpoint-services')] },
  { name: 'firewall-check', rules: [vmap('firewall-ips')] },
  { name: 'services', rules: services(site) },
  { name: 'masquerading', rules: masquerading(site) },
  { name: 'cluster-ips-check', rules: clusterIpsCheck(site) },
  {
    name: REJECT_CHAIN,
    rules: [rule([], { target: 'REJECT', with: 'icmp-port-unreachable' }, by())],
    comment: 'helper for @no-endpoint-services / @no-endpoint-nodeports',
  },
];
