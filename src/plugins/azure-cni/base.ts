import { dport, dstIp, l4, not, rule, srcIp } from '../../linux/rules.ts';
import type { Node } from '../../model/cluster.ts';
import { type Family, familyOf, type Ip } from '../../net/ip.ts';
import { defaultPrefix, hostPrefix } from '../../net/prefix.ts';
import type { Nic } from '../nics.ts';
import { createNode, type NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import type { AzureConfig } from './config.ts';
import {
  DHCP_METRIC,
  IMDS,
  LOCAL_DNS,
  SYSCTLS,
  VIRTUAL_GATEWAY6,
  WIRESERVER,
  WIRESERVER_BLOCKED_PORTS,
} from './defaults.ts';

const ipOf = (nic: Nic, family: Family): Ip | undefined => nic.ips.find(({ ip }) => familyOf(ip) === family)?.ip;

/** The node's address of a family. */
export const nodeIp = ({ node }: Pick<NodeDraft, 'node'>, family: Family): Ip | undefined =>
  node.ips.find((ip) => familyOf(ip) === family);

/** The routes that DHCP brings: the default, and the platform's two addresses by the same gateway. */
export const addDhcpRoutes = (draft: NodeDraft, nic: Nic, dev: string): void => {
  const { netns, node } = draft;
  const origin = nodeOrigin('dhcp', node);
  const gateway = nic.gateways.find((one) => familyOf(one) === 4);
  const prefsrc = ipOf(nic, 4);
  if (gateway !== undefined && prefsrc !== undefined) {
    const common = { protocol: 'dhcp', prefsrc, metric: DHCP_METRIC, origin };
    for (const dst of [defaultPrefix(4), hostPrefix(WIRESERVER), hostPrefix(IMDS)])
      netns.addRoute({ ...common, dst, nexthops: [{ dev, gateway }] });
  }
  // Not read in a source: by router advertisement, from the address that the network answers for.
  const about = { ...origin, known: 'assumed', note: 'IPv6 leaves by the router that the network advertises' } as const;
  if (ipOf(nic, 6) !== undefined) {
    const nexthops = [{ dev, gateway: VIRTUAL_GATEWAY6 }];
    netns.addRoute({ dst: defaultPrefix(6), nexthops, protocol: 'ra', metric: DHCP_METRIC, origin: about });
  }
};

// Azure/AgentBaker:block_wireserver.sh and ensure_imds_restriction.sh; the node's own packets do not pass FORWARD.
const addBlocks = (draft: NodeDraft, config: AzureConfig): void => {
  const rules = draft.rules(4);
  const origin = nodeOrigin('agentbaker', draft.node);
  const drop = { target: 'DROP' } as const;
  if (draft.node.forwardPolicy === undefined) rules.policy('FORWARD', 'ACCEPT');
  for (const port of WIRESERVER_BLOCKED_PORTS)
    rules.append('filter', 'FORWARD', rule([dstIp(WIRESERVER), l4('tcp'), dport(port)], drop, { origin }));
  const own = nodeIp(draft, 4);
  if (!config.imdsRestriction || own === undefined) return;
  const comment = 'AKS managed: added by AgentBaker ensureIMDSRestriction for IMDS restriction feature';
  const matches = [not(srcIp(own)), dstIp(IMDS), l4('tcp'), dport(80)];
  rules.insert('filter', 'FORWARD', rule(matches, drop, { comment, commentAt: 1, origin }));
};

// Azure/AgentBaker:localdns.sh. What listens there is the node's CoreDNS.
const addLocalDns = (draft: NodeDraft): void => {
  const origin = nodeOrigin('localdns', draft.node);
  const { netns } = draft;
  netns.addLink({ kind: 'dummy', ifname: 'localdns', mtu: 1500, up: true, noarp: true, origin });
  for (const ip of LOCAL_DNS) netns.addAddress('localdns', ip, 32, { origin });
  const comment = 'localdns: skip conntrack';
  for (const chain of ['OUTPUT', 'PREROUTING'])
    for (const ip of LOCAL_DNS)
      for (const protocol of ['tcp', 'udp'] as const) {
        const matches = [dstIp(ip), l4(protocol), dport(53)];
        draft.rules(4).append('raw', chain, rule(matches, { target: 'NOTRACK' }, { comment, commentAt: 1, origin }));
      }
};

/** A node as AKS's images and its bootstrapper leave it; `nics` as they are configured in the system, without routes. */
export const createAksNode = (node: Node, nics: readonly Nic[], config: AzureConfig): NodeDraft => {
  const draft = createNode('azure-cni', node, nics, { sysctls: SYSCTLS, defaultRoutes: false });
  addBlocks(draft, config);
  if (config.localDNS) addLocalDns(draft);
  return draft;
};
