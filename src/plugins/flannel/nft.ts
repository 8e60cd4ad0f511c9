import type { Chain, Table } from '../../linux/netfilter.ts';
import type { Origin } from '../../linux/origin.ts';
import { ACCEPT, dst, mark, multicast, not, RETURN, rule, src } from '../../linux/rules.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { FlannelConfig } from './config.ts';
import { KUBE_MARK } from './defaults.ts';

type Ranges = { readonly C: Prefix; readonly P: Prefix; readonly family: 4 | 6 };

/**
 * The rules of EnableNFTables (pkg/trafficmngr/nftables/nftables.go). The fourth differs from iptables mode: it spares what comes from outside
 * for pods of any node, so that the sixth is never reached. The accepts of the chain forward do not overrule another table's drop.
 */
export const nftTable = ({ C, P, family }: Ranges, config: FlannelConfig, origin: Origin): Table => {
  const masquerade = { target: 'MASQUERADE', ...(config.randomFully && { fullyRandom: true }) } as const;
  const postrtg: Chain = {
    name: 'postrtg',
    base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'ACCEPT' },
    rules: [
      rule([mark(KUBE_MARK, 0xffffffff)], RETURN, { origin }),
      rule([src(P), dst(C)], RETURN, { origin }),
      rule([src(C), dst(P)], RETURN, { origin }),
      rule([not(src(P)), dst(C)], RETURN, { origin }),
      rule([src(C), not(dst(multicast(family)))], masquerade, { origin }),
      rule([not(src(C)), dst(C)], masquerade, { origin }),
    ],
  };
  const forward: Chain = {
    name: 'forward',
    base: { type: 'filter', hook: 'forward', priority: 0, policy: 'ACCEPT' },
    rules: [rule([src(C)], ACCEPT, { origin }), rule([dst(C)], ACCEPT, { origin })],
  };
  return {
    tool: 'nft',
    family: family === 4 ? 'ip' : 'ip6',
    name: `flannel-ipv${family}`,
    chains: [...(config.ipMasq ? [postrtg] : []), ...(config.forwardRules ? [forward] : [])],
  };
};
