import { expect, test } from 'vitest';
import { printRoutes } from '../../src/linux/print/route.ts';
import { formatIp } from '../../src/net/ip.ts';
import { netnsOf, ping, planOf, type Short } from '../support/cluster.ts';

const pods = [
  { name: 'a', node: 'node-1', ip: '10.1.15.2' },
  { name: 'b', node: 'node-2', ip: '10.1.20.2' },
];
type More = Readonly<Record<string, unknown>>;
const two = (first: string, second: string, more: More = {}, of: readonly [More, More] = [{}, {}]): Short => ({
  plugin: { name: 'flannel', backend: 'vxlan' },
  subnets: { pods: '10.1.0.0/16' },
  nodes: [
    { name: 'node-1', ip: first, podCIDR: '10.1.15.0/24', ...of[0] },
    { name: 'node-2', ip: second, podCIDR: '10.1.20.0/24', ...of[1] },
  ],
  pods,
  ...more,
});
const subnets = (...nodes: string[]) => ({ subnets: { nodes, pods: '10.1.0.0/16' } });
const kubenet = (cloud: string) => ({ plugin: { name: 'kubenet', cloud } });

// A cloud network is one whole: its route tables and NICs do not end at a subnet.
test.for([
  ['azure', '10.1.20.2', 'delivered at default/b from 10.1.15.2 ttl 62'],
  ['azure', '10.240.1.5', 'delivered at node-2 from 10.1.15.2 ttl 63'],
  ['aws', '10.1.20.2', 'delivered at default/b from 10.1.15.2 ttl 62'],
  ['gce', '10.1.20.2', 'delivered at default/b from 10.1.15.2 ttl 62'],
] as const)('%s with two node subnets: to %s is %s', async ([cloud, to, end]) => {
  const plan = await planOf(two('10.240.0.4', '10.240.1.5', { ...kubenet(cloud), ...subnets('10.240.0.0/24', '10.240.1.0/24') }));
  expect(printRoutes(netnsOf(plan, 'node-2'))[0]).toBe('default via 10.240.1.1 dev eth0');
  const sent = ping(plan.world, 'default/a', to);
  expect(sent.end).toBe(end);
  expect(sent.back).toMatch(/^delivered at default\/a/);
});

test.for([
  ['near', '10.0.1.11', '10.0.2.12', 'default via 10.0.0.1 dev eth0', '10.0.0.0/22 dev eth0 proto kernel scope link src 10.0.1.11'],
  // No one wire has both; a router does, and to the world it leads as well.
  ['far apart', '10.200.0.11', '192.168.1.12', 'default via 10.200.0.1 dev eth0', '10.200.0.0/24 dev eth0 proto kernel scope link src 10.200.0.11'],
] as const)('nodes whose subnet nobody states, %s', async ([, first, second, gateway, own]) => {
  const plan = await planOf(two(first, second));
  const routes = printRoutes(netnsOf(plan, 'node-1'));
  expect(routes[0]).toBe(gateway);
  expect(routes).toContain(own);
  expect(ping(plan.world, 'default/a', '10.1.20.2').end).toBe('delivered at default/b from 10.1.15.2 ttl 62');
  expect(ping(plan.world, 'default/a', '203.0.113.10').end).toBe(`exits at internet from ${first} ttl 62`);
});

test.for([
  ['named by its address', {}, [{ name: 'ens3', ip: '192.168.1.11/24', mtu: 9000, mac: '52:54:00:aa:00:01' }], 'ens3'],
  ['named by interface', { interface: 'ens3' }, [{ name: 'ens3', ip: '192.168.1.11/24', mtu: 9000, mac: '52:54:00:aa:00:01' }], 'ens3'],
  ['eth0 described', {}, [{ name: 'eth0', ip: '192.168.1.11/24', mtu: 9000, mac: '52:54:00:aa:00:01' }], 'eth0'],
] as const)('the NIC that carries the node’s address: %s', async ([, more, interfaces, dev]) => {
  const fabric = { fabric: { kind: 'l2', mtu: 9000 } };
  const plan = await planOf(two('192.168.1.11', '192.168.1.12', { ...subnets('192.168.1.0/24'), ...fabric }, [{ ...more, interfaces }, {}]));
  const node = netnsOf(plan, 'node-1');
  expect(node.links.filter(({ kind }) => kind === 'physical')).toMatchObject([{ ifname: dev, mtu: 9000, address: '52:54:00:aa:00:01' }]);
  expect(node.addresses.filter(({ local }) => formatIp(local) === '192.168.1.11').map((address) => address.dev)).toEqual([dev]);
  expect(printRoutes(node)[0]).toBe(`default via 192.168.1.1 dev ${dev}`);
  expect(ping(plan.world, 'default/a', '10.1.20.2').end).toBe('delivered at default/b from 10.1.15.2 ttl 62');
});

test.for([
  ['198.51.100.0/24', '198.51.100.11', '198.51.100.12', '192.0.2.2'],
  ['192.168.1.0/24', '192.168.1.11', '192.168.1.12', '198.51.100.2'],
] as const)('nodes in %s: the way out has a range of its own', async ([range, first, second, wan]) => {
  const plan = await planOf(two(first, second, subnets(range)));
  const gateway = netnsOf(plan, 'gateway');
  expect(gateway.addresses.filter(({ dev }) => dev === 'wan').map(({ local }) => formatIp(local))).toEqual([wan]);
  expect(ping(plan.world, 'default/a', '203.0.113.10').back).toBe('delivered at default/a ttl 62');
});

test.for([
  [
    { filters: [{ protocol: 'udpp', port: 8472, action: 'deny' }] },
    'error FABRIC_PROTOCOL_UNKNOWN fabric: unknown protocol "udpp"; this filter is left out',
    'delivered at default/b from 10.1.15.2 ttl 62',
  ],
  [{ filters: [{ protocol: 'UDP', port: 8472, action: 'deny' }] }, undefined, 'dropped at fabric from 192.168.1.11 ttl 64'],
  [
    { routes: [{ dst: '10.9.0.0/16', via: '172.16.0.1' }] },
    'warning FABRIC_ROUTE_STRAY fabric: the route to 10.9.0.0/16 is left out: 172.16.0.1 is on no link of the router',
    'delivered at default/b from 10.1.15.2 ttl 62',
  ],
  [{ routes: [{ dst: '10.9.0.0/16', via: '192.168.1.12' }] }, undefined, 'delivered at default/b from 10.1.15.2 ttl 62'],
] as const)('fabric %j: %s', async ([fabric, problem, end]) => {
  const plan = await planOf(two('192.168.1.11', '192.168.1.12', { ...subnets('192.168.1.0/24'), fabric: { kind: 'l2', ...fabric } }));
  expect(plan.problems.map((p) => `${p.severity} ${p.code} ${p.message}`)).toEqual(problem === undefined ? [] : [problem]);
  expect(ping(plan.world, 'default/a', '10.1.20.2').end).toBe(end);
});
