import type { Table } from '../../linux/netfilter.ts';
import type { Origin } from '../../linux/origin.ts';
import { ACCEPT, jump, oif, rule, src, srcIp } from '../../linux/rules.ts';
import type { Mac } from '../../net/mac.ts';
import { firstHostOf, type Prefix } from '../../net/prefix.ts';

/**
 * A promiscuous bridge takes a copy of each frame that it forwards, and the host would send that once more: these rules drop the second one
 * (kubenet_linux.go, syncEbtablesDedupRules; Azure/AgentBaker's ensure-no-dup.sh under its own chain name).
 */
export const dedupTable = (chain: string, bridge: Mac, subnets: readonly Prefix[], origin: Origin): Table => {
  const from = { match: 'ether-saddr', mac: bridge } as const;
  const ip = { match: 'ether-type', type: 'IPv4' } as const;
  const rules = subnets
    .filter((subnet) => typeof subnet.addr === 'number')
    .flatMap((subnet) => [
      rule([ip, from, oif('veth+'), srcIp(firstHostOf(subnet))], ACCEPT, { origin }),
      rule([ip, from, oif('veth+'), src(subnet)], { target: 'DROP' }, { origin }),
    ]);
  return {
    tool: 'ebtables',
    family: 'bridge',
    name: 'filter',
    chains: [
      {
        name: 'OUTPUT',
        base: { type: 'filter', hook: 'output', priority: -200, policy: 'ACCEPT' },
        rules: [rule([], jump(chain), { origin })],
      },
      { name: chain, rules },
    ],
  };
};
