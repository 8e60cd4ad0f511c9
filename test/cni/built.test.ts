import { expect, test, vi } from 'vitest';
import type { Netns } from '../../src/linux/netns.ts';
import { printTables } from '../../src/linux/print/iptables-save.ts';
import { printRoutes } from '../../src/linux/print/route.ts';
import { formatIp } from '../../src/net/ip.ts';
import { containerId, vethName } from '../../src/plugins/naming.ts';
import { describeWith } from '../support/needs.ts';
import { planOf } from '../support/plan.ts';
import { cniNeeds, type Network, type PortMapping, type ReadBack, withNode } from './rig.ts';

// The real CNI plugins on one side, what we build for the same pods on the other.

vi.setConfig({ testTimeout: 60_000 });

const PODS = ['a', 'b'];
const idOf = (name: string) => containerId({ namespace: 'default', name });
const vethOf = new Map(PODS.map((name) => [vethName({ namespace: 'default', name }), `veth:${idOf(name)}`]));

const named = (line: string): string => [...vethOf].reduce((text, [ours, theirs]) => text.replaceAll(ours, theirs), line);

// Of a node only what the CNI plugins made: the bridge and its ports, their addresses and routes, and the rules of the given chains.
const builtBack = (netns: Netns, rules: RegExp): ReadBack => {
  const made = netns.links.filter((l) => l.kind === 'bridge' || l.kind === 'veth');
  const names = new Set(made.map((l) => l.ifname));
  const byName = <T extends { readonly ifname: string }>(list: T[]) => list.sort((x, y) => (x.ifname < y.ifname ? -1 : 1));
  const ours = (line: string) => names.has(/ dev (\S+)/.exec(line)?.[1] ?? '');
  const nat = printTables(
    netns.tables.filter((t) => t.tool === 'iptables'),
    'ip',
  );
  return {
    links: byName(
      made.map((l) => ({
        ifname: named(l.ifname),
        kind: l.kind,
        mtu: l.mtu,
        ...(l.master !== undefined && { master: l.master }),
        ...(l.promisc && { promisc: true as const }),
      })),
    ),
    addresses: netns.addresses.filter((x) => names.has(x.dev)).map((x) => `${x.dev} ${formatIp(x.local)}/${x.prefixlen} ${x.scope}`),
    routes: printRoutes(netns).filter(ours),
    local: printRoutes(netns, 255).filter(ours),
    bridgePorts: byName(
      made.flatMap((l) => (l.master === undefined ? [] : [{ ifname: named(l.ifname), master: l.master, hairpin: l.hairpin ?? false, isolated: false }])),
    ),
    iptables: nat.split('\n').filter((line) => rules.test(line)),
  };
};

// Rules in their order, chains by name.
const byChain = (lines: readonly string[]) => {
  const chain = (line: string) => line.split(' ')[1] ?? '';
  return lines.filter((line) => line.startsWith('-A')).toSorted((x, y) => (chain(x) < chain(y) ? -1 : chain(x) > chain(y) ? 1 : 0));
};

const rulesOf = (lines: readonly string[], rules: RegExp) => lines.map((line) => line.replace(/^\w+: /, '')).filter((line) => rules.test(line));

const bridge = (over: Readonly<Record<string, unknown>>, routes: readonly string[]) => ({
  type: 'bridge',
  isGateway: true,
  ipMasq: false,
  ipam: { type: 'host-local', ranges: [[{ subnet: '10.244.0.0/24' }]], routes: routes.map((dst) => ({ dst })) },
  ...over,
});
const delegate = (over: Readonly<Record<string, unknown>> = {}): Network => ({
  cniVersion: '0.3.1',
  name: 'cbr0',
  plugins: [
    bridge({ bridge: 'cni0', mtu: 1450, hairpinMode: true, isDefaultGateway: true, ...over }, ['10.244.0.0/16']),
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});
const kubenet = (hairpin: boolean): Network => ({
  cniVersion: '0.3.1',
  name: 'kubenet',
  plugins: [bridge({ bridge: 'cbr0', mtu: 1500, hairpinMode: hairpin, ...(!hairpin && { promiscMode: true }) }, ['0.0.0.0/0'])],
});

const cluster = (plugin: string, ports = '') => `
plugin: ${plugin}
subnets: {nodes: 192.168.1.0/24, pods: 10.244.0.0/16}
nodes: [{name: n, ip: 192.168.1.11, podCIDR: 10.244.0.0/24}]
pods:
  - {name: a, node: n${ports}}
  - {name: b, node: n}
`;

const hostPort: PortMapping = { hostPort: 8080, containerPort: 80, protocol: 'tcp' };
const portsOfA = ', ports: [{port: 80, hostPort: 8080}]';

describeWith(cniNeeds, 'what we build is what the real plugins leave', () => {
  test.for([
    ["flannel's delegate", cluster('{name: flannel, backend: {type: vxlan}}'), delegate(), undefined],
    ["flannel's delegate with --ip-masq=false", cluster('{name: flannel, backend: {type: vxlan}, ipMasq: false}'), delegate({ ipMasq: true }), undefined],
    ['a host port', cluster('{name: flannel, backend: {type: vxlan}}', portsOfA), delegate(), hostPort],
    ['kubenet, promiscuous', cluster('{name: kubenet, cloud: none}'), kubenet(false), undefined],
    ['kubenet, hairpin-veth', cluster('{name: kubenet, cloud: none, hairpinMode: hairpin-veth}'), kubenet(true), undefined],
  ] as const)('%s', async ([, text, network, mapping]) => {
    const plan = await planOf(text);
    const rules = /CNI-/;
    withNode((node) => {
      // The order of host-local: .2, .3.
      const addresses = PODS.map((pod) => node.add(idOf(pod), network, pod === 'a' && mapping ? [mapping] : []).ips?.[0]?.address);
      expect(plan.cluster.pods.map((pod) => `${formatIp(pod.ips[0]!)}/24`)).toEqual(addresses);
      const real = node.readBack();
      const built = builtBack(plan.world.netns('n')!, rules);
      const sorted = { ...built, addresses: built.addresses.toSorted(), iptables: byChain(built.iptables) };
      expect(sorted).toEqual({ ...real, iptables: byChain(rulesOf(real.iptables, rules)) });
      for (const pod of PODS) {
        const inPod = builtBack(plan.world.netns(`default/${pod}`)!, rules);
        expect(inPod).toEqual(node.readBack(idOf(pod)));
      }
    });
  });
});
