import { dst, dstType, jump, not, RETURN, rule } from '../../linux/rules.ts';
import type { Node } from '../../model/cluster.ts';
import { familyOfPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import type { KubenetConfig } from './config.ts';

const CHAIN = 'IP-MASQ-AGENT';
const SPARED = 'ip-masq-agent: local traffic is not subject to MASQUERADE';
const LAST = 'ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)';
const TOP =
  'ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom IP-MASQ-AGENT chain';

// kubenet's own rule has no source: it is about the node's packets too.
const byKubelet = (draft: NodeDraft, spared: Prefix | undefined, node: Node) => {
  if (!spared || spared.len === 0) return;
  const comment = 'kubenet: SNAT for outbound traffic from cluster';
  const matches = [not(dst(spared)), not(dstType('LOCAL'))];
  const more = { comment, origin: nodeOrigin('kubenet', node) };
  draft.rules(4).append('nat', 'POSTROUTING', rule(matches, { target: 'MASQUERADE' }, more));
};

const linkLocal = parsePrefix('169.254.0.0/16');

// kubernetes-sigs/ip-masq-agent:cmd/ip-masq-agent/ip-masq-agent.go. On AKS link-local is masqueraded too (masqLinkLocal).
const byAgent = (draft: NodeDraft, config: KubenetConfig, node: Node) => {
  const rules = draft.rules(4);
  const origin = nodeOrigin('ip-masq-agent', node);
  const azure = config.fabric === 'azure';
  const spared = [...(azure || !linkLocal ? [] : [linkLocal]), ...config.nonMasquerade];
  rules.append('nat', 'POSTROUTING', rule([not(dstType('LOCAL'))], jump(CHAIN), { comment: TOP, origin }));
  for (const range of spared.filter((one) => familyOfPrefix(one) === 4))
    rules.append('nat', CHAIN, rule([dst(range)], RETURN, { comment: SPARED, origin }));
  const masquerade = { target: 'MASQUERADE', ...(!azure && { fullyRandom: true }) } as const;
  rules.append('nat', CHAIN, rule([], masquerade, { comment: LAST, origin }));
};

/** Which packets leave with the node's address: kubelet's one rule, or ip-masq-agent's chain. */
export const addMasquerade = (draft: NodeDraft, config: KubenetConfig): void => {
  if (config.masquerade === 'kubelet')
    byKubelet(
      draft,
      config.nonMasquerade.find((range) => familyOfPrefix(range) === 4),
      draft.node,
    );
  else byAgent(draft, config, draft.node);
};
