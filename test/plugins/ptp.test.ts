import { expect, test } from 'vitest';
import { printTables } from '../../src/linux/print/iptables-save.ts';
import { printRoutes } from '../../src/linux/print/route.ts';
import { formatIp } from '../../src/net/ip.ts';
import { planFabric } from '../../src/plugins/fabric.ts';
import { createNode } from '../../src/plugins/node.ts';
import { addPtp, buildPtpPod, type PtpConfig } from '../../src/plugins/ptp.ts';
import { createRoster, createWorld } from '../../src/plugins/world.ts';
import { clusterOf, ping } from '../support/cluster.ts';

const short = {
  plugin: 'kindnet',
  subnets: { nodes: '172.18.0.0/16', pods: '10.244.0.0/16' },
  nodes: [{ name: 'node1', ip: '172.18.0.2', podCIDR: '10.244.0.0/24' }],
  pods: [
    { name: 'a', node: 'node1', ip: '10.244.0.2' },
    { name: 'b', node: 'node1', ip: '10.244.0.3' },
  ],
};

const worldOf = async (over: Partial<PtpConfig> = {}) => {
  const cluster = await clusterOf(short);
  const fabric = planFabric(cluster, { plugin: 'ptp', kind: 'l2', ipForwarding: false });
  const roster = createRoster(cluster);
  const config = (subnets: PtpConfig['subnets']): PtpConfig => ({ plugin: 'ptp', mtu: 1500, subnets, ...over });
  const world = createWorld(roster, fabric, {
    node: (node) => {
      const draft = createNode('ptp', node, fabric.nics(node));
      addPtp(draft, config(node.podCIDRs), roster.podsOn(node.name));
      return draft.finish();
    },
    pod: (pod, node) => buildPtpPod(pod, node.name, world.netns(node.name)?.links ?? [], config(node.podCIDRs)),
  });
  return world;
};

// The same lines that the real plugin leaves: test/cni/ptp-portmap.test.ts.
test('every veth has the address of the gateway, and the node a route to each pod', async () => {
  const world = await worldOf();
  const node = world.netns('node1')!;
  const [a, b] = node.links.filter(({ kind }) => kind === 'veth').map(({ ifname }) => ifname);
  expect(node.addresses.filter(({ dev }) => dev.startsWith('veth')).map(({ local, prefixlen }) => `${formatIp(local)}/${prefixlen}`)).toEqual([
    '10.244.0.1/32',
    '10.244.0.1/32',
  ]);
  expect(printRoutes(node).filter((line) => line.startsWith('10.244'))).toEqual([`10.244.0.2 dev ${a} scope host`, `10.244.0.3 dev ${b} scope host`]);
  expect(printRoutes(world.netns('default/a')!)).toEqual([
    'default via 10.244.0.1 dev eth0',
    '10.244.0.0/24 via 10.244.0.1 dev eth0 src 10.244.0.2',
    '10.244.0.1 dev eth0 scope link src 10.244.0.2',
  ]);
});

test('two pods of one node are routed: one off the TTL, and the gateway answers', async () => {
  const world = await worldOf();
  expect(ping(world, 'default/a', '10.244.0.3').end).toBe('delivered at default/b from 10.244.0.2 ttl 63');
  expect(ping(world, 'default/a', '10.244.0.3').back).toBe('delivered at default/a ttl 63');
  expect(ping(world, 'default/a', '10.244.0.3', { ttl: 1 }).teller).toBe('10.244.0.1');
});

test('ipMasq makes a chain per pod', async () => {
  const node = (await worldOf({ masqNetwork: 'kindnet' })).netns('node1')!;
  expect(printTables(node.tables, 'ip').match(/^-A CNI-[0-9a-f]{24} ! -d 224\.0\.0\.0\/4 .* -j MASQUERADE$/gm)).toHaveLength(2);
});
