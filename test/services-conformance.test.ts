import { describe, expect, test } from 'vitest';
import { createDataplane, type Journey, OUTSIDE } from '../src/dataplane/index.ts';
import type { Cluster, Pod } from '../src/model/cluster.ts';
import type { ProxyMode, Service } from '../src/model/service.ts';
import { formatIp } from '../src/net/ip.ts';
import { contains } from '../src/net/prefix.ts';
import { plugins } from '../src/plugins/index.ts';
import type { Plan } from '../src/plugins/plugin.ts';
import { SETTINGS } from './support/clusters.ts';
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

const clusterOf = (name: string, settings: Readonly<Record<string, unknown>>): Cluster => ({
  plugin: { name, settings, stated: true },
  subnets: { nodes: [prefix('192.168.1.0/24')], pods: [prefix('10.244.0.0/16')], services: [prefix('10.96.0.0/12')] },
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
/** What a plugin by its own design does otherwise. */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // Docker masquerades what leaves its bridge, where flannel does not tell it to leave that.
  'flannel {"ipMasq":false}': {
    'ClusterIP, endpoint on the other node': [`${ACROSS} 10.96.1.2:80`],
    'ClusterIP, two endpoints': ['default/b:8080 sees 10.244.1.2, answer from 10.96.1.3:80', `${ACROSS} 10.96.1.3:80`],
  },
  // ip_vs routes what netfilter's NAT bridges, and KUBE-DEDUP takes a pod's packet that comes out of cbr0 for a copy.
  'kubenet ipvs': {
    'ClusterIP, endpoint on the same node': ['dropped'],
    'ClusterIP, two endpoints': ['dropped', 'default/c:8080 sees 10.244.1.2, answer from 10.96.1.3:80'],
  },
};

for (const [name, settings] of SETTINGS) {
  const { backend } = settings as { backend?: { type: string } };
  // An alloc backend carries nothing between nodes.
  if (backend?.type === 'alloc') continue;
  for (const mode of MODES)
    describe(`${name} ${JSON.stringify(settings)}, ${mode}`, async () => {
      const load = Object.entries(plugins).find(([key]) => key === name)?.[1];
      if (!load) throw new Error(`no plugin ${name}`);
      const plan = await withServices((await load()).default.plan(clusterOf(name, settings)), mode);
      for (const [title, from, to, port, want] of FLOWS)
        test(title, () => {
          const journeys = journeysOf(plan, from, to, port);
          const own = EXCEPTIONS[`${name} ${JSON.stringify(settings)}`] ?? EXCEPTIONS[`${name} ${mode}`];
          const expected = own?.[title] ?? want[mode] ?? want.all;
          expect(journeys.map((journey) => summary(plan, journey))).toEqual(expected);
          expect(journeys.map(({ forward }) => forward.probability)).toEqual(journeys.map(() => 1 / journeys.length));
        });
    });
}
