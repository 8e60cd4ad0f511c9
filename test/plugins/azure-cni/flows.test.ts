import { expect, test } from 'vitest';
import { ping, planOf } from '../../support/cluster.ts';

// The flows of two nodes of AKS, mode by mode: who delivers, which source is seen, what TTL is left, and the TTL of the answer.

test.for([
  // fixture, from, to, end, ttl of the answer
  ['node-subnet', 'default/a1', '10.224.0.12', 'delivered at default/a2 from 10.224.0.11 ttl 63', 63],
  ['node-subnet', 'default/a1', '10.224.0.42', 'delivered at default/b1 from 10.224.0.11 ttl 62', 62],
  ['node-subnet', 'default/a1', '10.225.0.4', 'delivered at fabric/vm from 10.224.0.11 ttl 63', 63],
  ['node-subnet', 'default/a1', '10.100.0.9', 'exits at fabric from 10.224.0.4 ttl 63', 63],
  ['node-subnet', 'default/a1', '203.0.113.10', 'exits at fabric from 10.224.0.4 ttl 63', 63],
  ['node-subnet', 'fabric/vm', '10.224.0.11', 'delivered at default/a1 from 10.225.0.4 ttl 63', 63],
  ['pod-subnet', 'default/a1', '10.241.0.6', 'delivered at default/a2 from 10.241.0.5 ttl 63', 63],
  ['pod-subnet', 'default/a1', '10.241.0.24', 'delivered at default/b1 from 10.241.0.5 ttl 62', 62],
  ['pod-subnet', 'default/a1', '10.1.0.4', 'delivered at fabric/vm from 10.241.0.5 ttl 63', 63],
  ['pod-subnet', 'default/a1', '172.20.0.9', 'exits at fabric from 10.241.0.5 ttl 63', 63],
  ['pod-subnet', 'default/a1', '203.0.113.10', 'exits at fabric from 10.241.0.5 ttl 63', 63],
  ['pod-subnet', 'fabric/vm', '10.241.0.5', 'delivered at default/a1 from 10.1.0.4 ttl 63', 63],
  ['pod-subnet-static', 'default/a1', '10.40.0.33', 'delivered at default/a2 from 10.40.0.20 ttl 63', 63],
  ['pod-subnet-static', 'default/a1', '10.40.0.50', 'delivered at default/b1 from 10.40.0.20 ttl 62', 62],
  ['pod-subnet-static', 'fabric/vm', '10.40.0.20', 'delivered at default/a1 from 10.1.0.4 ttl 63', 63],
  ['overlay', 'default/a1', '10.244.0.6', 'delivered at default/a2 from 10.244.0.5 ttl 63', 63],
  ['overlay', 'default/a1', '10.244.1.7', 'delivered at default/b1 from 10.244.0.5 ttl 62', 62],
  ['overlay', 'default/a1', '10.224.0.5', 'delivered at node-2 from 10.224.0.4 ttl 63', 63],
  ['overlay', 'default/a1', '10.225.0.4', 'delivered at fabric/vm from 10.224.0.4 ttl 63', 63],
  ['overlay', 'default/a1', '203.0.113.10', 'exits at fabric from 10.224.0.4 ttl 63', 63],
  ['bridge', 'default/a1', '10.240.0.12', 'delivered at default/a2 from 10.240.0.11 ttl 64', 64],
  ['bridge', 'default/a1', '10.240.0.42', 'delivered at default/b1 from 10.240.0.11 ttl 64', 64],
  ['bridge', 'default/a1', '10.240.0.4', 'delivered at node-1 from 10.240.0.11 ttl 64', 64],
  ['bridge', 'default/a1', '10.240.0.35', 'delivered at node-2 from 10.240.0.11 ttl 64', 64],
  ['bridge', 'default/a1', '203.0.113.10', 'exits at fabric from 10.240.0.4 ttl 64', 64],
  ['bridge', 'fabric/vm', '10.240.0.11', 'delivered at default/a1 from 10.1.0.4 ttl 64', 64],
  ['bridge', 'node-1', '10.240.0.11', 'delivered at default/a1 from 10.240.0.4 ttl 64', 64],
  ['cilium', 'default/a1', '10.244.0.6', 'delivered at default/a2 from 10.244.0.5 ttl 63', 63],
  ['cilium', 'default/a1', '10.244.1.7', 'delivered at default/b1 from 10.244.0.5 ttl 62', 62],
  ['cilium', 'default/a1', '10.225.0.4', 'delivered at fabric/vm from 10.224.0.4 ttl 63', 63],
  ['overlay', 'node-1', '10.244.1.7', 'delivered at default/b1 from 10.224.0.4 ttl 63', 63],
] as const)('%s: %s to %s', async ([fixture, from, to, end, back]) => {
  const { world } = await planOf(`azure-cni/${fixture}`);
  const sent = ping(world, from, to);
  expect([sent.end, sent.back]).toEqual([end, `delivered at ${from} ttl ${back}`]);
});

test.for([
  ['overlay', 'fabric/vm', '10.244.0.5', 'FABRIC_OVERLAY_ONLY', 'overlay 10.244.0.0/24 -> NIC of node-1, 10.224.0.4; no route table has it'],
  ['overlay', 'default/a1', '10.244.9.9', 'FABRIC_NO_ROUTE', 'Default  Active  10.0.0.0/8  None'],
  ['node-subnet', 'default/a1', '10.224.9.9', 'FABRIC_NO_ROUTE', 'no NIC has 10.224.9.9'],
  ['pod-subnet', 'default/a1', '10.241.9.9', 'FABRIC_NO_ROUTE', 'no NIC has 10.241.9.9'],
] as const)('%s: %s to %s: %s', async ([fixture, from, to, code, detail]) => {
  const { world } = await planOf(`azure-cni/${fixture}`);
  expect(ping(world, from, to).forward.reason).toMatchObject({ code, detail });
});
