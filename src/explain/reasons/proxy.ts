import type { WordsByCode } from './words.ts';

/** What is assumed of kube-proxy, and what can be wrong with its configuration. */
export const PROXY: WordsByCode = {
  ASSUMED_PROXY_MODE: {
    summary: 'the mode of kube-proxy is assumed',
    paragraphs: [
      'The input has Services and does not say how kube-proxy serves them. On Linux its default is iptables; ipvs and nftables answer some packets differently, such as a ping or a wrong port of a ClusterIP.',
    ],
    hint: 'state `proxy: nftables` in the cluster file, or say --proxy',
  },
  ASSUMED_CLUSTER_CIDR: {
    summary: "the range that kube-proxy takes for the pods' is assumed",
    paragraphs: [
      "kube-proxy masquerades what comes to a ClusterIP from outside of its clusterCIDR, and lets pods take the short way to a Service with externalTrafficPolicy Local. kubeadm sets it to the cluster's range of pods.",
    ],
    hint: 'state proxy.clusterCIDR; an empty list is kube-proxy without one',
  },
  PROXY_CLUSTER_CIDR: {
    summary: "kube-proxy's clusterCIDR does not hold the pods",
    paragraphs: [
      'Pods outside of it count as outsiders: their traffic to a ClusterIP is masqueraded, so that the backend sees the address of a node. A Service with externalTrafficPolicy Local gives them the endpoints of one node only.',
    ],
    causes: ['the range of the pods was changed or extended later', 'a mistyped digit'],
    hint: 'set clusterCIDR to the range of the pods',
  },
  INFERRED_PROXY: {
    summary: 'what kube-proxy does was told from the dump',
    paragraphs: [
      'Its ConfigMap or its arguments show its mode and its settings; in a dump of a whole cluster without a kube-proxy, none runs. The evidence stands with the assumption.',
    ],
    hint: 'state proxy',
  },
};
