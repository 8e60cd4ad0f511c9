import { dst, dstType, not, rule } from '../../linux/rules.ts';
import type { Node } from '../../model/cluster.ts';
import { familyOfPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts';
import { addMasqAgent } from '../masq-agent.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import type { KubenetConfig } from './config.ts';

// kubenet's own rule has no source: it is about the node's packets too.
const byKubelet = (draft: NodeDraft, spared: Prefix | undefined, node: Node) => {
  if (!spared || spared.len === 0) return;
  const comment = 'kubenet: SNAT for outbound traffic from cluster';
  const matches = [not(dst(spared)), not(dstType('LOCAL'))];
  const more = { comment, origin: nodeOrigin('kubenet', node) };
  draft.rules(4).append('nat', 'POSTROUTING', rule(matches, { target: 'MASQUERADE' }, more));
};

const linkLocal = parsePrefix('169.254.0.0/16');

// On AKS link-local is masqueraded too (masqLinkLocal).
const byAgent = (draft: NodeDraft, config: KubenetConfig) => {
  const azure = config.fabric === 'azure';
  const spared = [...(azure || !linkLocal ? [] : [linkLocal]), ...config.nonMasquerade];
  addMasqAgent(draft, 4, { plugin: 'ip-masq-agent', spared, fullyRandom: !azure });
};

/** Which packets leave with the node's address: kubelet's one rule, or ip-masq-agent's chain. */
export const addMasquerade = (draft: NodeDraft, config: KubenetConfig): void => {
  if (config.masquerade === 'kubelet')
    byKubelet(
      draft,
      config.nonMasquerade.find((range) => familyOfPrefix(range) === 4),
      draft.node,
    );
  else byAgent(draft, config);
};
