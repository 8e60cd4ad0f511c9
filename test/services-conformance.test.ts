import { describe, expect, test } from 'vitest';
import { createDataplane, type Journey, OUTSIDE } from '../src/dataplane/index.ts';
import type { Cluster, Pod } from '../src/model/cluster.ts';
import type { ProxyMode, Service } from '../src/model/service.ts';
import { formatIp } from '../src/net/ip.ts';
import { contains } from '../src/net/prefix.ts';
import { plugins } from '../src/plugins/index.ts';
import type { Plan } from '../src/plugins/plugin.ts';
import { EVERY_PLUGIN } from './support/clusters.ts';
import { withServices } from './support/plan.ts';
import { ip, prefix } from './support/world.ts';

// What every plugin owes to Services, in every mode of kube-proxy: the same flows, with the answer from the address that was asked.

const place = { file: 'cluster.yaml', line: 1, column: 1 };
const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs'];

const pod = (name: string, node: string, address: string, labels: Record<string, string>, ready = true): Pod => ({
  name,
  namespace: 'default',
  node,
  ips: [ip(address)],
  labels,
  annotations: {},
  ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
  hostNetwork: false,
  phase: 'Running',
  ready,
  place,
});

const service = (index: number, name: string, selector: Record<string, string>, more: Partial<Service> = {}): Service => ({
  name,
  namespace: 'default',
  type: 'ClusterIP',
  headless: false,
  clusterIPs: [ip(`10.96.1.${index}`)],
  ports: [{ name: '', protocol: 'TCP', port: 80, targetPort: 'web', ...(more.type && { nodePort: 30000 + index }), place }],
  selector,
  externalIPs: [],
  ingress: [],
  loadBalancerSourceRanges: [],
  externalTrafficPolicy: 'Cluster',
  internalTrafficPolicy: 'Cluster',
  publishNotReadyAddresses: false,
  ipFamilyPolicy: 'SingleStack',
  ipFamilies: [4],
  labels: {},
  annotations: {},
  place,
  short: true,
  ...more,
});

const node = (index: number) => ({
  name: `n${index}`,
  ips: [ip(`192.168.1.1${index}`)],
  podCIDRs: [prefix(`10.244.${index}.0/24`)],
  labels: {},
  annotations: {},
  // A cloud's NICs must take what a load balancer and the other pods send.
  ipForwarding: true,
  sysctls: {},
  place,
});

// Where pods share the nodes' subnets, their range is one of those.
const rangesOf = ({ mode }: Readonly<Record<string, unknown>>): Pick<Cluster['subnets'], 'nodes' | 'pods'> => {
  const [nodes, pods] = [prefix('192.168.1.0/24'), prefix('10.244.0.0/16')];
  return mode === 'node-subnet' ? { nodes: [nodes, pods], pods: [] } : { nodes: [nodes], pods: [pods] };
};

const clusterOf = (name: string, settings: Readonly<Record<string, unknown>>): Cluster => ({
  plugin: { name, settings, stated: true },
  subnets: { ...rangesOf(settings), services: [prefix('10.96.0.0/12')] },
  nodes: [node(1), node(2)],
  pods: [
    pod('a', 'n1', '10.244.1.2', { app: 'a' }),
    pod('b', 'n1', '10.244.1.3', { app: 'b', pair: 'y' }),
    pod('c', 'n2', '10.244.2.2', { app: 'c', pair: 'y' }),
    pod('d', 'n2', '10.244.2.3', { app: 'd' }, false),
  ],
  services: [
    service(1, 'same', { app: 'b' }),
    service(2, 'across', { app: 'c' }),
    service(3, 'pair', { pair: 'y' }),
    service(4, 'none', { app: 'd' }),
    service(5, 'np', { app: 'c' }, { type: 'NodePort' }),
    service(6, 'local', { app: 'c' }, { type: 'NodePort', externalTrafficPolicy: 'Local' }),
    service(7, 'lb', { app: 'c' }, { type: 'LoadBalancer', ingress: [{ ip: ip('198.18.0.1') }] }),
    service(8, 'ext', { app: 'c' }, { externalIPs: [ip('198.18.0.2')] }),
  ],
  slices: [],
  others: [],
  sources: ['cluster.yaml'],
});

type Flow = readonly [name: string, from: string, to: string, port: number, want: Readonly<Partial<Record<ProxyMode | 'all', readonly string[]>>>];

// Where it ends, whom it sees, and from where the answer seems to come; `own` is an address of the node that forwards.
const FLOWS: readonly Flow[] = [
  ['ClusterIP, endpoint on the same node', 'default/a', '10.96.1.1', 80, { all: ['default/b:8080 sees 10.244.1.2, answer from 10.96.1.1:80'] }],
  ['ClusterIP, endpoint on the other node', 'default/a', '10.96.1.2', 80, { all: ['default/c:8080 sees 10.244.1.2, answer from 10.96.1.2:80'] }],
  [
    'ClusterIP, two endpoints',
    'default/a',
    '10.96.1.3',
    80,
    { all: ['default/b:8080 sees 10.244.1.2, answer from 10.96.1.3:80', 'default/c:8080 sees 10.244.1.2, answer from 10.96.1.3:80'] },
  ],
  ['hairpin: the pod itself', 'default/b', '10.96.1.1', 80, { all: ['default/b:8080 sees own, answer from 10.96.1.1:80'] }],
  ['no endpoint is ready', 'default/a', '10.96.1.4', 80, { all: ['rejected'] }],
  ['a node to a ClusterIP', 'n1', '10.96.1.2', 80, { all: ['default/c:8080 sees own, answer from 10.96.1.2:80'] }],
  ['NodePort from outside, node without endpoint', OUTSIDE, '192.168.1.11', 30005, { all: ['default/c:8080 sees own, answer from 192.168.1.11:30005'] }],
  ['NodePort from outside, node with endpoint', OUTSIDE, '192.168.1.12', 30005, { all: ['default/c:8080 sees own, answer from 192.168.1.12:30005'] }],
  [
    'NodePort Local from outside, node with endpoint',
    OUTSIDE,
    '192.168.1.12',
    30006,
    { all: ['default/c:8080 sees 203.0.113.10, answer from 192.168.1.12:30006'] },
  ],
  [
    'NodePort Local from outside, node without endpoint',
    OUTSIDE,
    '192.168.1.11',
    30006,
    { all: ['dropped'], ipvs: ['default/c:8080 sees 203.0.113.10, answer REPLY_NOT_RECOGNISED'] },
  ],
  ['NodePort from a pod, its own node', 'default/a', '192.168.1.11', 30005, { all: ['default/c:8080 sees own, answer from 192.168.1.11:30005'] }],
  ['NodePort from a node, its own address', 'n1', '192.168.1.11', 30005, { all: ['default/c:8080 sees own, answer from 192.168.1.11:30005'] }],
  ['a load balancer from outside', OUTSIDE, '198.18.0.1', 80, { all: Array(2).fill('default/c:8080 sees own, answer from 198.18.0.1:80') }],
  ['a load balancer from a pod', 'default/a', '198.18.0.1', 80, { all: ['default/c:8080 sees own, answer from 198.18.0.1:80'] }],
  ['an external IP from a pod', 'default/a', '198.18.0.2', 80, { all: ['default/c:8080 sees own, answer from 198.18.0.2:80'] }],
];

const journeysOf = (plan: Plan, from: string, to: string, port: number): readonly Journey[] =>
  createDataplane(plan.world).walk(
    { netns: from, ...(from === OUTSIDE && { src: ip('203.0.113.10') }), dst: ip(to), protocol: 'tcp', port, length: 60, df: true },
    { reply: true },
  );

const isOwn = ({ world, cluster }: Plan, address: bigint | number): boolean =>
  cluster.nodes.some(({ name }) => world.netns(name)?.addresses.some(({ local }) => local === address)) ||
  cluster.nodes.some(({ podCIDRs }) => podCIDRs.some((cidr) => contains(cidr, address) && cidr.addr === address));

const summary = (plan: Plan, { forward, replies }: Journey): string => {
  if (forward.verdict !== 'delivered') return forward.verdict;
  const { packet } = forward;
  const [reply] = replies;
  const port = 'dport' in packet.l4 ? packet.l4.dport : 0;
  const seen = isOwn(plan, packet.src) ? 'own' : formatIp(packet.src);
  const back = reply && 'sport' in reply.packet.l4 ? `${formatIp(reply.packet.src)}:${reply.packet.l4.sport}` : 'nobody';
  return `${forward.netns}:${port} sees ${seen}, answer ${reply?.verdict === 'delivered' ? `from ${back}` : (reply?.reason.code ?? 'missing')}`;
};

const ACROSS = 'default/c:8080 sees own, answer from';
/** A private address of Azure is nothing to the internet; that of a load balancer is. */
const NO_WAY_IN = Object.fromEntries(FLOWS.filter(([, from, to]) => from === OUTSIDE && to !== '198.18.0.1').map(([title]) => [title, ['dropped']]));

const HAIRPIN = 'hairpin: the pod itself';
const LOCAL = 'NodePort Local from outside, node without endpoint';
const FALLBACK = `${ACROSS} 192.168.1.11:30006`;
const ASTRAY = 'default/c:8080 sees 203.0.113.10, answer';

type Exceptions = Readonly<Record<string, readonly string[]>>;
/** What a plugin does otherwise by its own design: with these settings, in this mode. The first that knows the flow counts. */
const EXCEPTIONS: Readonly<Record<string, Exceptions>> = {
  // docker0 has no hairpin. ip_vs masquerades there by way of the node, so that only the answer finds no way.
  'flannel {}': { [HAIRPIN]: ['dropped'] },
  'flannel {} ipvs': { [HAIRPIN]: ['default/b:8080 sees own, answer BRIDGE_NO_HAIRPIN'] },
  'flannel {"ipMasq":false} ipvs': { [HAIRPIN]: ['default/b:8080 sees own, answer BRIDGE_NO_HAIRPIN'], [LOCAL]: [`${ASTRAY} REPLY_NOT_RECOGNISED`] },
  // Docker masquerades what leaves its bridge, where flannel does not tell it to leave that.
  'flannel {"ipMasq":false}': {
    'ClusterIP, endpoint on the other node': [`${ACROSS} 10.96.1.2:80`],
    'ClusterIP, two endpoints': ['default/b:8080 sees 10.244.1.2, answer from 10.96.1.3:80', `${ACROSS} 10.96.1.3:80`],
    [HAIRPIN]: ['dropped'],
  },
  // flannel masquerades what comes from outside to pods of other nodes; its nftables rules spare it.
  'flannel ipvs': { [LOCAL]: [FALLBACK] },
  'flannel {"backend":{"type":"vxlan"},"nftables":true} ipvs': { [LOCAL]: [`${ASTRAY} REPLY_NOT_RECOGNISED`] },
  // Weave keeps its rules in front of kube-proxy's, and lets pods send anywhere but to its bridge: no rule that rejects is reached, and the router drops.
  'weave iptables': { 'no endpoint is ready': ['dropped'] },
  // It masquerades what comes from outside to pods of other nodes, and without NO_MASQ_LOCAL to those of the node itself.
  'weave ipvs': { [LOCAL]: [FALLBACK] },
  'weave {"npc":false,"noMasqLocal":false}': { 'NodePort Local from outside, node with endpoint': [`${ACROSS} 192.168.1.12:30006`] },
  // What a promiscuous bridge takes up is forgotten by conntrack (br_nf_local_in() since Linux 6.9), and so not masqueraded.
  'kubenet iptables': { [HAIRPIN]: ['dropped'] },
  'kubenet nftables': { [HAIRPIN]: ['dropped'] },
  // A cloud lets a NIC send with no other source than its own and its pods'.
  'kubenet {"cloud":"azure"} ipvs': { [LOCAL]: [`${ASTRAY} FABRIC_ANTISPOOF`] },
  'kubenet {"cloud":"aws"} ipvs': { [LOCAL]: [`${ASTRAY} FABRIC_ANTISPOOF`] },
  'azure-cni {"mode":"overlay"}': NO_WAY_IN,
  'azure-cni {"mode":"node-subnet"}': NO_WAY_IN,
  'azure-cni {"mode":"pod-subnet"}': NO_WAY_IN,
  // ip_vs routes what netfilter's NAT bridges, and KUBE-DEDUP takes a pod's packet that comes out of cbr0 for a copy.
  'kubenet ipvs': {
    'ClusterIP, endpoint on the same node': ['dropped'],
    'ClusterIP, two endpoints': ['dropped', 'default/c:8080 sees 10.244.1.2, answer from 10.96.1.3:80'],
    [LOCAL]: [`${ASTRAY} REPLY_NOT_RECOGNISED`],
  },
};
const exceptionOf = (name: string, settings: string, mode: ProxyMode, title: string): readonly string[] | undefined =>
  [`${name} ${settings} ${mode}`, `${name} ${settings}`, `${name} ${mode}`].flatMap((key) => (EXCEPTIONS[key]?.[title] ? [EXCEPTIONS[key][title]] : []))[0];

for (const [name, settings] of EVERY_PLUGIN) {
  const { backend } = settings as { backend?: { type: string } };
  // An alloc backend carries nothing between nodes; pods on azure0 need addresses near their nodes'.
  if (backend?.type === 'alloc' || settings['mode'] === 'bridge') continue;
  for (const mode of MODES)
    describe(`${name} ${JSON.stringify(settings)}, ${mode}`, async () => {
      const load = Object.entries(plugins).find(([key]) => key === name)?.[1];
      if (!load) throw new Error(`no plugin ${name}`);
      const plan = await withServices((await load()).default.plan(clusterOf(name, settings)), mode);
      for (const [title, from, to, port, want] of FLOWS)
        test(title, () => {
          const journeys = journeysOf(plan, from, to, port);
          const expected = exceptionOf(name, JSON.stringify(settings), mode, title) ?? want[mode] ?? want.all;
          expect(journeys.map((journey) => summary(plan, journey))).toEqual(expected);
          expect(journeys.map(({ forward }) => forward.probability)).toEqual(journeys.map(() => 1 / journeys.length));
        });
    });
}
