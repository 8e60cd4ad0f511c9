import type { Chain, Match, NfRule, Target } from '../../linux/netfilter.ts';
import { ACCEPT, dstType, jump, l4, not, RETURN, rule, src, srcIp } from '../../linux/rules.ts';
import type { Prefix } from '../../net/prefix.ts';
import {
  FORWARD,
  fromPod,
  KUBE_PROXY,
  kubeForward,
  kubePostrouting,
  MARK_MASQ,
  markMasq,
  POSTROUTING,
} from '../kube-chains.ts';
import type { Addition } from '../merge.ts';
import type { ProxySite } from '../types.ts';
import type { Sets } from './ipsets.ts';
import { admitsNode, SETS, type SetKey, setName } from './sets.ts';

const SERVICES = 'KUBE-SERVICES';
const NODE_PORT = 'KUBE-NODE-PORT';
const LOAD_BALANCER = 'KUBE-LOAD-BALANCER';
const FIREWALL = 'KUBE-PROXY-FIREWALL';
const SOURCE_RANGES = 'KUBE-SOURCE-RANGES-FIREWALL';
const FILTER = 'KUBE-IPVS-FILTER';
const OUT_FILTER = 'KUBE-IPVS-OUT-FILTER';

const origin = KUBE_PROXY;
const DROP: Target = { target: 'DROP' };
const MASQUERADE: Target = { target: 'MASQUERADE' };
const REJECT: Target = { target: 'REJECT', with: 'icmp-port-unreachable' };
const LOOPBACK: Readonly<Record<4 | 6, Prefix>> = { 4: { addr: 0x7f000000, len: 8 }, 6: { addr: 1n, len: 128 } };

type Dirs = readonly ('src' | 'dst')[];
const DST: Dirs = ['dst', 'dst'];
const DST_SRC: Dirs = ['dst', 'dst', 'src'];

/** The rules of one site: `when` writes one only where the set has entries. */
type Writer = {
  readonly member: (key: SetKey, dirs: Dirs) => Match;
  readonly when: (key: SetKey, dirs: Dirs, action: Target, more?: readonly Match[]) => readonly NfRule[];
};

const createWriter = (site: ProxySite, sets: Sets): Writer => {
  const member = (key: SetKey, dirs: Dirs): Match => ({ match: 'set', set: setName(key, site.family), dirs });
  return {
    member,
    when: (key, dirs, action, more = []) =>
      sets.used(key) ? [rule([member(key, dirs), ...more], action, { comment: SETS[key].comment, origin })] : [],
  };
};

// What of the traffic to ClusterIPs is masqueraded. Without a way to tell pods it is what the node itself sends: its source is the
// ClusterIP, since that is an own address.
const clusterIpMasquerade = (site: ProxySite, { when }: Writer): readonly NfRule[] => {
  const pods = fromPod(site);
  const mark = jump(MARK_MASQ);
  if (site.config.masqueradeAll) return when('clusterIp', DST, mark);
  return pods ? when('clusterIp', DST, mark, [not(pods)]) : when('clusterIp', ['src', 'dst'], mark);
};

// From outside (not from a bridge port, not from the node), and what happens to be for an own address.
const acceptExternal = (key: SetKey, { when }: Writer): readonly NfRule[] => [
  ...when(key, DST, ACCEPT, [
    not({ match: 'physdev', dir: 'is-in' }),
    not({ match: 'addrtype', side: 'src', type: 'LOCAL' }),
  ]),
  ...when(key, DST, ACCEPT, [dstType('LOCAL')]),
];

const services = (site: ProxySite, sets: Sets, writer: Writer): Chain => {
  const { when, member } = writer;
  const accept = (key: SetKey) => (sets.used(key) ? [rule([member(key, DST)], ACCEPT, { origin })] : []);
  return {
    name: SERVICES,
    rules: [
      rule([src(LOOPBACK[site.family])], RETURN, { origin }),
      ...when('loadBalancer', DST, jump(LOAD_BALANCER)),
      ...clusterIpMasquerade(site, writer),
      ...when('externalIp', DST, jump(MARK_MASQ)),
      ...acceptExternal('externalIp', writer),
      ...acceptExternal('externalIpLocal', writer),
      rule([dstType('LOCAL')], jump(NODE_PORT), { origin }),
      ...accept('clusterIp'),
      ...accept('loadBalancer'),
    ],
  };
};

const nodePorts = ({ when }: Writer): Chain => {
  const of = (protocol: 'tcp' | 'udp' | 'sctp', local: SetKey, all: SetKey, dirs: Dirs): readonly NfRule[] => [
    ...when(local, dirs, RETURN, [l4(protocol)]),
    ...when(all, dirs, jump(MARK_MASQ), [l4(protocol)]),
  ];
  return {
    name: NODE_PORT,
    rules: [
      ...of('tcp', 'nodePortLocalTcp', 'nodePortTcp', ['dst']),
      ...of('udp', 'nodePortLocalUdp', 'nodePortUdp', ['dst']),
      ...of('sctp', 'nodePortLocalSctp', 'nodePortSctp', DST),
    ],
  };
};

const loadBalancer = ({ when }: Writer): Chain => ({
  name: LOAD_BALANCER,
  rules: [...when('loadBalancerLocal', DST, RETURN), rule([], jump(MARK_MASQ), { origin })],
});

const postrouting = (site: ProxySite, { when, member }: Writer): Chain => {
  const full = (): Chain => kubePostrouting(site.config, when('loopBack', DST_SRC, MASQUERADE));
  if (!site.table.isLarge) return full();
  // Whether any endpoint is on this node is not worth all endpoints: for a packet, an empty set is as good as no rule.
  const hairpin = rule([member('loopBack', DST_SRC)], MASQUERADE, { comment: SETS.loopBack.comment, origin });
  const rest = kubePostrouting(site.config, [hairpin]);
  return {
    name: rest.name,
    get rules() {
      return full().rules;
    },
    narrow: () => rest.rules,
  };
};

const sourceRanges = ({ when }: Writer): Chain => ({
  name: SOURCE_RANGES,
  rules: [
    ...when('loadBalancerSourceCidr', DST_SRC, RETURN),
    ...when('loadBalancerSourceIp', DST_SRC, RETURN),
    rule([], DROP, { origin }),
  ],
});

// Ports of the node itself must not answer at an address of kube-ipvs0 (Kubernetes issue 72236).
const filter = ({ member }: Writer): Chain => {
  const known = (key: SetKey, dirs: Dirs) => rule([member(key, dirs)], RETURN, { origin });
  return {
    name: FILTER,
    rules: [
      known('loadBalancer', DST),
      known('clusterIp', DST),
      known('externalIp', DST),
      known('externalIpLocal', DST),
      known('healthCheck', ['dst']),
      rule([{ match: 'ctstate', states: ['NEW'] }, member('ipvsIps', ['dst'])], REJECT, { origin }),
    ],
  };
};

// A node's own packet to a load balancer has the balancer's address as its source, which no source range tells from others
// (Kubernetes issue 119656).
const outFilter = (site: ProxySite): Chain => ({
  name: OUT_FILTER,
  rules: site.table.exposed(site.family).flatMap((port) =>
    port.sourceRanges.length === 0 || admitsNode(port, site)
      ? []
      : port.vips.map((vip) =>
          rule([srcIp(vip), { match: 'ipvs', vaddr: vip, protocol: port.protocol, vport: port.port }], DROP, {
            origin: port.origin,
          }),
        ),
  ),
});

const link = (into: string, chain: string, comment: string): Addition['inserts'][number] => ({
  into,
  rule: rule([], jump(chain), { comment, origin }),
});

/** The iptables part of ipvs mode: chains and jumps in the order of kubernetes pkg/proxy/ipvs/proxier.go. */
export const ipvsChains = (site: ProxySite, sets: Sets): readonly Addition[] => {
  const writer = createWriter(site, sets);
  const healthCheck = rule([writer.member('healthCheck', ['dst'])], ACCEPT, {
    comment: SETS.healthCheck.comment,
    origin,
  });
  return [
    {
      name: 'nat',
      chains: [
        services(site, sets, writer),
        postrouting(site, writer),
        nodePorts(writer),
        loadBalancer(writer),
        markMasq(site.config),
      ],
      inserts: [
        link('OUTPUT', SERVICES, 'kubernetes service portals'),
        link('PREROUTING', SERVICES, 'kubernetes service portals'),
        link('POSTROUTING', POSTROUTING, 'kubernetes postrouting rules'),
      ],
    },
    {
      name: 'filter',
      chains: [
        kubeForward(site.config),
        { name: NODE_PORT, rules: [healthCheck] },
        { name: FIREWALL, rules: writer.when('loadBalancerFw', DST, jump(SOURCE_RANGES)) },
        sourceRanges(writer),
        filter(writer),
        outFilter(site),
      ],
      inserts: [
        link('FORWARD', FORWARD, 'kubernetes forwarding rules'),
        link('INPUT', NODE_PORT, 'kubernetes health check rules'),
        link('INPUT', FIREWALL, 'kube-proxy firewall rules'),
        link('FORWARD', FIREWALL, 'kube-proxy firewall rules'),
        link('INPUT', FILTER, 'kubernetes ipvs access filter'),
        link('OUTPUT', OUT_FILTER, 'kubernetes ipvs access filter'),
      ],
    },
  ];
};
