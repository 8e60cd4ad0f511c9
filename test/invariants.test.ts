import { describe, expect, test } from 'vitest';
import { formatIp } from '../src/net/ip.ts';
import { asker, planOf, traceroute } from './support/plan.ts';
import { innermostTap } from './support/taps.ts';

// The table of measured invariants: TTL at the destination, hops that answer, bytes added on the wire, source seen.

const cluster = (plugin: string, fabric = '') => `
plugin: ${plugin}
subnets: {nodes: 192.168.1.0/24, pods: 10.244.0.0/16, services: 10.96.0.0/12}
${fabric}
nodes:
  - {name: node1, ip: 192.168.1.11, podCIDR: 10.244.0.0/24}
  - {name: node2, ip: 192.168.1.12, podCIDR: 10.244.1.0/24}
pods:
  - {name: a, node: node1, ip: 10.244.0.2}
  - {name: b, node: node1, ip: 10.244.0.3}
  - {name: c, node: node2, ip: 10.244.1.2}
`;

const backend = (type: string, more = '') => cluster(`{name: flannel, backend: {type: ${type}${more}}}`);
const clusters = {
  udp: cluster('flannel'),
  vxlan: backend('vxlan'),
  'vxlan DirectRouting': backend('vxlan', ', directRouting: true'),
  'host-gw': backend('host-gw'),
  ipip: backend('ipip'),
  wireguard: backend('wireguard'),
  ipsec: backend('ipsec', `, psk: ${'x'.repeat(96)}`),
  'vxlan nftables': cluster('{name: flannel, backend: {type: vxlan}, nftables: true}'),
  'vxlan ip-masq=false': cluster('{name: flannel, backend: {type: vxlan}, ipMasq: false}'),
  weave: cluster('weave'),
  'weave sleeve': cluster('{name: weave, mode: sleeve}'),
  'weave encrypted': cluster('{name: weave, encryption: true}'),
  'kubenet router': cluster('{name: kubenet, cloud: none, nonMasqueradeCIDRs: [10.0.0.0/8]}'),
  'kubenet azure': cluster('{name: kubenet, cloud: azure, nonMasqueradeCIDRs: [10.0.0.0/8]}'),
} as const;
type Name = keyof typeof clusters;

test.for([
  // cluster, from, to, TTL there, who answers on the way, bytes added between the nodes, source seen
  ['udp', 'a', 'b', 64, [], 0, '10.244.0.2'],
  ['udp', 'a', 'c', 60, ['10.244.0.1', '*', '*', '10.244.1.0'], 28, '10.244.0.2'],
  ['udp', 'node1', 'c', 61, ['*', '*', '10.244.1.0'], 28, '10.244.0.0'],
  ['udp', 'node1', 'a', 64, [], 0, '10.244.0.1'],
  ['udp', 'a', '203.0.113.10', 62, ['10.244.0.1', '192.168.1.1'], 0, '192.168.1.11'],
  ['vxlan', 'a', 'b', 64, [], 0, '10.244.0.2'],
  ['vxlan', 'a', 'c', 62, ['10.244.0.1', '10.244.1.0'], 50, '10.244.0.2'],
  ['vxlan', 'a', 'node1', 64, [], 0, '10.244.0.2'],
  ['vxlan', 'a', 'node2', 63, ['10.244.0.1'], 0, '192.168.1.11'],
  ['vxlan', 'node1', 'a', 64, [], 0, '10.244.0.1'],
  ['vxlan', 'node1', 'c', 63, ['10.244.1.0'], 50, '10.244.0.0'],
  ['vxlan', 'a', '203.0.113.10', 62, ['10.244.0.1', '192.168.1.1'], 0, '192.168.1.11'],
  ['vxlan DirectRouting', 'a', 'c', 62, ['10.244.0.1', '192.168.1.12'], 0, '10.244.0.2'],
  ['host-gw', 'a', 'b', 64, [], 0, '10.244.0.2'],
  ['host-gw', 'a', 'c', 62, ['10.244.0.1', '192.168.1.12'], 0, '10.244.0.2'],
  ['host-gw', 'node1', 'c', 63, ['192.168.1.12'], 0, '192.168.1.11'],
  ['ipip', 'a', 'c', 62, ['10.244.0.1', '10.244.1.0'], 20, '10.244.0.2'],
  ['wireguard', 'a', 'c', 62, ['10.244.0.1', '10.244.1.0'], 72, '10.244.0.2'],
  ['vxlan nftables', 'a', 'c', 62, ['10.244.0.1', '10.244.1.0'], 50, '10.244.0.2'],
  ['vxlan ip-masq=false', 'a', 'c', 62, ['10.244.0.1', '10.244.1.0'], 50, '10.244.0.0'],
  ['weave', 'a', 'b', 64, [], 0, '10.244.0.2'],
  ['weave', 'a', 'c', 64, [], 50, '10.244.0.2'],
  ['weave', 'node1', 'c', 64, [], 50, '10.244.0.1'],
  ['weave', 'a', 'node2', 63, ['10.244.0.1'], 0, '192.168.1.11'],
  ['weave', 'a', '203.0.113.10', 62, ['10.244.0.1', '192.168.1.1'], 0, '192.168.1.11'],
  ['weave sleeve', 'a', 'c', 64, [], 62, '10.244.0.2'],
  ['weave encrypted', 'a', 'c', 64, [], 84, '10.244.0.2'],
  ['kubenet router', 'a', 'b', 64, [], 0, '10.244.0.2'],
  ['kubenet router', 'a', 'c', 61, ['10.244.0.1', '192.168.1.1', '192.168.1.12'], 0, '10.244.0.2'],
  ['kubenet router', 'a', '203.0.113.10', 62, ['10.244.0.1', '192.168.1.1'], 0, '192.168.1.11'],
  ['kubenet router', 'node1', 'c', 62, ['192.168.1.1', '192.168.1.12'], 0, '192.168.1.11'],
  ['kubenet azure', 'a', 'c', 62, ['10.244.0.1', '192.168.1.12'], 0, '10.244.0.2'],
  ['kubenet azure', 'a', '203.0.113.10', 63, ['10.244.0.1'], 0, '192.168.1.11'],
] as const)('%s: %s to %s arrives with TTL %i, hops %j, +%i bytes, from %s', async ([name, from, to, ttl, hops, overhead, source]) => {
  const ask = asker(await planOf(clusters[name]));
  const { forward, replies } = ask({ from, to });
  expect([forward.packet.ttl, formatIp(forward.packet.src)]).toEqual([ttl, source]);
  expect(replies.map((r) => r.verdict)).toEqual(['delivered']);
  expect(traceroute(ask, from, to)).toEqual(hops);
  const wire = forward.taps.find((t) => t.netns === 'node1' && t.dev === 'eth0' && t.dir === 'out');
  expect(wire ? wire.packet.length - innermostTap(wire).length : 0).toBe(overhead);
});

describe('what ends on the way', () => {
  test.for([
    ['udp', 'a', '10.244.9.9', 84, 'NO_SUBNET_LEASE', undefined],
    ['vxlan', 'a', '10.244.9.9', 84, 'UNREACHABLE_ROUTE', '10.244.0.2'],
    ['host-gw', 'a', '10.244.9.9', 84, 'UNREACHABLE_ROUTE', '10.244.0.2'],
    ['kubenet router', 'a', '10.244.9.9', 84, 'UNREACHABLE_ROUTE', '10.244.0.2'],
    ['kubenet azure', 'a', '10.244.9.9', 84, 'FABRIC_NO_ROUTE', undefined],
    ['wireguard', 'a', '10.244.9.9', 84, 'TUNNEL_NO_PEER', undefined],
    ['vxlan', 'a', '10.244.0.77', 84, 'NEIGHBOUR_UNRESOLVED', undefined],
    ['vxlan', 'a', 'c', 1450, 'DELIVERED', '10.244.0.2'],
    ['vxlan', 'a', 'c', 1451, 'MTU_EXCEEDED_DF', undefined],
    ['udp', 'a', 'c', 1472, 'DELIVERED', '10.244.0.2'],
    ['udp', 'a', 'c', 1473, 'MTU_EXCEEDED_DF', undefined],
    ['ipip', 'a', 'c', 1480, 'DELIVERED', '10.244.0.2'],
    ['wireguard', 'a', 'c', 1420, 'DELIVERED', '10.244.0.2'],
    ['ipsec', 'a', 'c', 84, 'DELIVERED', '10.244.0.2'],
    ['ipsec', 'node1', 'c', 84, 'UNREACHABLE_ROUTE', '192.168.1.11'],
    ['host-gw', 'a', 'c', 1500, 'DELIVERED', '10.244.0.2'],
  ] as const)('%s: %s to %s with %i bytes: %s', async ([name, from, to, length, code, source]) => {
    const { forward } = asker(await planOf(clusters[name as Name]))({ from, to, length });
    expect(forward.reason.code).toBe(code);
    // A leak goes out with the pod's own address, so that no answer finds back.
    if (source !== undefined) expect(formatIp(forward.packet.src)).toBe(source);
  });
});
