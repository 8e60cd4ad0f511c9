import type { WordsByCode } from './words.ts';

/** What netfilter, ebtables and IPsec policies can say. */
export const FILTER: WordsByCode = {
  FILTERED: {
    dropReasons: ['NETFILTER_DROP'],
    summary: 'a rule drops the packet',
    paragraphs: ['A rule with the target DROP matched. Nobody is told, so the sender runs into a timeout.'],
    hint: 'the rule stands with the step; `k8snet trace -v` shows every rule that was tried before it',
  },
  FILTER_POLICY_DROP: {
    dropReasons: ['NETFILTER_DROP'],
    summary: 'no rule accepts the packet, and the policy of the chain is DROP',
    paragraphs: [
      'The chain ran to its end without a decision, and its policy is DROP. Docker sets the policy of FORWARD to DROP; plugins then need their own rules that accept the traffic of pods.',
      'With nftables, an accept in one table does not help against a DROP policy in another: every base chain of a hook must accept.',
    ],
    causes: [
      'Docker or a firewall set the policy of FORWARD to DROP',
      "the plugin's accepting rules are missing or do not cover this range",
    ],
    hint: 'accept the pod range in that chain, or set its policy to ACCEPT (`iptables -P FORWARD ACCEPT`)',
  },
  REJECTED_BY_RULE: {
    dropReasons: ['NETFILTER_DROP'],
    summary: 'a rule rejects the packet',
    paragraphs: [
      'A rule with the target REJECT matched: the sender is told by ICMP or by a TCP reset, and fails at once.',
    ],
    hint: 'the rule stands with the step',
  },
  EBTABLES_DROP: {
    dropReasons: ['NETFILTER_DROP'],
    summary: 'a rule of the bridge (ebtables) drops the frame',
    paragraphs: [
      'ebtables filters frames inside a bridge. kubenet writes such rules to drop the second copy of a frame that a promiscuous bridge makes.',
    ],
    hint: 'look at `ebtables -L`',
  },
  XFRM_MISMATCH: {
    dropReasons: ['XFRM_POLICY'],
    summary: 'the packet came in clear, but a policy wants it encrypted',
    paragraphs: ['An IPsec policy covers these addresses, and the packet did not come out of its tunnel.'],
    hint: 'compare `ip xfrm policy` on both nodes',
  },
};
