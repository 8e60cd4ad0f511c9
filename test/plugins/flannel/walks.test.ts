import { expect, test } from 'vitest';
import { formatIp } from '../../../src/net/ip.ts';
import { netnsOf, type Ping, ping, planOf, type Short, twoNodes } from '../../support/cluster.ts';

const flannel = (settings: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>> = {}): Short =>
  twoNodes({ name: 'flannel', ...settings }, over);

// The invariants that were measured on real kernels: verdict, source seen, TTL there, TTL of the reply at home.
test.for([
  ['udp', 'default/a', '10.244.0.3', 'delivered at default/b from 10.244.0.2 ttl 64', 64],
  ['udp', 'default/a', '10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 60', 60],
  ['udp', 'default/a', '203.0.113.10', 'exits at internet from 192.168.1.11 ttl 62', 62],
  ['udp', 'default/a', '192.168.1.11', 'delivered at node1 from 10.244.0.2 ttl 64', 64],
  ['udp', 'default/a', '192.168.1.12', 'delivered at node2 from 192.168.1.11 ttl 63', 63],
  ['udp', 'node1', '10.244.0.2', 'delivered at default/a from 10.244.0.1 ttl 64', 64],
  ['udp', 'node1', '10.244.1.2', 'delivered at default/c from 10.244.0.0 ttl 61', 61],
  ['vxlan', 'default/a', '10.244.0.3', 'delivered at default/b from 10.244.0.2 ttl 64', 64],
  ['vxlan', 'default/a', '10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 62', 62],
  ['vxlan', 'default/a', '203.0.113.10', 'exits at internet from 192.168.1.11 ttl 62', 62],
  ['vxlan', 'default/a', '192.168.1.12', 'delivered at node2 from 192.168.1.11 ttl 63', 63],
  ['vxlan', 'node1', '10.244.1.2', 'delivered at default/c from 10.244.0.0 ttl 63', 63],
  ['host-gw', 'default/a', '10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 62', 62],
  ['host-gw', 'node1', '10.244.1.2', 'delivered at default/c from 192.168.1.11 ttl 63', 63],
  ['wireguard', 'default/a', '10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 62', 62],
  ['wireguard', 'node1', '10.244.1.2', 'delivered at default/c from 10.244.0.0 ttl 63', 63],
  ['ipip', 'default/a', '10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 62', 62],
  ['ipip', 'node1', '10.244.1.2', 'delivered at default/c from 10.244.0.0 ttl 63', 63],
] as const)('%s: %s to %s is %s, back with %i', async ([backend, from, to, end, back]) => {
  const { world } = await planOf(flannel({ backend }));
  const sent = ping(world, from, to);
  expect(sent.end).toBe(end);
  expect(sent.back).toBe(`delivered at ${from} ttl ${back}`);
});

// Who answers a traceroute: the gateway, then whoever takes the TTL down to nothing; the udp backend twice says nothing.
test.for([
  ['udp', ['10.244.0.1', undefined, undefined, '10.244.1.0', 'delivered']],
  ['vxlan', ['10.244.0.1', '10.244.1.0', 'delivered']],
  ['host-gw', ['10.244.0.1', '192.168.1.12', 'delivered']],
] as const)('%s: hops', async ([backend, hops]) => {
  const { world } = await planOf(flannel({ backend }));
  const seen = hops.map((_, i) => {
    const { forward, teller } = ping(world, 'default/a', '10.244.1.2', { ttl: i + 1 });
    return forward.verdict === 'delivered' ? 'delivered' : teller;
  });
  expect(seen).toEqual(hops);
});

test.for([
  ['udp', 112, true, 64],
  ['vxlan', 134, false, 64],
  ['ipip', 104, true, 63],
  ['wireguard', 96 + 60, false, 64],
] as const)('%s: the outer packet has %i bytes, DF %s, TTL %i', async ([backend, length, df, ttl]) => {
  const { world } = await planOf(flannel({ backend }));
  const wire = ping(world, 'default/a', '10.244.1.2').forward.taps.find((tap) => tap.netns === 'node1' && tap.dev === 'eth0');
  expect(wire && [formatIp(wire.packet.src), formatIp(wire.packet.dst)]).toEqual(['192.168.1.11', '192.168.1.12']);
  expect(wire && [wire.packet.length, wire.packet.df, wire.packet.ttl]).toEqual([length, df, ttl]);
});

test.for([
  // An address of no lease: silence with udp, a refusal by WireGuard, and the default route with the others, whose router cannot even answer a pod.
  ['udp', '10.244.99.9', {}, 'NO_SUBNET_LEASE', undefined],
  ['vxlan', '10.244.99.9', {}, 'UNREACHABLE_ROUTE', undefined],
  ['host-gw', '10.244.99.9', {}, 'UNREACHABLE_ROUTE', undefined],
  ['wireguard', '10.244.99.9', {}, 'TUNNEL_NO_PEER', '10.244.0.1'],
  ['vxlan', '10.244.0.99', {}, 'NEIGHBOUR_UNRESOLVED', '10.244.0.2'],
  ['vxlan', '10.244.1.99', {}, 'NEIGHBOUR_UNRESOLVED', '10.244.1.0'],
  ['vxlan', '10.244.1.2', { length: 1450 }, 'DELIVERED', undefined],
  ['vxlan', '10.244.1.2', { length: 1451 }, 'MTU_EXCEEDED_DF', undefined],
  ['udp', '10.244.1.2', { length: 1473 }, 'MTU_EXCEEDED_DF', undefined],
  ['host-gw', '10.244.1.2', { length: 1500 }, 'DELIVERED', undefined],
] as const)('%s: to %s with %j: %s, told by %s', async ([backend, to, probe, code, teller]) => {
  const { world } = await planOf(flannel({ backend }));
  const sent = ping(world, 'default/a', to, probe as Ping);
  expect([sent.code, sent.teller]).toEqual([code, teller]);
});

test('ipsec: the policy wraps what goes between podCIDRs; the node itself gets nowhere', async () => {
  const { world } = await planOf('flannel/ipsec');
  const sent = ping(world, 'default/a', '10.244.1.2');
  expect(sent.end).toBe('delivered at default/c from 10.244.0.2 ttl 62');
  expect(sent.forward.taps.find((tap) => tap.dev === 'eth0' && tap.netns === 'node-1')?.packet).toMatchObject({ length: 84 + 56, l4: { proto: 'esp' } });
  // flannel takes 77 off the MTU, and ESP itself needs less; that is from its RFCs.
  const [wrapped] = sent.forward.steps.filter((step) => step.kind === 'encapsulate');
  expect(wrapped?.because[0]?.origin?.known).toBe('assumed');
  expect(ping(world, 'node-1', '10.244.1.2').code).toBe('UNREACHABLE_ROUTE');
});

test('alloc: nobody carries packets between nodes', async () => {
  const { world } = await planOf(flannel({ backend: 'alloc' }));
  expect(ping(world, 'default/a', '10.244.1.2').code).toBe('UNREACHABLE_ROUTE');
});

test('without ip-masq the far pod sees the address of flannel.1', async () => {
  const { world } = await planOf('flannel/no-ip-masq');
  expect(ping(world, 'default/a', '10.244.1.2').end).toBe('delivered at default/c from 10.244.0.0 ttl 62');
  expect(ping(world, 'default/a', '10.244.0.3').end).toBe('delivered at default/b from 10.244.0.2 ttl 64');
});

test("Docker's own masquerade hides the pod behind flannel0", async () => {
  const { world } = await planOf(flannel({ dockerIpMasq: true }));
  expect(ping(world, 'default/a', '10.244.1.2').end).toBe('delivered at default/c from 10.244.0.0 ttl 60');
});

test("nftables: flannel's accept does not overrule a DROP in another table", async () => {
  const { world } = await planOf('flannel/nftables');
  const dropped = ping(world, 'default/a', '10.244.1.2').forward;
  expect([dropped.verdict, dropped.netns]).toEqual(['dropped', 'node-2']);
  expect(ping(world, 'default/a', '10.244.2.2').end).toBe('delivered at default/e from 10.244.0.2 ttl 62');
});

test.for([
  // FORWARD policy, forward rules, bridge-nf-call-iptables: pod to pod on one node, and from another node.
  ['DROP', true, 1, 'delivered', 'delivered'],
  ['DROP', false, 1, 'dropped', 'dropped'],
  ['DROP', false, 0, 'delivered', 'dropped'],
  ['ACCEPT', false, 1, 'delivered', 'delivered'],
] as const)('FORWARD %s, forward rules %s, bridge-nf %i: same node %s, other node %s', async ([forwardPolicy, rules, bridged, same, other]) => {
  const node = { forwardPolicy, sysctls: { 'net.bridge.bridge-nf-call-iptables': bridged } };
  const nodes = [
    { name: 'node1', ip: '192.168.1.11', podCIDR: '10.244.0.0/24', ...node },
    { name: 'node2', ip: '192.168.1.12', podCIDR: '10.244.1.0/24', ...node },
  ];
  const { world } = await planOf(flannel({ backend: 'vxlan', iptablesForwardRules: rules }, { nodes }));
  expect(ping(world, 'default/a', '10.244.0.3').forward.verdict).toBe(same);
  expect(ping(world, 'default/a', '10.244.1.2').forward.verdict).toBe(other);
});

test('DirectRouting: plain on the segment, VXLAN behind the router', async () => {
  const { world } = await planOf('flannel/vxlan-directrouting');
  const wire = (to: string) => ping(world, 'default/a', to).forward.taps.find((tap) => tap.netns === 'node-1' && tap.dev === 'eth0')?.packet;
  expect(wire('10.244.1.2')?.length).toBe(84);
  expect(wire('10.244.2.2')?.length).toBe(134);
  expect(ping(world, 'default/a', '10.244.2.2').end).toBe('delivered at default/e from 10.244.0.2 ttl 62');
});

test.for([
  ['fd00:244::3', 'delivered at default/b from fd00:244::2 ttl 64'],
  ['fd00:244:0:1::2', 'delivered at default/c from fd00:244::2 ttl 62'],
  ['10.244.1.2', 'delivered at default/c from 10.244.0.2 ttl 62'],
  ['2001:db8:1::5', 'exits at internet from fd00:1::11 ttl 62'],
] as const)('dual stack: to %s: %s', async ([to, end]) => {
  const { world } = await planOf('flannel/dual-stack');
  const sent = ping(world, 'default/a', to);
  expect(sent.end).toBe(end);
  expect(sent.back).toContain('delivered at default/a');
});

test('a host port leads to its pod from another node, and the pod sees who asks', async () => {
  const pods = [
    { name: 'web', node: 'node1', ip: '10.244.0.2', ports: [{ port: 80, hostPort: 8080 }] },
    { name: 'c', node: 'node2', ip: '10.244.1.2' },
  ];
  const { world } = await planOf(flannel({ backend: 'vxlan' }, { pods }));
  expect(ping(world, 'node2', '192.168.1.11', { tcp: 8080 }).end).toBe('delivered at default/web from 192.168.1.12 ttl 63');
  expect(ping(world, 'default/c', '192.168.1.11', { tcp: 8080 }).end).toBe('delivered at default/web from 192.168.1.12 ttl 62');
});

test('leases say where packets go: a node that the others ignore, or another backend, is out of reach', async () => {
  const prefix = 'flannel.alpha.coreos.com/';
  const node = (name: string, ip: string, podCIDR: string, annotations: object) => ({ name, ip, podCIDR, annotations });
  const nodes = [
    node('node1', '192.168.1.11', '10.244.0.0/24', { [`${prefix}kube-subnet-manager`]: 'true', [`${prefix}backend-type`]: 'vxlan' }),
    node('node2', '192.168.1.12', '10.244.1.0/24', {}),
    node('node3', '192.168.1.13', '10.244.2.0/24', { [`${prefix}kube-subnet-manager`]: 'true', [`${prefix}backend-type`]: 'host-gw' }),
    node('node4', '192.168.1.14', '10.244.3.0/24', {
      [`${prefix}kube-subnet-manager`]: 'true',
      [`${prefix}backend-type`]: 'vxlan',
      [`${prefix}public-ip`]: '192.168.1.14',
      [`${prefix}public-ip-overwrite`]: '198.18.0.4',
      [`${prefix}backend-data`]: '{"VNI":1,"VtepMAC":"5e:00:00:00:00:04"}',
    }),
  ];
  const plan = await planOf(flannel({ backend: 'vxlan' }, { nodes, pods: [] }));
  const node1 = netnsOf(plan, 'node1');
  expect(node1.fdb.map((entry) => [entry.mac, entry.dst === undefined ? '' : formatIp(entry.dst)])).toEqual([['5e:00:00:00:00:04', '198.18.0.4']]);
  expect(plan.problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'FLANNEL_NODE_IGNORED node node2: without the annotation flannel.alpha.coreos.com/kube-subnet-manager; every other node ignores it',
    'FLANNEL_BACKEND_MIXED node node3: its backend is host-gw, not vxlan; every other node ignores its lease',
  ]);
});
