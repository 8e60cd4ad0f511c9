import type { IpSet } from '../../linux/netfilter.ts';
import { dst, jump, multicast, not, RETURN, rule, src } from '../../linux/rules.ts';
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import type { WeaveConfig } from './config.ts';

const NO_MASQ_LOCAL = 'weaver-no-masq-local';

/**
 * nat WEAVE (net/bridge.go, net/expose.go): who comes from outside is seen as the node's bridge, unless the pod is of this node; pods are seen
 * outside as the node. The chain is appended, behind KUBE-POSTROUTING.
 */
export const addNat = (draft: NodeDraft, config: WeaveConfig, owned: readonly Prefix[]): void => {
  const rules = draft.rules(4);
  const { range } = config;
  const origin = nodeOrigin('weave', draft.node);
  const more = { origin };
  const masquerade = { target: 'MASQUERADE' } as const;
  rules.append('nat', 'POSTROUTING', rule([], jump('WEAVE'), more));
  if (config.noMasqLocal) {
    const set: IpSet = { name: NO_MASQ_LOCAL, type: 'hash:net', family: 4, entries: owned.map(formatPrefix) };
    draft.netns.ipsets.push(set);
    const comment = 'Prevent SNAT to locally running containers';
    const local = { match: 'set', set: NO_MASQ_LOCAL, dirs: ['dst'] } as const;
    rules.append('nat', 'WEAVE', rule([local], RETURN, { comment, commentAt: 1, origin }));
  }
  rules.chain('nat', 'WEAVE');
  if (!config.masquerade) return;
  rules.append(
    'nat',
    'WEAVE',
    rule([src(range), dst(multicast(4))], RETURN, more),
    rule([not(src(range)), dst(range)], masquerade, more),
    rule([src(range), not(dst(range))], masquerade, more),
  );
};
