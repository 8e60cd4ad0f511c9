import type { NfRule, Target } from '../../linux/netfilter.ts';
import type { Origin } from '../../linux/origin.ts';
import { ACCEPT, dst, jump, mark, multicast, not, RETURN, rule, src } from '../../linux/rules.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { NodeDraft } from '../node.ts';
import { type FlannelConfig, since } from './config.ts';
import { KUBE_MARK } from './defaults.ts';
import { type Member, sidesOf } from './member.ts';
import { nftTable } from './nft.ts';
import { ownOrigin } from './origin.ts';

const CHAIN = 'FLANNEL-POSTRTG';
const FORWARD = 'FLANNEL-FWD';

type Rules = ReturnType<NodeDraft['rules']>;
/** C is flannel's network, P this node's subnet. */
type Ranges = { readonly C: Prefix; readonly P: Prefix; readonly family: 4 | 6 };

// Six rules in a chain of their own, appended: since v0.21.3.
const current = (rules: Rules, { C, P, family }: Ranges, config: FlannelConfig, origin: Origin) => {
  const masquerade: Target = { target: 'MASQUERADE', ...(config.randomFully && { fullyRandom: true }) };
  const more = { comment: 'flanneld masq', origin };
  rules.append('nat', 'POSTROUTING', rule([], jump(CHAIN), more));
  rules.append(
    'nat',
    CHAIN,
    rule([mark(KUBE_MARK)], RETURN, { ...more, commentAt: 1 }),
    rule([src(P), dst(C)], RETURN, more),
    rule([src(C), dst(P)], RETURN, more),
    rule([not(src(C)), dst(P)], RETURN, more),
    rule([src(C), not(dst(multicast(family)))], masquerade, more),
    rule([not(src(C)), dst(C)], masquerade, more),
  );
};

// The four rules from v0.9 on; comments came with v0.17.
const four = ({ C, P, family }: Ranges, config: FlannelConfig, origin: Origin): readonly NfRule[] => {
  const more = { ...(since(config.version, 0, 17) && { comment: 'flanneld masq' }), origin };
  const masquerade: Target = { target: 'MASQUERADE' };
  return [
    rule([src(C), dst(C)], RETURN, more),
    rule([src(C), not(dst(multicast(family)))], masquerade, more),
    rule([not(src(C)), dst(P)], RETURN, more),
    rule([not(src(C)), dst(C)], masquerade, more),
  ];
};

const oldest = (rules: Rules, { C, family }: Ranges, origin: Origin) => {
  const masquerade: Target = { target: 'MASQUERADE' };
  rules.append(
    'nat',
    'FLANNEL',
    rule([dst(C)], ACCEPT, { origin }),
    rule([not(dst(multicast(family)))], masquerade, { origin }),
  );
  rules.append(
    'nat',
    'POSTROUTING',
    rule([src(C)], jump('FLANNEL'), { origin }),
    rule([not(src(C)), dst(C)], masquerade, { origin }),
  );
};

const addMasquerade = (rules: Rules, ranges: Ranges, config: FlannelConfig, origin: Origin) => {
  const { version } = config;
  if (since(version, 0, 21, 3)) current(rules, ranges, config, origin);
  else if (since(version, 0, 20)) {
    rules.insert('nat', 'POSTROUTING', rule([], jump(CHAIN), { comment: 'flanneld masq', origin }));
    rules.append('nat', CHAIN, ...four(ranges, config, origin));
  } else if (since(version, 0, 9)) rules.append('nat', 'POSTROUTING', ...four(ranges, config, origin));
  else oldest(rules, ranges, origin);
};

const addForward = (rules: Rules, { C }: Ranges, config: FlannelConfig, origin: Origin) => {
  const { version } = config;
  // Docker 1.13 made it necessary; before v0.9 there was none.
  if (!since(version, 0, 9)) return;
  const more = { ...(since(version, 0, 17) && { comment: 'flanneld forward' }), origin };
  const own = since(version, 0, 20);
  if (own) rules.append('filter', 'FORWARD', rule([], jump(FORWARD), more));
  rules.append('filter', own ? FORWARD : 'FORWARD', rule([src(C)], ACCEPT, more), rule([dst(C)], ACCEPT, more));
};

/**
 * flanneld's rules: which packets leave with the node's address, and that pods' packets are forwarded (pkg/trafficmngr/iptables/iptables.go;
 * the older shapes from its history). The two are independent of each other.
 */
export const addFlannelRules = (draft: NodeDraft, self: Member, config: FlannelConfig): void => {
  const origin = ownOrigin({ draft });
  for (const { family, side, network } of sidesOf(self, config)) {
    const ranges = { C: network, P: side.subnet, family };
    if (config.nftables) {
      draft.netns.tables.push(nftTable(ranges, config, origin));
      continue;
    }
    const rules = draft.rules(family);
    if (config.ipMasq) addMasquerade(rules, ranges, config, origin);
    if (config.forwardRules) addForward(rules, ranges, config, origin);
  }
};
