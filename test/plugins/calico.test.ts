import { describe, expect, test } from 'vitest';
import { printFdb, printNeigh } from '../../src/linux/print/index.ts';
import { printTables } from '../../src/linux/print/iptables-save.ts';
import { printRoutes } from '../../src/linux/print/route.ts';
import { k8snet } from '../cli/run.ts';
import { netnsOf, planOf } from '../support/cluster.ts';
import { planOf as planText } from '../support/plan.ts';

// The worked topology: three nodes, two subnets. Texts are those of real nodes, not of this program.

const own = (node: number) => `192.168.${10 + node}.0/26`;
const bgp = 'metric 1024';

const routes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  bgp: {
    node1: [
      `blackhole ${own(1)} proto bird`,
      `192.168.11.1 dev cali5e1c4d6c68c scope link ${bgp}`,
      `192.168.11.2 dev cali2f5353dd8c5 scope link ${bgp}`,
      `${own(2)} via 10.0.1.12 dev eth0 proto bird ${bgp}`,
      `${own(3)} via 10.0.1.1 dev eth0 proto bird ${bgp}`,
    ],
    node3: [
      `${own(1)} via 10.0.2.1 dev eth0 proto bird ${bgp}`,
      `${own(2)} via 10.0.2.1 dev eth0 proto bird ${bgp}`,
      `blackhole ${own(3)} proto bird`,
      `192.168.13.1 dev calid6b219bf875 scope link ${bgp}`,
    ],
  },
  ipip: {
    node2: [
      `${own(1)} via 10.0.1.11 dev tunl0 proto bird ${bgp} onlink`,
      `blackhole ${own(2)} proto bird`,
      `192.168.12.1 dev cali3754a2f57f6 scope link ${bgp}`,
      `${own(3)} via 10.0.2.13 dev tunl0 proto bird ${bgp} onlink`,
    ],
  },
  'ipip-cross-subnet': {
    node1: [
      `blackhole ${own(1)} proto bird`,
      `192.168.11.1 dev cali5e1c4d6c68c scope link ${bgp}`,
      `192.168.11.2 dev cali2f5353dd8c5 scope link ${bgp}`,
      `${own(2)} via 10.0.1.12 dev eth0 proto bird ${bgp}`,
      `${own(3)} via 10.0.2.13 dev tunl0 proto bird ${bgp} onlink`,
    ],
  },
  vxlan: {
    node2: [
      `${own(1)} via 192.168.11.0 dev vxlan.calico onlink mtu 1450`,
      `blackhole ${own(2)} proto 80`,
      `192.168.12.1 dev cali3754a2f57f6 scope link ${bgp}`,
      `${own(3)} via 192.168.13.0 dev vxlan.calico onlink mtu 1450`,
    ],
  },
  'vxlan-cross-subnet': {
    node1: [
      `blackhole ${own(1)} proto 80`,
      `192.168.11.1 dev cali5e1c4d6c68c scope link ${bgp}`,
      `192.168.11.2 dev cali2f5353dd8c5 scope link ${bgp}`,
      `${own(2)} via 10.0.1.12 dev eth0 proto 80 onlink`,
      `${own(3)} via 192.168.13.0 dev vxlan.calico onlink mtu 1450`,
    ],
  },
};

describe.for(Object.entries(routes))('%s', ([mode, nodes]) => {
  test.for(Object.entries(nodes))('routes of %s', async ([node, lines]) => {
    const plan = await planOf(`calico/${mode}`);
    expect(printRoutes(netnsOf(plan, node)).filter((line) => line.includes('192.168.'))).toEqual(lines);
  });
});

test('a pod knows only a gateway that is nowhere', async () => {
  const pod = netnsOf(await planOf('calico/vxlan'), 'default/pod-a');
  expect(printRoutes(pod)).toEqual(['default via 169.254.1.1 dev eth0', '169.254.1.1 dev eth0 scope link']);
  expect(pod.links[1]).toMatchObject({ kind: 'veth', ifname: 'eth0', mtu: 1450 });
});

test('VTEPs of both other nodes, also of the one on the same subnet', async () => {
  const node = netnsOf(await planOf('calico/vxlan-cross-subnet'), 'node1');
  expect(node.neighbours.map(printNeigh)).toEqual([
    '192.168.12.0 dev vxlan.calico lladdr 66:2d:bf:44:a6:8b PERMANENT',
    '192.168.13.0 dev vxlan.calico lladdr 66:a4:6f:e0:c4:da PERMANENT',
  ]);
  expect(node.fdb.map(printFdb)).toEqual([
    '66:2d:bf:44:a6:8b dev vxlan.calico dst 10.0.1.12 self permanent',
    '66:a4:6f:e0:c4:da dev vxlan.calico dst 10.0.2.13 self permanent',
  ]);
  expect(node.links.find(({ ifname }) => ifname === 'vxlan.calico')).toMatchObject({ id: 4096, port: 4789, mtu: 1450, address: '66:f9:37:c3:7e:94' });
});

test('masquerading, and the chains of a pod without policies', async () => {
  const text = printTables(netnsOf(await planOf('calico/vxlan'), 'node1').tables, 'ip').split('\n');
  for (const line of [
    '-A cali-nat-outgoing -m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40network-ip-pools dst -j MASQUERADE --random-fully',
    '-A cali-POSTROUTING -o vxlan.calico -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully',
    '-A cali-from-wl-dispatch -i cali5e1c4d6c68c -g cali-fw-cali5e1c4d6c68c',
    '-A cali-fw-cali5e1c4d6c68c -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A cali-fw-cali5e1c4d6c68c -j MARK --set-xmark 0x0/0x30000',
    '-A cali-fw-cali5e1c4d6c68c -p udp -m multiport --dports 4789 -j DROP',
    '-A cali-fw-cali5e1c4d6c68c -p ipencap -j DROP',
    '-A cali-pro-kns.default -j MARK --set-xmark 0x10000/0x10000',
    '-A FORWARD -j MARK --set-xmark 0x10000/0x10000',
  ])
    expect(text).toContain(line);
});

const withSettings = (settings: string, more = '') => `
plugin: {name: calico, ${settings}}
subnets: {nodes: 10.0.1.0/24, pods: 192.168.0.0/16, services: 10.96.0.0/12}
nodes: [{name: node1, ip: 10.0.1.11}, {name: node2, ip: 10.0.1.12}, {name: node3, ip: 10.0.1.13}]
pods:
  - {name: pod-a, node: node1, ip: 192.168.11.1}
  - {name: pod-c, node: node2, ip: 192.168.12.1}
  - {name: pod-d, node: node3, ip: 192.168.13.1}
${more}`;

test.for([
  ['v3.30.1', ['192.168.11.1 dev cali5e1c4d6c68c scope link', '192.168.12.0/26 via 192.168.12.0 dev vxlan.calico onlink'], '0x1b0000', 'all-ipam-pools'],
  ['3.29', ['192.168.11.1 dev cali5e1c4d6c68c scope link', '192.168.12.0/26 via 192.168.12.0 dev vxlan.calico onlink'], '0xf0000', 'all-ipam-pools'],
] as const)('release %s', async ([version, lines, marks, pools]) => {
  const node = netnsOf(await planText(withSettings(`encapsulation: vxlan, version: '${version}'`)), 'node1');
  expect(printRoutes(node)).toEqual(expect.arrayContaining([...lines]));
  const text = printTables(node.tables, 'ip');
  expect(text).toContain(`-A cali-INPUT -j MARK --set-xmark 0x0/${marks}`);
  expect(text).toContain(`cali40${pools} dst`);
});

const SERVICE = 'services: [{name: db, selector: {app: db}, ports: [{port: 80}]}]';

test('Felix stands before kube-proxy, but for masquerading from v3.28 on', async () => {
  const jumps = async (version: string, chain: string) =>
    printTables(netnsOf(await planText(withSettings(`version: '${version}'`, SERVICE)), 'node1').tables, 'ip')
      .split('\n')
      .filter((line) => line.startsWith(`-A ${chain} `))
      .map((line) => line.split(' -j ')[1]);
  // The first is that of the mangle table.
  expect((await jumps('3.27', 'POSTROUTING')).slice(1)).toEqual(['cali-POSTROUTING', 'KUBE-POSTROUTING']);
  expect((await jumps('3.28', 'POSTROUTING')).slice(1)).toEqual(['KUBE-POSTROUTING', 'cali-POSTROUTING']);
  expect((await jumps('3.32', 'OUTPUT')).slice(0, 2)).toEqual(['cali-OUTPUT', expect.stringMatching(/^(KUBE|cali)/)]);
  expect((await jumps('3.32', 'FORWARD'))[0]).toBe('cali-FORWARD');
});

test('without a session there is no route, and a route reflector mends it', async () => {
  const to = async (settings: string) =>
    printRoutes(netnsOf(await planText(withSettings(settings)), 'node1')).filter((line) => line.startsWith('192.168.12.0/26'));
  expect(await to('encapsulation: none')).toHaveLength(1);
  expect(await to('encapsulation: none, bgp: {mesh: false}')).toEqual([]);
  expect(await to('encapsulation: none, bgp: {missing: [[node2, node1]]}')).toEqual([]);
  expect(await to('encapsulation: none, bgp: {mesh: false, routeReflectors: [node3]}')).toHaveLength(1);
  expect(await to('encapsulation: none, bgp: {mesh: false, routeReflectors: [node3], missing: [[node3, node2]]}')).toEqual([]);
  // Felix, not BIRD, makes the routes of VXLAN.
  expect(await to('encapsulation: vxlan, bgp: {mesh: false}')).toHaveLength(1);
});

test('an address out of another node’s block is a route of its own everywhere', async () => {
  const plan = await planText(
    withSettings('encapsulation: vxlan', '  - {name: guest, node: node2, ip: 192.168.11.9}\n  - {name: pod-b, node: node1, ip: 192.168.11.2}'),
  );
  expect(printRoutes(netnsOf(plan, 'node3'))).toContain('192.168.11.9 via 192.168.12.0 dev vxlan.calico onlink mtu 1450');
  expect(printRoutes(netnsOf(plan, 'node1'))).toContain('192.168.11.9 via 192.168.12.0 dev vxlan.calico onlink mtu 1450');
});

test('pods without addresses get the lowest of their node’s block, behind the tunnel’s', async () => {
  const plan = await planText(withSettings('encapsulation: vxlan', '  - {name: new-a, node: node1}\n  - {name: new-b, node: node1}'));
  const ips = plan.cluster.pods.filter(({ name }) => name.startsWith('new')).map(({ ips: own }) => own);
  expect(ips).toEqual([[0xc0a80b02], [0xc0a80b03]]);
});

test('the pools and blocks of a dump', async () => {
  const text = `
apiVersion: v1
kind: List
items:
- {apiVersion: crd.projectcalico.org/v1, kind: IPPool, metadata: {name: p}, spec: {cidr: 10.48.0.0/16, blockSize: 28, vxlanMode: CrossSubnet, ipipMode: Never, natOutgoing: true}}
- {apiVersion: crd.projectcalico.org/v1, kind: IPAMBlock, metadata: {name: b}, spec: {cidr: 10.48.7.16/28, affinity: 'host:n1'}}
- apiVersion: v1
  kind: Node
  metadata: {name: n1, annotations: {projectcalico.org/IPv4Address: 10.0.0.1/24, projectcalico.org/IPv4VXLANTunnelAddr: 10.48.7.20}}
  status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
- apiVersion: v1
  kind: Node
  metadata: {name: n2, annotations: {projectcalico.org/IPv4Address: 10.0.0.2/24}}
  status: {addresses: [{type: InternalIP, address: 10.0.0.2}]}
`;
  const plan = await planText(text);
  expect(plan.mode).toBe('VXLAN CrossSubnet');
  const node = netnsOf(plan, 'n1');
  expect(node.addresses.find(({ dev }) => dev === 'vxlan.calico')?.local).toBe(0x0a300714);
  expect(printRoutes(netnsOf(plan, 'n2'))).toContain('10.48.7.16/28 via 10.0.0.1 dev eth0 proto 80 onlink');
});

test.for([
  ['pools: [{cidr: 192.168.0.0/16, blockSize: 12}]', 2, /blockSize/],
  ['pools: [{cidr: 192.168.0.0/16}, {cidr: 192.168.128.0/17}]', 2, /CALICO_POOL_OVERLAP/],
  ['pools: [{cidr: 10.0.0.0/8}]', 2, /CALICO_POOL_OVERLAP/],
  ['pools: [{cidr: "fd00::/48", encapsulation: ipip}]', 2, /CALICO_NO_IPIP6/],
  ['wireguard: true', 3, /WireGuard is not modelled/],
  ['dataplane: ebpf', 3, /the ebpf data plane is not modelled/],
  ['encapsulation: vlxan', 2, /encapsulation/],
  ['version: new', 2, /no version of calico such as v3/],
] as const)('%s: exit code %i', async ([settings, code, message]) => {
  async function* file() {
    yield withSettings(settings);
  }
  const ran = await k8snet('trace pod-a pod-c -f -', { stdin: file() });
  expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message)]);
});

test('IP-in-IP is lost in Azure, and VXLAN is not', async () => {
  const azure = (encapsulation: string) => `${withSettings(`encapsulation: ${encapsulation}`)}\nfabric: {kind: azure}`;
  const ask = async (text: string) => {
    async function* file() {
      yield text;
    }
    return k8snet('trace pod-a pod-c -f -', { stdin: file() });
  };
  expect((await ask(azure('ipip'))).out).toMatch(/FABRIC_FILTER|Azure drops/);
  expect((await ask(azure('vxlan'))).code).toBe(0);
});
