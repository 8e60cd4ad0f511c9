import type { Chain, NfRule } from '../../linux/netfilter.ts';
import { l4, rule } from '../../linux/rules.ts';
import { contains, hostPrefix } from '../../net/prefix.ts';
import { fromPod } from '../kube-chains.ts';
import type { Backend, ProxySite } from '../types.ts';
import { endpointNames } from './names.ts';
import type { PortPlan } from './plan.ts';
import { goto, inSet, local, markMasq } from './words.ts';

// writeServiceToEndpointDNATs: one rule draws the endpoint.
const toEndpoints = ({ port }: PortPlan, backends: readonly Backend[]): readonly NfRule[] => {
  const { origin } = port;
  const to = backends.map(({ ip, port: number, pod }) => ({
    ip,
    port: number,
    origin: pod ? { plugin: 'kube-proxy', kind: 'Pod', ...pod } : origin,
  }));
  return [rule([l4(port.protocol)], { target: 'numgen-dnat', to }, { origin })];
};

// writeServiceToEndpointJumps: clients that came before go where they went, the others draw.
const withAffinity = ({ port }: PortPlan, backends: readonly Backend[]): readonly NfRule[] => {
  const { origin } = port;
  const names = backends.map((backend) => endpointNames(port, backend));
  const chains = names.map(({ chain }) => chain);
  return [
    ...names.map(({ chain, affinity }) => rule([inSet(affinity, 'saddr')], goto(chain), { origin })),
    rule([], { target: 'numgen-vmap', verdict: 'goto', chains }, { origin }),
  ];
};

const endpoint = ({ port }: PortPlan, backend: Backend): Chain => {
  const { origin, protocol } = port;
  const { chain, affinity } = endpointNames(port, backend);
  const { ip, port: number } = backend;
  return {
    name: chain,
    rules: [
      rule([], { target: 'update', set: affinity, fields: ['saddr'] }, { origin }),
      rule([l4(protocol)], { target: 'DNAT', to: { ip, port: number } }, { origin }),
    ],
  };
};

const external = (plan: PortPlan, site: ProxySite): Chain => {
  const { port, chains } = plan;
  const { origin } = port;
  const mark = markMasq(site.config);
  const pods = fromPod(site);
  const first = port.externalLocal
    ? [
        // As if it went up to a load balancer and came back: neither policy counts for it.
        ...(pods ? [rule([pods], goto(chains.service), { comment: 'short-circuit pod traffic', origin })] : []),
        rule([local('src')], mark, { comment: 'masquerade local traffic', origin }),
        rule([local('src')], goto(chains.service), { comment: 'short-circuit local traffic', origin }),
      ]
    : [rule([], mark, { comment: 'masquerade', origin })];
  return {
    name: chains.external,
    rules: [...first, ...(plan.hasExternal ? [rule([], goto(plan.external), { origin })] : [])],
  };
};

const firewall = ({ port, chains }: PortPlan, { family, node }: ProxySite): Chain => {
  const { sourceRanges, vips, origin } = port;
  // kube-proxy takes loopback for its own address where it knows none.
  const self = node.primary ?? (family === 4 ? 0x7f000001 : 1n);
  // A node's packet to a VIP that is an address of its own carries the VIP as its source.
  const own = sourceRanges.some((range) => contains(range, self)) ? vips.map(hostPrefix) : [];
  const prefixes = [...sourceRanges, ...own];
  return {
    name: chains.firewall,
    rules: [rule([{ match: 'saddr-in', prefixes, not: true }], { target: 'DROP' }, { origin })],
  };
};

/** The chains of one service port, in the order in which kube-proxy makes them (syncProxyRules of its proxier.go). */
export const chainsOf = (plan: PortPlan, site: ProxySite): readonly Chain[] => {
  const { port, backends, chains } = plan;
  const balance = port.affinity === undefined ? toEndpoints : withAffinity;
  return [
    ...(port.affinity === undefined ? [] : backends.all.map((backend) => endpoint(plan, backend))),
    ...(plan.usesCluster ? [{ name: chains.service, rules: balance(plan, backends.cluster) }] : []),
    ...(plan.usesLocal ? [{ name: chains.local, rules: balance(plan, backends.local) }] : []),
    ...(plan.usesExternal ? [external(plan, site)] : []),
    ...(plan.usesFirewall ? [firewall(plan, site)] : []),
  ];
};
