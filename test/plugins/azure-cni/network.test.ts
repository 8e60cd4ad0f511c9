import { expect, test } from 'vitest';
import { ping, planOf, type Short } from '../../support/cluster.ts';

// The network around the nodes: routes of users, security groups, the way out, and what it does not carry.

type Over = Readonly<Record<string, unknown>>;
const cluster = (mode: string, fabric: Over, plugin: Over = {}): Short => ({
  plugin: { name: 'azure-cni', mode, ...plugin },
  subnets: {
    nodes: '10.240.0.0/16',
    services: '10.0.0.0/16',
    ...(mode === 'overlay' && { pods: '10.244.0.0/16' }),
    ...(mode === 'pod-subnet' && { pods: '10.241.0.0/16' }),
  },
  nodes: [1, 2].map((n) => ({ name: `n${n}`, ip: `10.240.0.${3 + n}`, ...(mode === 'overlay' && { podCIDR: `10.244.${n - 1}.0/24` }) })),
  pods: [
    { name: 'a', node: 'n1', ip: mode === 'overlay' ? '10.244.0.5' : mode === 'pod-subnet' ? '10.241.0.5' : '10.240.0.11' },
    { name: 'b', node: 'n2', ip: mode === 'overlay' ? '10.244.1.7' : mode === 'pod-subnet' ? '10.241.0.24' : '10.240.0.42' },
  ],
  fabric: {
    kind: 'azure',
    vnet: '10.0.0.0/8',
    hosts: [
      { name: 'vm', ip: '10.1.0.4' },
      { name: 'fw', ip: '10.2.0.4', ipForwarding: true, masquerade: true },
    ],
    ...fabric,
  },
});
const rule = (direction: string, action: string, more: Over = {}) => ({ name: 'own', priority: 100, direction, action, ...more });
const group = (nsg: readonly Over[], prefix = '10.240.0.0/16', routes?: readonly Over[]) => ({
  subnets: [{ name: 'aks', prefix, nsg, ...(routes && { routes }) }],
});

const INTERNET = '203.0.113.10';
const FIREWALL = [{ dst: '0.0.0.0/0', via: '10.2.0.4' }];

test.for<[what: string, short: Short, from: string, to: string, end: string]>([
  ['the default rules part nothing inside', cluster('node-subnet', group([])), 'default/a', '10.240.0.42', 'DELIVERED'],
  ['nor an overlay', cluster('overlay', group([])), 'default/a', '10.244.1.7', 'DELIVERED'],
  [
    'a denied range of pods: the group sees their addresses',
    cluster('overlay', group([rule('inbound', 'deny', { dst: '10.244.0.0/16' })])),
    'default/a',
    '10.244.1.7',
    'FABRIC_SECURITY_GROUP',
  ],
  ['nodes are not in that range', cluster('overlay', group([rule('inbound', 'deny', { dst: '10.244.0.0/16' })])), 'default/a', '10.240.0.5', 'DELIVERED'],
  [
    'denied by the tag of the virtual network',
    cluster('node-subnet', group([rule('inbound', 'deny', { src: 'VirtualNetwork' })])),
    'fabric/vm',
    '10.240.0.42',
    'FABRIC_SECURITY_GROUP',
  ],
  [
    'the internet is not the virtual network',
    cluster('node-subnet', group([rule('outbound', 'deny', { dst: 'Internet' })])),
    'default/a',
    '10.1.0.4',
    'DELIVERED',
  ],
  ['the internet denied', cluster('node-subnet', group([rule('outbound', 'deny', { dst: 'Internet' })])), 'default/a', INTERNET, 'FABRIC_SECURITY_GROUP'],
  [
    'a rule for tcp is none for an echo',
    cluster('node-subnet', group([rule('inbound', 'deny', { protocol: 'Tcp' })])),
    'fabric/vm',
    '10.240.0.42',
    'DELIVERED',
  ],
  ["a pod subnet's own group", cluster('pod-subnet', group([rule('inbound', 'deny')], '10.241.0.0/16')), 'fabric/vm', '10.241.0.24', 'FABRIC_SECURITY_GROUP'],
  ["that is none of the nodes'", cluster('pod-subnet', group([rule('inbound', 'deny')], '10.241.0.0/16')), 'fabric/vm', '10.240.0.5', 'DELIVERED'],
  ['answers pass', cluster('node-subnet', group([rule('inbound', 'deny', { src: '10.1.0.0/16' })])), 'default/a', '10.1.0.4', 'DELIVERED'],
  ['a firewall that is not described', cluster('node-subnet', { routes: [{ dst: '0.0.0.0/0', via: '10.3.0.4' }] }), 'default/a', INTERNET, 'TO_APPLIANCE'],
  ['a firewall that is: through it, and out', cluster('node-subnet', { routes: FIREWALL }), 'default/a', INTERNET, 'TO_INTERNET'],
  ['a route that ends', cluster('node-subnet', { routes: [{ dst: '10.1.0.0/16', via: 'none' }] }), 'default/a', '10.1.0.4', 'FABRIC_NO_ROUTE'],
  ["the cluster's table is not the VM's", cluster('node-subnet', { routes: [{ dst: '10.240.0.0/16', via: 'none' }] }), 'fabric/vm', '10.240.0.42', 'DELIVERED'],
  [
    'a table of one subnet',
    cluster('pod-subnet', { subnets: [{ name: 'pods', prefix: '10.241.0.0/16', routes: [{ dst: '10.1.0.0/16', via: 'none' }] }] }),
    'default/a',
    '10.1.0.4',
    'FABRIC_NO_ROUTE',
  ],
  [
    'is not that of another',
    cluster('pod-subnet', { subnets: [{ name: 'pods', prefix: '10.241.0.0/16', routes: [{ dst: '10.1.0.0/16', via: 'none' }] }] }),
    'n1',
    '10.1.0.4',
    'DELIVERED',
  ],
  ['to a gateway', cluster('node-subnet', { routes: [{ dst: '192.168.0.0/16', via: 'gateway' }] }), 'default/a', '192.168.9.9', 'TO_GATEWAY'],
  ['on premises', cluster('node-subnet', { onPremises: '192.168.0.0/16' }), 'default/a', '192.168.9.9', 'TO_GATEWAY'],
  ['a private range that nobody has', cluster('node-subnet', {}), 'default/a', '192.168.9.9', 'FABRIC_NO_ROUTE'],
  ['a machine of the network that is not described', cluster('node-subnet', {}), 'default/a', '10.9.9.9', 'TO_VNET'],
  ['no way out', cluster('node-subnet', { outbound: 'none' }), 'default/a', INTERNET, 'FABRIC_NO_OUTBOUND'],
  ['a secondary address by a load balancer', cluster('node-subnet', {}, { nonMasqueradeCIDRs: '0.0.0.0/0' }), 'default/a', INTERNET, 'FABRIC_NO_OUTBOUND'],
  [
    'a secondary address by a NAT gateway',
    cluster('node-subnet', { outbound: 'natGateway' }, { nonMasqueradeCIDRs: '0.0.0.0/0' }),
    'default/a',
    INTERNET,
    'TO_INTERNET',
  ],
  ['an address of the overlay', cluster('overlay', {}, { nonMasqueradeCIDRs: '0.0.0.0/0' }), 'default/a', INTERNET, 'FABRIC_NO_OUTBOUND'],
  ['an address of a pod subnet', cluster('pod-subnet', {}), 'default/a', INTERNET, 'TO_INTERNET'],
  ['an echo to the platform from a pod subnet', cluster('pod-subnet', {}), 'default/a', '168.63.129.16', 'FABRIC_PLATFORM_SOURCE'],
  [
    'an overlay whose user spares the network: no way back, and none there',
    cluster('overlay', {}, { nonMasqueradeCIDRs: '10.0.0.0/8' }),
    'default/a',
    '10.1.0.4',
    'DELIVERED',
  ],
])('%s', async ([, short, from, to, end]) => {
  const { world } = await planOf(short);
  expect(ping(world, from, to).code).toBe(end);
});

test('an overlay whose user spares the virtual network: the answer of a VM has no way', async () => {
  const { world } = await planOf(cluster('overlay', {}, { nonMasqueradeCIDRs: '10.0.0.0/8' }));
  expect(ping(world, 'default/a', '10.1.0.4').replies.map(({ reason }) => reason.code)).toEqual(['FABRIC_OVERLAY_ONLY']);
});

test('through a firewall: the internet sees its address, and the answer comes back through it', async () => {
  const { world } = await planOf(cluster('overlay', { routes: FIREWALL }));
  const sent = ping(world, 'default/a', INTERNET);
  expect([sent.end, sent.back]).toEqual(['exits at fabric from 10.2.0.4 ttl 62', 'delivered at default/a ttl 62']);
});

test('the internet sees the address of the load balancer, where it is stated, and the answer finds back', async () => {
  const { world } = await planOf(cluster('overlay', { outbound: { type: 'loadBalancer', ip: '20.50.2.8' } }));
  const sent = ping(world, 'default/a', INTERNET);
  expect([sent.end, sent.back]).toEqual(['exits at fabric from 20.50.2.8 ttl 63', 'delivered at default/a ttl 63']);
});

// What other plugins try over Azure's network.
const other = (plugin: Over, fabric: Over = {}): Short => ({
  plugin,
  subnets: { nodes: '10.240.0.0/16', pods: '10.244.0.0/16' },
  nodes: [1, 2].map((n) => ({ name: `n${n}`, ip: `10.240.0.${3 + n}`, podCIDR: `10.244.${n - 1}.0/24` })),
  pods: [1, 2].map((n) => ({ name: `p${n}`, node: `n${n}`, ip: `10.244.${n - 1}.2` })),
  fabric: { kind: 'azure', ...fabric },
});
test.for<[what: string, short: Short, end: string]>([
  ['IP-in-IP', other({ name: 'flannel', backend: 'ipip' }), 'FABRIC_PROTOCOL_FILTERED'],
  ['VXLAN', other({ name: 'flannel', backend: 'vxlan' }), 'DELIVERED'],
  ['host-gw: the network looks at addresses, not at next hops', other({ name: 'flannel', backend: 'host-gw' }), 'FABRIC_ANTISPOOF'],
  ['kubenet', other({ name: 'kubenet', cloud: 'azure' }), 'DELIVERED'],
  ['kubenet beyond the limit of the table', other({ name: 'kubenet', cloud: 'azure' }, { routeLimit: 1 }), 'FABRIC_NO_ROUTE'],
])('%s on Azure', async ([, short, end]) => {
  const { world } = await planOf(short);
  expect(ping(world, 'default/p1', '10.244.1.2').code).toBe(end);
});
