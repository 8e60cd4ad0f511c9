import type { Match, NfRule, Table } from '../../linux/netfilter.ts';
import { dstIp, iif, oif, rule } from '../../linux/rules.ts';
import type { Pod } from '../../model/cluster.ts';
import { familyOf, type Ip } from '../../net/ip.ts';
import { BROADCAST_MAC, type Mac } from '../../net/mac.ts';
import { hostPrefix } from '../../net/prefix.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin, podOrigin } from '../origin.ts';

const IPV4: Match = { match: 'ether-type', type: 'IPv4' };
const ARP: Match = { match: 'ether-type', type: 'ARP' };
const PLUGIN = 'azure-vnet';

const answerFor = (ip: Ip): readonly Match[] => [ARP, { match: 'arp', op: 'Request', dst: hostPrefix(ip) }];

/** Rules about one pod: its MAC for requests that ask for it, and for packets that the network sends to the NIC's. */
const rulesOf = (pod: Pod, dev: string, mac: Mac): readonly NfRule[] =>
  pod.ips
    .filter((ip) => familyOf(ip) === 4)
    .flatMap((ip) => {
      const origin = podOrigin(PLUGIN, pod);
      return [
        rule(answerFor(ip), { target: 'arpreply', mac }, { origin }),
        rule([IPV4, iif(dev), dstIp(ip)], { target: 'ether-dnat', mac }, { origin }),
      ];
    });

/**
 * The network knows one MAC for each NIC, and pods on a bridge have their own: these rules put one in place of the other
 * (ACN:ebtables/ebtables.go, and network/bridge_networkclient_linux.go for their order).
 * @param dev the NIC, which is a port of the bridge
 */
export const macTable = (
  { node }: Pick<NodeDraft, 'node'>,
  dev: string,
  mac: Mac,
  own: Ip | undefined,
  pods: readonly Pod[],
  macOf: (pod: Pod) => Mac,
): Table => {
  const origin = nodeOrigin(PLUGIN, node);
  const snat = { target: 'ether-snat', mac, arp: true } as const;
  const flood = { target: 'ether-dnat', mac: BROADCAST_MAC } as const;
  return {
    tool: 'ebtables',
    family: 'bridge',
    name: 'nat',
    chains: [
      {
        name: 'PREROUTING',
        base: { type: 'nat', hook: 'prerouting', priority: -300, policy: 'ACCEPT' },
        rules: [
          ...(own === undefined ? [] : [rule(answerFor(own), { target: 'arpreply', mac }, { origin })]),
          // Answers come to the NIC's MAC, whichever pod asked.
          rule([ARP, iif(dev), { match: 'arp', op: 'Reply' }], flood, { origin }),
          ...pods.flatMap((pod) => rulesOf(pod, dev, macOf(pod))),
        ],
      },
      {
        name: 'POSTROUTING',
        base: { type: 'nat', hook: 'postrouting', priority: 300, policy: 'ACCEPT' },
        rules: [rule([{ match: 'ether-unicast', side: 'saddr' }, oif(dev)], snat, { origin })],
      },
    ],
  };
};
