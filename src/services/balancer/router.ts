import type { NfRule, Table } from '../../linux/netfilter.ts';
import type { Netns } from '../../linux/netns.ts';
import type { Route } from '../../linux/route.ts';
import { createRules, dport, dstIp, l4, rule } from '../../linux/rules.ts';
import { familyOf } from '../../net/ip.ts';
import { hostPrefix } from '../../net/prefix.ts';
import type { Balanced } from './index.ts';
import { linkTowards } from './link.ts';

// The members of all ports together: a route knows no ports.
const nodesOf = ({ ports }: Balanced) => [
  ...new Map(ports.flatMap(({ members }) => members.map((member) => [member.node, member]))).values(),
];

const routeTo = (netns: Netns, balanced: Balanced): Route => {
  const nexthops = nodesOf(balanced).flatMap(({ ip, alike }) => {
    const dev = linkTowards(netns, ip);
    return dev === undefined ? [] : [{ dev, gateway: ip, ...(alike > 1 && { weight: alike }) }];
  });
  const base = {
    dst: hostPrefix(balanced.ip),
    table: 254,
    protocol: 'bgp',
    scope: 'global',
    origin: balanced.origin,
  } as const;
  return nexthops.length > 0 ? { ...base, type: 'unicast', nexthops } : { ...base, type: 'unreachable', nexthops: [] };
};

// A proxy opens a connection of its own to one node's port: the destination and the source are both translated.
const proxyRules = ({ ip, ports, origin }: Balanced): { readonly pre: NfRule[]; readonly post: NfRule[] } => {
  const pre: NfRule[] = [];
  const post: NfRule[] = [];
  for (const { port, members } of ports) {
    if (port.nodePort === undefined) continue;
    const total = members.reduce((sum, { alike }) => sum + alike, 0);
    let left = total;
    for (const member of members) {
      const lot = { match: 'statistic', probability: member.alike / left } as const;
      left -= member.alike;
      const matches = [dstIp(ip), l4(port.protocol), dport(port.port), ...(lot.probability < 1 ? [lot] : [])];
      pre.push(rule(matches, { target: 'DNAT', to: { ip: member.ip, port: port.nodePort } }, { origin }));
      const translated = { match: 'ctstate', states: ['DNAT'] } as const;
      post.push(
        rule(
          [dstIp(member.ip), l4(port.protocol), dport(port.nodePort), translated],
          { target: 'MASQUERADE' },
          { origin },
        ),
      );
    }
  }
  return { pre, post };
};

const proxyTables = (balanced: readonly Balanced[]): readonly Table[] =>
  ([4, 6] as const).flatMap((family) => {
    const rules = createRules(family);
    for (const one of balanced.filter(({ ip }) => familyOf(ip) === family)) {
      const { pre, post } = proxyRules(one);
      rules.append('nat', 'PREROUTING', ...pre);
      rules.append('nat', 'POSTROUTING', ...post);
    }
    return rules.tables().filter(({ chains }) => chains.some((chain) => chain.rules.length > 0));
  });

/** The router with its routes to virtual addresses, and its rules for those that are proxied. */
export const balanceByRouter = (netns: Netns, balanced: readonly Balanced[]): Netns => {
  const routes = balanced.filter(({ mode }) => mode === 'VIP').map((one) => routeTo(netns, one));
  const tables = proxyTables(balanced.filter(({ mode }) => mode === 'Proxy'));
  return { ...netns, routes: [...netns.routes, ...routes], tables: [...netns.tables, ...tables] };
};
