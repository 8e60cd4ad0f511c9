import { expect, test } from 'vitest';
import { printEbtables } from '../../../src/linux/print/ebtables.ts';
import { printFdb } from '../../../src/linux/print/index.ts';
import { printTables } from '../../../src/linux/print/iptables-save.ts';
import { printRoutes } from '../../../src/linux/print/route.ts';
import { formatIp } from '../../../src/net/ip.ts';
import { clusterOf, netnsOf, ping, planOf, pluginOf, type Short, twoNodes } from '../../support/cluster.ts';

const kubenet = (settings: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>> = {}): Short =>
  twoNodes({ name: 'kubenet', ...settings }, { subnets: { nodes: '192.168.1.0/24', pods: '10.244.0.0/16', services: '10.0.0.0/16' }, ...over });

test('Azure: the node of the worked example', async () => {
  const plan = await planOf('kubenet/azure');
  const node = netnsOf(plan, 'aks-node-0');
  const bridge = node.links.find(({ ifname }) => ifname === 'cbr0');
  expect(bridge).toMatchObject({ kind: 'bridge', mtu: 1500, address: '0a:58:0a:f4:00:01', promisc: true });
  expect(node.links.filter(({ master }) => master === 'cbr0').map(({ hairpin }) => hairpin)).toEqual([undefined, undefined]);
  expect(printRoutes(node)).toEqual([
    'default via 10.240.0.1 dev eth0',
    '10.240.0.0/16 dev eth0 proto kernel scope link src 10.240.0.4',
    '10.244.0.0/24 dev cbr0 proto kernel scope link src 10.244.0.1',
  ]);
  expect(node.fdb.map(printFdb)[0]).toBe('0a:58:0a:f4:00:01 dev cbr0 master cbr0 permanent');
  expect(
    printTables(node.tables, 'ip')
      .split('\n')
      .filter((line) => line.startsWith('-A')),
  ).toEqual([
    '-A POSTROUTING ! -d 10.0.0.0/8 -m comment --comment "kubenet: SNAT for outbound traffic from cluster" -m addrtype ! --dst-type LOCAL -j MASQUERADE',
  ]);
  expect(printEbtables(node.tables)).toEqual([
    '*filter',
    ':INPUT ACCEPT',
    ':FORWARD ACCEPT',
    ':OUTPUT ACCEPT',
    ':KUBE-DEDUP RETURN',
    '-A OUTPUT -j KUBE-DEDUP',
    '-A KUBE-DEDUP -p IPv4 -s 0a:58:0a:f4:00:01 -o veth+ --ip-src 10.244.0.1 -j ACCEPT',
    '-A KUBE-DEDUP -p IPv4 -s 0a:58:0a:f4:00:01 -o veth+ --ip-src 10.244.0.0/24 -j DROP',
  ]);
  const pod = netnsOf(plan, 'default/a');
  expect(pod.links[1]?.address).toBe('0a:58:0a:f4:00:02');
  expect(printRoutes(pod)).toEqual(['default via 10.244.0.1 dev eth0', '10.244.0.0/24 dev eth0 proto kernel scope link src 10.244.0.2']);
});

test.for([
  [
    'azure',
    [
      'User  Active  10.244.0.0/24  VirtualAppliance  10.240.0.4  (aks-node-0)',
      'User  Active  10.244.1.0/24  VirtualAppliance  10.240.0.5  (aks-node-1)',
      'Default  Active  10.240.0.0/16  VnetLocal',
      'Default  Active  0.0.0.0/0  Internet',
      'Default  Active  10.0.0.0/8  None',
      'Default  Active  172.16.0.0/12  None',
      'Default  Active  192.168.0.0/16  None',
      'Default  Active  100.64.0.0/10  None',
      "168.63.129.16/32  the platform's own services, whatever the route table says",
      "169.254.169.254/32  the platform's own services, whatever the route table says",
    ],
  ],
  [
    'gce',
    [
      'kubernetes-gke-1  default  10.244.0.0/24  kubernetes-gke-1  1000',
      'kubernetes-gke-2  default  10.244.1.0/24  kubernetes-gke-2  1000',
      'default-route  default  10.128.0.0/20  default  0',
      'default-route  default  0.0.0.0/0  default-internet-gateway  1000',
    ],
  ],
  [
    'aws',
    [
      'ROUTES  100.96.1.0/24  i-0aaaaaaaaaaaaaaa1  CreateRoute  active',
      'ROUTES  100.96.2.0/24  i-0aaaaaaaaaaaaaaa2  CreateRoute  active',
      'ROUTES  100.96.3.0/24  i-0aaaaaaaaaaaaaaa3  CreateRoute  active',
      'ROUTES  172.20.32.0/19  local  CreateRouteTable  active',
      'ROUTES  0.0.0.0/0  igw  CreateRouteTable  active',
    ],
  ],
] as const)('the route table of %s', async ([cloud, lines]) => {
  const { world } = await planOf(`kubenet/${cloud}`);
  expect(world.fabric.segments.map(({ cloud: network }) => network?.routes.map(({ line }) => line))).toEqual([lines]);
});

// TTL: a router takes one off, clouds none.
test.for([
  ['generic-router', 'default/a', '10.244.0.3', 'delivered at default/b from 10.244.0.2 ttl 64', 64],
  ['generic-router', 'default/a', '10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 61', 61],
  // Outside of 10.0.0.0/8: the node's address hides the pod even from the other node.
  ['generic-router', 'default/a', '192.168.1.12', 'delivered at node-2 from 192.168.1.11 ttl 63', 63],
  ['generic-router', 'default/a', '203.0.113.10', 'exits at internet from 192.168.1.11 ttl 62', 62],
  ['generic-router', 'node-1', '10.244.1.2', 'delivered at default/c from 192.168.1.11 ttl 62', 63],
  ['azure', 'default/a', '10.244.0.3', 'delivered at default/b from 10.244.0.2 ttl 64', 64],
  ['azure', 'default/a', '10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 62', 62],
  ['azure', 'default/a', '10.240.0.5', 'delivered at aks-node-1 from 10.244.0.2 ttl 63', 63],
  ['azure', 'default/a', '203.0.113.10', 'exits at fabric from 10.240.0.4 ttl 63', 63],
  ['azure', 'aks-node-0', '10.244.1.2', 'delivered at default/c from 10.240.0.4 ttl 63', 63],
  ['gce', 'default/a', '10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 62', 62],
  ['aws', 'default/a', '100.96.2.2', 'delivered at default/c from 100.96.1.2 ttl 62', 62],
  ['aws', 'default/c', '203.0.113.10', 'exits at fabric from 172.20.40.12 ttl 63', 63],
] as const)('%s: %s to %s is %s, back with %i', async ([fixture, from, to, end, back]) => {
  const { world } = await planOf(`kubenet/${fixture}`);
  const sent = ping(world, from, to);
  expect(sent.end).toBe(end);
  expect(sent.back).toBe(`delivered at ${from} ttl ${back}`);
});

test('pods outside of the spared range are hidden from one another, by both nodes', async () => {
  const { world } = await planOf(kubenet({ cloud: 'none', nonMasqueradeCIDRs: '172.16.0.0/12' }));
  const sent = ping(world, 'default/a', '10.244.1.2');
  // The rule has no source: node2 masquerades what it passes on to its own pod.
  expect(sent.end).toBe('delivered at default/c from 10.244.1.1 ttl 61');
  expect(sent.back).toBe('delivered at default/a ttl 62');
});

test.for([
  ['generic-router', '10.244.99.9', 'UNREACHABLE_ROUTE', '192.168.1.1'],
  ['azure', '10.244.99.9', 'FABRIC_NO_ROUTE', undefined],
  ['gce', '10.244.2.2', 'FABRIC_ANTISPOOF', undefined],
  ['aws', '100.96.3.2', 'FABRIC_ANTISPOOF', undefined],
] as const)('%s: to %s: %s, told by %s', async ([fixture, to, code, teller]) => {
  const { world } = await planOf(`kubenet/${fixture}`);
  const sent = ping(world, 'default/a', to);
  expect([sent.code, sent.teller]).toEqual([code, teller]);
});

test('who answers a traceroute over a router', async () => {
  const { world } = await planOf('kubenet/generic-router');
  const tellers = [1, 2, 3].map((ttl) => ping(world, 'default/a', '10.244.1.2', { ttl }).teller);
  expect(tellers).toEqual(['10.244.0.1', '192.168.1.1', '192.168.1.12']);
});

test('without routes of the cluster file, the router gets one per node', async () => {
  const { world } = await planOf(kubenet({ cloud: 'none' }));
  expect(printRoutes(world.netns('gateway')!).filter((line) => line.includes('10.244.'))).toEqual([
    '10.244.0.0/24 via 192.168.1.11 dev eth0',
    'unreachable 10.244.0.0/16',
    '10.244.1.0/24 via 192.168.1.12 dev eth0',
  ]);
});

test('routes of the cluster file replace those of the controller', async () => {
  const fabric = { routes: [{ dst: '10.244.1.0/24', via: '192.168.1.12' }] };
  const { world } = await planOf(kubenet({ cloud: 'azure' }, { fabric }));
  expect(world.fabric.segments[0]?.cloud?.routes.filter(({ system }) => !system).map(({ dst }) => formatIp(dst.addr))).toEqual(['10.244.1.0']);
  const sent = ping(world, 'default/a', '10.244.1.2');
  expect(sent.forward.verdict).toBe('delivered');
  expect(sent.replies[0]?.reason.code).toBe('FABRIC_NO_ROUTE');
});

test('beyond the limit of the table there is no route', async () => {
  const { world, problems } = await planOf(kubenet({ cloud: 'azure' }, { fabric: { routeLimit: 1 } }));
  expect(problems.map((p) => `${p.severity} ${p.code} ${p.message}`)).toEqual([
    'warning KUBENET_ROUTE_LIMIT node node2: the route table holds 1 routes; there is none for 10.244.1.0/24',
  ]);
  expect(ping(world, 'default/a', '10.244.1.2').code).toBe('FABRIC_NO_ROUTE');
});

test('NetworkUnavailable: no route, and a warning', async () => {
  const { problems } = await planOf('kubenet/gce');
  expect(problems.map((p) => `${p.code} ${p.message}`)).toEqual(['KUBENET_NO_ROUTE node gke-3: NetworkUnavailable: no route to its podCIDR 10.244.2.0/24']);
});

test('containerd on AKS: ip-masq-agent spares the pods, and portmap makes the host ports', async () => {
  const pods = [{ name: 'web', node: 'node1', ip: '10.244.0.2', ports: [{ port: 80, hostPort: 8080 }] }];
  const plan = await planOf(kubenet({ cloud: 'azure', runtime: 'containerd' }, { pods }));
  const node = netnsOf(plan, 'node1');
  const nat = printTables(node.tables, 'ip').split('\n');
  expect(nat.filter((line) => line.startsWith('-A IP-MASQ-AGENT'))).toEqual([
    '-A IP-MASQ-AGENT -d 10.244.0.0/16 -m comment --comment "ip-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN',
    '-A IP-MASQ-AGENT -m comment --comment "ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE',
  ]);
  expect(nat.filter((line) => line.includes('-j KUBE-MARK-MASQ'))).toHaveLength(2);
  expect(printEbtables(node.tables)).toContain('-A OUTPUT -j AKS-DEDUP-PROMISC');
  expect(ping(plan.world, 'node2', '192.168.1.11', { tcp: 8080 }).end).toBe('delivered at default/web from 192.168.1.12 ttl 63');
});

test("kubelet's host ports: the newest in front", async () => {
  const pods = [
    { name: 'a', node: 'node1', ip: '10.244.0.2', ports: [{ port: 80, hostPort: 8080 }] },
    { name: 'b', node: 'node1', ip: '10.244.0.3', ports: [{ port: 53, hostPort: 53, protocol: 'UDP' }] },
  ];
  const plan = await planOf(kubenet({ cloud: 'none' }, { pods }));
  const nat = printTables(netnsOf(plan, 'node1').tables, 'ip').split('\n');
  expect(nat.filter((line) => line.startsWith('-A KUBE-HOSTPORTS')).map((line) => line.replace(/KUBE-HP-[A-Z2-7]{16}$/, 'KUBE-HP-…'))).toEqual([
    '-A KUBE-HOSTPORTS -p udp -m comment --comment "b_default hostport 53" -m udp --dport 53 -j KUBE-HP-…',
    '-A KUBE-HOSTPORTS -p tcp -m comment --comment "a_default hostport 8080" -m tcp --dport 8080 -j KUBE-HP-…',
  ]);
  expect(nat.filter((line) => line.startsWith('-A PREROUTING'))).toEqual([
    '-A PREROUTING -m comment --comment "kube hostport portals" -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS',
  ]);
  expect(ping(plan.world, 'node2', '192.168.1.11', { tcp: 8080 }).end).toBe('delivered at default/a from 192.168.1.12 ttl 63');
});

test.for([
  ['hairpin-veth', false, true],
  ['none', false, false],
] as const)('hairpin mode %s', async ([hairpinMode, promisc, hairpin]) => {
  const node = netnsOf(await planOf(kubenet({ cloud: 'none', hairpinMode })), 'node1');
  expect(node.links.find(({ ifname }) => ifname === 'cbr0')?.promisc ?? false).toBe(promisc);
  expect(node.links.filter(({ master }) => master).every((link) => (link.hairpin ?? false) === hairpin)).toBe(true);
  expect(printEbtables(node.tables)).toEqual([]);
});

test.for([
  [{ clod: 'azure' }, 'unknown key "clod"', 'did you mean "cloud"?'],
  [{ cloud: 'azur' }, '"cloud" must be one of azure, gce, aws, none, not "azur"', 'did you mean "azure"?'],
] as const)('settings %j', async ([settings, message, hint]) => {
  const cluster = await clusterOf(kubenet(settings));
  expect((await pluginOf(cluster)).check(cluster)).toMatchObject([{ message, hint }]);
});
