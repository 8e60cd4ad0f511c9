import { createNetns, type NetnsDraft } from '../linux/build.ts';
import type { Netns } from '../linux/netns.ts';
import { createRules, type RulesDraft } from '../linux/rules.ts';
import type { Node } from '../model/cluster.ts';
import { type Family, familyOf } from '../net/ip.ts';
import { defaultPrefix } from '../net/prefix.ts';
import type { Nic } from './nics.ts';
import { nodeOrigin } from './origin.ts';

/** A node being set up: its namespace, and its firewall as two sets of rules. */
export type NodeDraft = {
  readonly node: Node;
  readonly netns: NetnsDraft;
  readonly nics: readonly Nic[];
  readonly rules: (family: Family) => RulesDraft;
  /** Ends the set-up: the rules become tables. */
  readonly finish: () => Netns;
};

// reference: Kubernetes nodes forward, and CNI plugins need a loose reverse path check (services 15.2).
const SYSCTLS: Readonly<Record<string, number>> = {
  'net.ipv4.ip_forward': 1,
  'net.ipv4.conf.all.rp_filter': 0,
  'net.ipv4.conf.default.rp_filter': 0,
  'net.bridge.bridge-nf-call-iptables': 1,
};
const SYSCTLS6: Readonly<Record<string, number>> = {
  'net.ipv6.conf.all.forwarding': 1,
  'net.bridge.bridge-nf-call-ip6tables': 1,
};

/** What a provider's nodes have in place of the usual. */
export type NodeBase = {
  /** Sysctls of its images; what the input states holds against them. */
  readonly sysctls?: Readonly<Record<string, number>>;
  /** False: whoever asked adds the routes. */
  readonly defaultRoutes?: boolean;
};

/**
 * A node as its installer leaves it, before any network plugin: NICs, default routes, the sysctls that Kubernetes asks for.
 * What the input states of sysctls and of the FORWARD policy holds.
 */
export const createNode = (
  plugin: string,
  node: Node,
  nics: readonly Nic[],
  { sysctls = {}, defaultRoutes = true }: NodeBase = {},
): NodeDraft => {
  const netns = createNetns(node.name, 'node');
  const rules = { 4: createRules(4), 6: createRules(6) };
  const origin = nodeOrigin(plugin, node);
  const v6 = node.podCIDRs.some((cidr) => typeof cidr.addr === 'bigint') || node.ips.some((ip) => familyOf(ip) === 6);
  Object.assign(netns.sysctls, SYSCTLS, v6 ? SYSCTLS6 : {}, sysctls, node.sysctls);
  for (const nic of nics) {
    const { dev: ifname, mtu, mac: address, segment } = nic;
    netns.addLink({ kind: 'physical', ifname, mtu, up: true, segment, address, origin });
    for (const { ip, len } of nic.ips) netns.addAddress(ifname, ip, len, { origin });
    for (const gateway of defaultRoutes ? nic.gateways : [])
      netns.addRoute({ dst: defaultPrefix(familyOf(gateway)), nexthops: [{ dev: ifname, gateway }], origin });
  }
  if (node.forwardPolicy) {
    rules[4].policy('FORWARD', node.forwardPolicy);
    if (v6) rules[6].policy('FORWARD', node.forwardPolicy);
  }
  return {
    node,
    netns,
    nics,
    rules: (family) => rules[family],
    finish: () => {
      netns.tables.push(...rules[4].tables(), ...rules[6].tables());
      return netns;
    },
  };
};
