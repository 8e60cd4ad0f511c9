import { dst, dstType, jump, not, RETURN, rule } from '../linux/rules.ts';
import type { Family } from '../net/ip.ts';
import { familyOfPrefix, type Prefix } from '../net/prefix.ts';
import type { NodeDraft } from './node.ts';
import { nodeOrigin } from './origin.ts';

const CHAIN = 'IP-MASQ-AGENT';
const SPARED = 'ip-masq-agent: local traffic is not subject to MASQUERADE';
const LAST = 'ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)';
const TOP =
  'ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom IP-MASQ-AGENT chain';

export type MasqAgent = {
  /** Who is named as the one that made the rules. */
  readonly plugin: string;
  /** nonMasqueradeCIDRs, in the order of the agent's configuration. */
  readonly spared: readonly Prefix[];
  /** `--random-fully`: upstream's agent has it since v2.10, Azure's has not. */
  readonly fullyRandom: boolean;
  /** Why a family's rules are only assumed. */
  readonly note?: string;
};

/**
 * The chain of ip-masq-agent (kubernetes-sigs/ip-masq-agent and Azure/ip-masq-agent-v2:cmd/ip-masq-agent/ip-masq-agent.go): what goes to a
 * spared range keeps its source, all else gets the node's. The rules ask for no source, so the node's own packets meet them too.
 */
export const addMasqAgent = (draft: NodeDraft, family: Family, agent: MasqAgent): void => {
  const rules = draft.rules(family);
  const { note } = agent;
  const own = nodeOrigin(agent.plugin, draft.node);
  const origin = note === undefined ? own : { ...own, known: 'assumed' as const, note };
  rules.append('nat', 'POSTROUTING', rule([not(dstType('LOCAL'))], jump(CHAIN), { comment: TOP, origin }));
  for (const range of agent.spared.filter((one) => familyOfPrefix(one) === family))
    rules.append('nat', CHAIN, rule([dst(range)], RETURN, { comment: SPARED, origin }));
  const masquerade = { target: 'MASQUERADE', ...(agent.fullyRandom && { fullyRandom: true }) } as const;
  rules.append('nat', CHAIN, rule([], masquerade, { comment: LAST, origin }));
};
