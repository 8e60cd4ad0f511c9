import type { Chain, Match, NfRule } from '../../linux/netfilter.ts';
import { jump, l4, not, rule, src, srcIp } from '../../linux/rules.ts';
import { contains } from '../../net/prefix.ts';
import { fromPod, MARK_MASQ } from '../kube-chains.ts';
import type { Backend, ProxySite } from '../types.ts';
import { toAddress } from './dispatch.ts';
import type { PortPlan } from './plan.ts';

const SRC_LOCAL: Match = { match: 'addrtype', side: 'src', type: 'LOCAL' };
/** `-m tcp` without more, as iptables shows a match whose every field is at rest. */
const ANY_PORT: Match = { match: 'dport', ports: [[0, 65535]] };

// First rule of the chain that the ClusterIP leads to: what comes from outside the pods' range must return by this node.
const masquerade = ({ port, internal, hasInternal }: PortPlan, site: ProxySite, chain: string): readonly NfRule[] => {
  const pods = fromPod(site);
  if (!hasInternal || chain !== internal || !(site.config.masqueradeAll || pods)) return [];
  const notLocal = pods && !site.config.masqueradeAll ? [not(pods)] : [];
  const about = { comment: `${port.name} cluster IP`, origin: port.origin };
  return [rule([...notLocal, ...toAddress(port, port.clusterIP)], jump(MARK_MASQ), about)];
};

// writeServiceToEndpointRules; the kernel draws lots once per rule, so the i-th of n is taken with 1/(n-i), printed with ten decimals.
const balancing = (plan: PortPlan, backends: readonly Backend[], comments: boolean): readonly NfRule[] => {
  const { port, endpoint } = plan;
  const { affinity, family } = port;
  const about = (backend: Backend) => ({
    ...(comments && { comment: `${port.name} -> ${backend.text}` }),
    origin: port.origin,
  });
  const seen = (seconds: number, backend: Backend): Match => ({
    match: 'recent',
    op: 'rcheck',
    name: endpoint(backend),
    seconds,
    reap: true,
    ...(family === 6 && { v6: true }),
  });
  const lot = (left: number): readonly Match[] =>
    left === 1 ? [] : [{ match: 'statistic', probability: Number((1 / left).toFixed(10)) }];
  return [
    ...(affinity === undefined
      ? []
      : backends.map((one) => rule([seen(affinity, one)], jump(endpoint(one)), about(one)))),
    ...backends.map((one, i) => rule(lot(backends.length - i), jump(endpoint(one)), about(one))),
  ];
};

const external = (plan: PortPlan, site: ProxySite): Chain => {
  const { port, chains } = plan;
  const { origin } = port;
  const about = (what: string) => ({ comment: `${what} for ${port.name} external destinations`, origin });
  if (!port.externalLocal)
    return {
      name: chains.ext,
      rules: [
        rule([], jump(MARK_MASQ), about('masquerade traffic')),
        ...(plan.hasExternal ? [rule([], jump(plan.external), { origin })] : []),
      ],
    };
  const pods = fromPod(site);
  return {
    name: chains.ext,
    rules: [
      ...(pods ? [rule([pods], jump(chains.svc), about('pod traffic'))] : []),
      rule([SRC_LOCAL], jump(MARK_MASQ), about('masquerade LOCAL traffic')),
      rule([SRC_LOCAL], jump(chains.svc), about('route LOCAL traffic')),
      ...(plan.hasExternal ? [rule([], jump(plan.external), { origin })] : []),
    ],
  };
};

const firewall = ({ port, chains }: PortPlan, site: ProxySite): Chain => {
  const { origin, name, sourceRanges, vips } = port;
  const about = { comment: `${name} loadbalancer IP`, origin };
  const { primary } = site.node;
  // A node's packet to a VIP that is an address of its own carries the VIP as its source.
  const own = primary !== undefined && sourceRanges.some((range) => contains(range, primary)) ? vips : [];
  const rest = { comment: `other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`, origin };
  return {
    name: chains.fw,
    rules: [
      ...sourceRanges.map((range) => rule([src(range)], jump(chains.ext), about)),
      ...own.map((vip) => rule([srcIp(vip)], jump(chains.ext), about)),
      rule([], { target: 'none' }, rest),
    ],
  };
};

const endpointOf = (plan: PortPlan, backend: Backend, comments: boolean): Chain => {
  const { port } = plan;
  const name = plan.endpoint(backend);
  const about = { ...(comments && { comment: port.name }), origin: port.origin };
  const remember: readonly Match[] =
    port.affinity === undefined
      ? []
      : [{ match: 'recent', op: 'set', name, ...(port.family === 6 && { v6: true as const }) }];
  const dnat = { target: 'DNAT', to: { ip: backend.ip, port: backend.port } } as const;
  return {
    name,
    rules: [
      rule([srcIp(backend.ip)], jump(MARK_MASQ), about),
      rule([l4(port.protocol), ...remember, ANY_PORT], dnat, about),
    ],
  };
};

/**
 * The chains of one service port in table nat, in the order in which kube-proxy writes them.
 * @param comments whether rules of endpoints say which one they are for: not in large clusters
 */
export const chainsOf = (plan: PortPlan, site: ProxySite, comments: boolean): readonly Chain[] => {
  const { chains, backends } = plan;
  const balancer = (name: string, list: readonly Backend[]): Chain => ({
    name,
    rules: [...masquerade(plan, site, name), ...balancing(plan, list, comments)],
  });
  return [
    ...(plan.usesExternal ? [external(plan, site)] : []),
    ...(plan.usesFirewall ? [firewall(plan, site)] : []),
    ...(plan.usesCluster ? [balancer(chains.svc, backends.cluster)] : []),
    ...(plan.usesLocal ? [balancer(chains.svl, backends.local)] : []),
    ...backends.all.map((one) => endpointOf(plan, one, comments)),
  ];
};
