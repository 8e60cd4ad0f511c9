import { dport, dstIp, dstType, jump, l4, not, rule, src } from '../../linux/rules.ts';
import type { Ip } from '../../net/ip.ts';
import { familyOfPrefix, type Prefix } from '../../net/prefix.ts';
import { addMasqAgent } from '../masq-agent.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import { nodeIp } from './base.ts';
import { type AzureConfig, hasPodSubnet } from './config.ts';
import type { Container } from './containers.ts';
import { IMDS, WIRESERVER } from './defaults.ts';

const PLATFORM = [
  { dst: WIRESERVER, protocol: 'udp', port: 53 },
  { dst: WIRESERVER, protocol: 'tcp', port: 53 },
  { dst: IMDS, protocol: 'tcp', port: 80 },
] as const;

const GUESSED = "the network container's own address is not in the input (plugin.networkContainers)";

// The platform answers the node's own addresses alone: DNS and metadata requests of pods get one of them.
const platformRules = (subnet: Prefix, to: (dst: Ip) => Ip | undefined, origin: ReturnType<typeof nodeOrigin>) =>
  PLATFORM.flatMap(({ dst, protocol, port }) => {
    const ip = to(dst);
    if (ip === undefined) return [];
    const matches = [not(dstType('LOCAL')), src(subnet), dstIp(dst), l4(protocol), dport(port)];
    return [rule(matches, { target: 'SNAT', to: { ip } }, { origin })];
  });

/**
 * The chains of a pod subnet. azure-vnet inserts each rule of SWIFT in front (ACN:cni/network/invoker_cns.go); CNS keeps
 * SWIFT-POSTROUTING before that (ACN:cns/restserver/internalapi_linux.go). All else leaves with the pod's address.
 */
const addSwift = (
  draft: NodeDraft,
  config: AzureConfig,
  subnets: readonly Prefix[],
  container: Container | undefined,
): void => {
  const rules = draft.rules(4);
  const node = nodeIp(draft, 4);
  const primary = container?.primary;
  const guessed = container?.assumed ?? false;
  const v4 = subnets.filter((range) => familyOfPrefix(range) === 4);
  const fill = (chain: string, agent: string, to: (dst: Ip) => Ip | undefined, newestFirst: boolean) => {
    const own = nodeOrigin(agent, draft.node);
    const origin = guessed && agent === 'azure-vnet' ? { ...own, known: 'assumed' as const, note: GUESSED } : own;
    const list = v4.flatMap((range) => platformRules(range, to, origin));
    rules.append('nat', 'POSTROUTING', rule([], jump(chain), { origin }));
    rules.append('nat', chain, ...(newestFirst ? list.toReversed() : list));
  };
  if (config.swift === 'cns') fill('SWIFT-POSTROUTING', 'azure-cns', () => node, false);
  if (config.dataplane === 'iptables')
    fill('SWIFT', 'azure-vnet', (dst) => (dst === IMDS ? node : (primary ?? node)), true);
};

/** What azure-ip-masq-agent spares: AKS's own list, and what the user's map adds (the agent unites them). */
const sparedRanges = (config: AzureConfig, pods: readonly Prefix[]): readonly Prefix[] => [
  ...(config.mode === 'overlay' ? pods : config.vnet),
  ...config.spared,
];

/** Which packets of pods leave with another address. @param container what the node was lent, in a pod subnet */
export const addMasquerade = (
  draft: NodeDraft,
  config: AzureConfig,
  pods: readonly Prefix[],
  container: Container | undefined,
): void => {
  if (hasPodSubnet(config)) {
    addSwift(draft, config, pods, container);
    return;
  }
  const spared = sparedRanges(config, pods);
  const agent = { plugin: 'azure-ip-masq-agent', spared, fullyRandom: false };
  addMasqAgent(draft, 4, agent);
  if (nodeIp(draft, 6) !== undefined)
    addMasqAgent(draft, 6, { ...agent, note: 'what the agent does with IPv6 was not read in a source' });
};
