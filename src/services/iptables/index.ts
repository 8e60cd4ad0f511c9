import type { NfRule } from '../../linux/netfilter.ts';
import type { Netns } from '../../linux/netns.ts';
import { jump, rule } from '../../linux/rules.ts';
import {
  FIREWALL,
  FORWARD,
  firewallJumps,
  KUBE_PROXY,
  kubeFirewall,
  kubeForward,
  kubePostrouting,
  markMasq,
  POSTROUTING,
  PROXY_CANARY,
} from '../kube-chains.ts';
import { type Addition, mergeTables } from '../merge.ts';
import type { ProxySite } from '../types.ts';
import { healthCheckRule } from './dispatch.ts';
import { hasLocalhost, nodePortJumps } from './nodeports.ts';
import { createPortRules, type PortRules } from './ports.ts';
import { createSharedChains, type SharedChains } from './shared.ts';

const SERVICES = 'KUBE-SERVICES';
const EXTERNAL = 'KUBE-EXTERNAL-SERVICES';
const NODE_PORTS = 'KUBE-NODEPORTS';
const PROXY_FIREWALL = 'KUBE-PROXY-FIREWALL';

const always = (into: string, chain: string, comment: string): Addition['inserts'][number] => ({
  into,
  rule: rule([], jump(chain), { comment, origin: KUBE_PROXY }),
});
const whenNew = (into: string, chain: string, comment: string): Addition['inserts'][number] => ({
  into,
  rule: rule([{ match: 'ctstate', states: ['NEW'] }], jump(chain), { comment, commentAt: 1, origin: KUBE_PROXY }),
});

// iptablesJumpChains of kubernetes pkg/proxy/iptables/proxier.go, in its order.
const FILTER_JUMPS: Addition['inserts'] = [
  whenNew('INPUT', EXTERNAL, 'kubernetes externally-visible service portals'),
  whenNew('FORWARD', EXTERNAL, 'kubernetes externally-visible service portals'),
  always('INPUT', NODE_PORTS, 'kubernetes health check service ports'),
  whenNew('FORWARD', SERVICES, 'kubernetes service portals'),
  whenNew('OUTPUT', SERVICES, 'kubernetes service portals'),
  always('FORWARD', FORWARD, 'kubernetes forwarding rules'),
  whenNew('INPUT', PROXY_FIREWALL, 'kubernetes load balancer firewall'),
  whenNew('OUTPUT', PROXY_FIREWALL, 'kubernetes load balancer firewall'),
  whenNew('FORWARD', PROXY_FIREWALL, 'kubernetes load balancer firewall'),
  ...firewallJumps('kube-proxy'),
];
const NAT_JUMPS: Addition['inserts'] = [
  always('OUTPUT', SERVICES, 'kubernetes service portals'),
  always('PREROUTING', SERVICES, 'kubernetes service portals'),
  always('POSTROUTING', POSTROUTING, 'kubernetes postrouting rules'),
];

const filterTable = (site: ProxySite, ports: PortRules, shared: SharedChains): Addition => {
  const invalid: NfRule = rule([{ match: 'ctstate', states: ['INVALID'] }], { target: 'DROP' }, { origin: KUBE_PROXY });
  const chains = [
    shared(SERVICES, (port) => ports.dispatch(port).noEndpoints),
    shared(EXTERNAL, (port) => ports.dispatch(port).noExternalEndpoints),
    kubeForward(site.config, site.node.beLiberal ? [] : [invalid]),
    { name: NODE_PORTS, rules: site.table.exposed(site.family).flatMap(healthCheckRule) },
    shared(PROXY_FIREWALL, (port) => ports.dispatch(port).firewall),
    ...(hasLocalhost(site) ? [kubeFirewall('kube-proxy')] : []),
  ];
  return { name: 'filter', chains, ensure: [FIREWALL, PROXY_CANARY], inserts: FILTER_JUMPS };
};

const natTable = (site: ProxySite, ports: PortRules, shared: SharedChains): Addition => {
  const fixed = [
    shared(SERVICES, (port) => ports.dispatch(port).services, nodePortJumps(site)),
    shared(NODE_PORTS, (port) => ports.dispatch(port).nodePorts),
    kubePostrouting(site.config),
    markMasq(site.config),
  ];
  const common = { name: 'nat', ensure: [PROXY_CANARY], inserts: NAT_JUMPS } as const;
  if (!site.table.isLarge) return { ...common, chains: [...fixed, ...ports.chains()] };
  const byName = new Map(fixed.map((chain) => [chain.name, chain]));
  return {
    ...common,
    get chains() {
      return [...fixed, ...ports.chains()];
    },
    chain: (name) => byName.get(name) ?? ports.chain(name),
  };
};

/**
 * What kube-proxy of Kubernetes 1.36 leaves on a node in iptables mode, for one family (kubernetes pkg/proxy/iptables/proxier.go): jumps,
 * chains, and the sysctl that lets node ports answer on 127.0.0.1. The matches by which it counts packets (nfacct) are left out: most
 * kernels lack the module, and they decide nothing. Services come in the order of the input where kube-proxy has them in none.
 */
export const addIptables = (site: ProxySite, netns: Netns): Netns => {
  const ports = createPortRules(site);
  const shared = createSharedChains(site);
  const merged = mergeTables(netns, site.family, [
    { name: 'mangle', chains: [], ensure: [PROXY_CANARY], inserts: [] },
    natTable(site, ports, shared),
    filterTable(site, ports, shared),
  ]);
  if (!hasLocalhost(site)) return merged;
  // What the input states of the sysctl was read from the node, after kube-proxy.
  return { ...merged, sysctls: { 'net.ipv4.conf.all.route_localnet': 1, ...merged.sysctls } };
};
