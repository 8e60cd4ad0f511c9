import type { Match } from '../../linux/netfilter.ts';
import { ACCEPT, dport, dst, dstIp, iif, jump, l4, not, oif, rule } from '../../linux/rules.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import type { WeaveConfig } from './config.ts';
import { BRIDGE, FASTDP_PORT, NFLOG_GROUP } from './defaults.ts';

const known: Match = { match: 'ctstate', states: ['RELATED', 'ESTABLISHED'] };
const isNew: Match = { match: 'ctstate', states: ['NEW'], module: 'state' };

/** filter INPUT and FORWARD (net/bridge.go, ConfigureIPTables). What stands in FORWARD is kept in front of kube-proxy's. */
export const addFilter = (draft: NodeDraft, { npc, range }: WeaveConfig): void => {
  const rules = draft.rules(4);
  const origin = nodeOrigin('weave', draft.node);
  const top = { origin, staysFirst: true } as const;
  const local: Match = { match: 'addrtype', side: 'src', type: 'LOCAL' };
  const control = [dstIp(0x7f000001), l4('tcp'), dport(FASTDP_PORT), not(local), not(known)];
  const comment = 'Block non-local access to Weave Net control port';
  rules.append('filter', 'INPUT', rule(control, { target: 'DROP' }, { comment, commentAt: 3, origin }));
  const leaves = [iif(BRIDGE), not(oif(BRIDGE))];
  if (npc) {
    const before = { comment: "NOTE: this must go before '-j KUBE-FORWARD'", ...top };
    rules.append('filter', 'INPUT', rule([iif(BRIDGE)], jump('WEAVE-NPC-EGRESS'), { origin }));
    rules.append(
      'filter',
      'FORWARD',
      rule([iif(BRIDGE)], jump('WEAVE-NPC-EGRESS'), before),
      rule([oif(BRIDGE)], jump('WEAVE-NPC'), before),
      rule([oif(BRIDGE), isNew], { target: 'NFLOG', group: NFLOG_GROUP }, top),
      rule([oif(BRIDGE)], { target: 'DROP' }, top),
    );
  } else {
    rules.append(
      'filter',
      'FORWARD',
      rule([iif(BRIDGE), oif(BRIDGE)], ACCEPT, top),
      rule([oif(BRIDGE)], jump('WEAVE-EXPOSE'), top),
    );
    rules.append('filter', 'WEAVE-EXPOSE', rule([dst(range)], ACCEPT, { origin }));
  }
  rules.append('filter', 'FORWARD', rule(leaves, ACCEPT, top), rule([oif(BRIDGE), known], ACCEPT, top));
  for (const table of ['mangle', 'nat', 'filter'] as const) rules.chain(table, 'WEAVE-CANARY');
};
