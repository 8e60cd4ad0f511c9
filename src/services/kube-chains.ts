import type { Chain, Match, NfRule } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { ACCEPT, dst, iif, jump, mark, not, RETURN, rule, src } from '../linux/rules.ts';
import type { Family } from '../net/ip.ts';
import { familyOfPrefix, type Prefix } from '../net/prefix.ts';
import { type Addition, mergeTables } from './merge.ts';
import type { ProxyConfig, ProxySite } from './types.ts';

export const MARK_MASQ = 'KUBE-MARK-MASQ';
export const POSTROUTING = 'KUBE-POSTROUTING';
export const FORWARD = 'KUBE-FORWARD';
export const FIREWALL = 'KUBE-FIREWALL';

/** Who wrote the lines that belong to no Service. */
export const KUBE_PROXY = { plugin: 'kube-proxy' } as const;

const ofFamily = (prefixes: readonly Prefix[], family: Family): Match | undefined => {
  const first = prefixes.find((prefix) => familyOfPrefix(prefix) === family);
  return first && src(first);
};

/**
 * The test that a packet comes from a pod, by detectLocalMode; undefined where there is nothing to tell pods by
 * (kubernetes pkg/proxy/util/localdetector.go). A node's own packets have no input interface, so the interface modes never hold for them.
 */
export const fromPod = ({ config, family, node }: Pick<ProxySite, 'config' | 'family' | 'node'>): Match | undefined => {
  const { detectLocal, clusterCIDRs } = config;
  switch (detectLocal.mode) {
    case 'ClusterCIDR':
      return ofFamily(clusterCIDRs, family);
    case 'NodeCIDR':
      return ofFamily(node.podCIDRs, family);
    case 'BridgeInterface':
      return iif(detectLocal.bridge);
    case 'InterfaceNamePrefix':
      return iif(`${detectLocal.prefix}+`);
    case 'none':
      return undefined;
  }
};

/** nat KUBE-MARK-MASQ: what passes it is masqueraded on its way out. */
export const markMasq = ({ masqueradeMark: value }: Pick<ProxyConfig, 'masqueradeMark'>): Chain => ({
  name: MARK_MASQ,
  rules: [rule([], { target: 'MARK', value, mask: value }, { origin: KUBE_PROXY })],
});

/**
 * nat KUBE-POSTROUTING: masquerades what carries the mark, and takes the mark off so that a packet that is wrapped and sent again
 * does not meet it twice (kubernetes pkg/proxy/iptables/proxier.go, ipvs/proxier.go).
 * @param first ipvs mode's rule for packets back to their sender
 */
export const kubePostrouting = (
  { masqueradeMark: value }: Pick<ProxyConfig, 'masqueradeMark'>,
  first: readonly NfRule[] = [],
): Chain => ({
  name: POSTROUTING,
  rules: [
    ...first,
    rule([not(mark(value))], RETURN, { origin: KUBE_PROXY }),
    rule([], { target: 'MARK', value, mask: 0 }, { origin: KUBE_PROXY }),
    rule(
      [],
      { target: 'MASQUERADE', fullyRandom: true },
      { comment: 'kubernetes service traffic requiring SNAT', origin: KUBE_PROXY },
    ),
  ],
});

/** filter KUBE-FORWARD as both modes have it: marked packets and known connections pass. `first`: iptables mode's drop of INVALID. */
export const kubeForward = (
  { masqueradeMark: value }: Pick<ProxyConfig, 'masqueradeMark'>,
  first: readonly NfRule[] = [],
): Chain => ({
  name: FORWARD,
  rules: [
    ...first,
    rule([mark(value)], ACCEPT, { comment: 'kubernetes forwarding rules', origin: KUBE_PROXY }),
    rule([{ match: 'ctstate', states: ['RELATED', 'ESTABLISHED'] }], ACCEPT, {
      comment: 'kubernetes forwarding conntrack rule',
      origin: KUBE_PROXY,
    }),
  ],
});

const LOOPBACK: Prefix = { addr: 0x7f000000, len: 8 };

/** filter KUBE-FIREWALL, IPv4: with route_localnet set, others could reach what listens on 127.0.0.0/8 (Kubernetes issue 90259). */
export const kubeFirewall = (plugin: 'kubelet' | 'kube-proxy'): Chain => ({
  name: FIREWALL,
  rules: [
    rule(
      [not(src(LOOPBACK)), dst(LOOPBACK), not({ match: 'ctstate', states: ['RELATED', 'ESTABLISHED', 'DNAT'] })],
      { target: 'DROP' },
      { comment: 'block incoming localnet connections', origin: { plugin } },
    ),
  ],
});

/** The jumps to KUBE-FIREWALL, in the order of kube-proxy; kubelet inserts them the other way round, which comes to the same. */
export const firewallJumps = (plugin: 'kubelet' | 'kube-proxy'): Addition['inserts'] =>
  ['INPUT', 'OUTPUT'].map((into) => ({ into, rule: rule([], jump(FIREWALL), { origin: { plugin } }) }));

/** The empty chain, in mangle, nat and filter, by which kube-proxy sees that its rules were flushed (kubernetes pkg/util/iptables Monitor). */
export const PROXY_CANARY = 'KUBE-PROXY-CANARY';

/**
 * kubelet's chains (kubernetes pkg/kubelet/kubelet_network_linux.go, since 1.28). kubelet starts before kube-proxy, so what it inserts
 * comes to stand behind kube-proxy's jumps: add it first.
 */
export const addKubelet = (netns: Netns, family: Family): Netns => {
  const canary = 'KUBE-KUBELET-CANARY';
  return mergeTables(netns, family, [
    { name: 'mangle', chains: [], ensure: ['KUBE-IPTABLES-HINT', canary], inserts: [] },
    { name: 'nat', chains: [], ensure: [canary], inserts: [] },
    {
      name: 'filter',
      chains: family === 4 ? [kubeFirewall('kubelet')] : [],
      ensure: [canary],
      inserts: family === 4 ? firewallJumps('kubelet') : [],
    },
  ]);
};
