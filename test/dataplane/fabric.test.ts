import { expect, test } from 'vitest';
import { walkProbe } from '../../src/dataplane/index.ts';
import type { Cloud, CloudRoute } from '../../src/fabric/cloud.ts';
import type { Port } from '../../src/fabric/fabric.ts';
import { indexPorts } from '../../src/fabric/ports.ts';
import type { NetnsDraft } from '../../src/linux/build.ts';
import { formatIp } from '../../src/net/ip.ts';
import { addBridge, addPod, ip, machine, prefix, router, worldOf } from '../support/world.ts';

// Two nodes, each with a bridge and a pod: what the fabric lets through depends on its own tables.

const nodes = () => {
  const node1 = machine('node1', 'node', '192.168.1.11');
  const node2 = machine('node2', 'node', '192.168.1.12');
  addBridge(node1, 'br0', '10.1.1.1', 1500);
  addBridge(node2, 'br0', '10.1.2.1', 1500);
  const pods = [addPod(node1, 'br0', 'a', '10.1.1.2', '10.1.1.1', 1500), addPod(node2, 'br0', 'c', '10.1.2.2', '10.1.2.1', 1500)];
  return { node1, node2, pods };
};

const VIRTUAL = '12:34:56:78:9a:bc';
const to = (dst: string, via: string): CloudRoute => ({ dst: prefix(dst), nexthop: { to: 'port', ip: ip(via) }, line: `${dst} -> ${via}`, system: false });
const system: CloudRoute[] = [
  { dst: prefix('192.168.1.0/24'), nexthop: { to: 'vnet' }, line: 'vnet', system: true },
  { dst: prefix('10.0.0.0/8'), nexthop: { to: 'none' }, line: '10.0.0.0/8 -> None', system: true },
  { dst: prefix('0.0.0.0/0'), nexthop: { to: 'internet' }, line: 'internet', system: true },
];

const cloud = (routes: readonly CloudRoute[], forwarding: boolean, more: Partial<Cloud> = {}) => {
  const { node1, node2, pods } = nodes();
  const port = (node: NetnsDraft): Port => ({
    netns: node.id,
    dev: 'eth0',
    mac: node.links.find((l) => l.ifname === 'eth0')?.address ?? '',
    ips: node.addresses.filter((a) => a.dev === 'eth0').map((a) => a.local),
    forwarding,
  });
  return worldOf([node1, node2, ...pods], {
    kind: 'cloud',
    ports: indexPorts(() => [node1, node2].map(port)),
    cloud: { name: 'azure', arpMac: VIRTUAL, ttlDecrement: false, routes: [...routes, ...system], filters: [], ...more },
  });
};
const both = [to('10.1.1.0/24', '192.168.1.11'), to('10.1.2.0/24', '192.168.1.12')];

test.for([
  ['routes both ways', both, true, '10.1.2.2', 'DELIVERED', 62],
  ['no route for the range: the system route swallows it', [both[0]!], true, '10.1.2.2', 'FABRIC_NO_ROUTE', 63],
  ['a NIC without IP forwarding may not send for its pods', both, false, '10.1.2.2', 'FABRIC_ANTISPOOF', 63],
  ['a route to an address that no NIC has', [to('10.1.2.0/24', '192.168.1.99')], true, '10.1.2.2', 'FABRIC_NO_ROUTE', 63],
  ['a pod address is not translated by the edge', both, true, '203.0.113.10', 'FABRIC_ANTISPOOF', 63],
] as const)('cloud: %s', ([, routes, forwarding, dst, code, ttl]) => {
  const [journey] = walkProbe(cloud(routes, forwarding), { netns: 'a', dst: ip(dst), protocol: 'icmp', length: 84, df: true }, { reply: true });
  expect([journey!.forward.reason.code, journey!.forward.packet.ttl]).toEqual([code, ttl]);
  expect(journey!.replies.map((r) => r.verdict)).toEqual(code === 'DELIVERED' ? ['delivered'] : []);
});

test('cloud: a lost way back is found on the reply', () => {
  const [journey] = walkProbe(cloud([both[1]!], true), { netns: 'a', dst: ip('10.1.2.2'), protocol: 'icmp', length: 84, df: true }, { reply: true });
  expect([journey!.forward.verdict, journey!.replies[0]!.reason.code]).toEqual(['delivered', 'FABRIC_NO_ROUTE']);
});

test('cloud: kinds of traffic that it drops', () => {
  const filters = [{ protocol: 'ipip', action: 'deny', line: 'IP in IP is dropped' }] as const;
  const world = cloud(both, true, { filters });
  const ask = (protocol: 'icmp' | 'udp') =>
    walkProbe(world, { netns: 'node1', dst: ip('192.168.1.12'), protocol, port: 53, length: 84, df: true }, { reply: false })[0]!.forward.reason.code;
  expect([ask('icmp'), ask('udp')]).toEqual(['DELIVERED', 'DELIVERED']);
  const denied = cloud(both, true, { filters: [{ protocol: 'udp', dport: [53, 53], action: 'deny', line: 'dns' }] });
  expect(
    walkProbe(denied, { netns: 'node1', dst: ip('192.168.1.12'), protocol: 'udp', port: 53, length: 84, df: true }, { reply: false })[0]!.forward.reason.code,
  ).toBe('FABRIC_PROTOCOL_FILTERED');
});

const tunnelled = (kind: 'ipip' | 'wireguard' | 'esp') => {
  const { node1, node2, pods } = nodes();
  const rows = [
    [node1, '10.1.1', '10.1.2', '192.168.1.11', '192.168.1.12', 'one', 'two'],
    [node2, '10.1.2', '10.1.1', '192.168.1.12', '192.168.1.11', 'two', 'one'],
  ] as const;
  for (const [node, own, other, local, peer, , otherKey] of rows) {
    const dst = prefix(`${other}.0/24`);
    if (kind === 'ipip') {
      node.addLink({ kind: 'ipip', ifname: 'tunl1', mtu: 1480, up: true, local: ip(local), ttl: 0, pmtudisc: false, noarp: true });
      node.addAddress('tunl1', ip(`${own}.0`), 32);
      node.addRoute({ dst, nexthops: [{ dev: 'tunl1', gateway: ip(peer), onlink: true }] });
    } else if (kind === 'wireguard') {
      node.addLink({
        kind: 'wireguard',
        ifname: 'wg0',
        mtu: 1420,
        up: true,
        noarp: true,
        listenPort: 51820,
        peers: [{ publicKey: otherKey, endpoint: { ip: ip(peer), port: 51820 }, allowedIps: [dst] }],
      });
      node.addAddress('wg0', ip(`${own}.0`), 32);
      node.addRoute({ dst: prefix('10.1.0.0/16'), nexthops: [{ dev: 'wg0' }] });
    } else {
      const src = prefix(`${own}.0/24`);
      const out = { src: ip(local), dst: ip(peer), reqid: 11 };
      const back = { src: ip(peer), dst: ip(local), reqid: 11 };
      node.xfrm.push(
        { dir: 'out', src, dst, tmpl: out, overhead: 77 },
        { dir: 'in', src: dst, dst: src, tmpl: back, overhead: 77 },
        { dir: 'fwd', src: dst, dst: src, tmpl: back, overhead: 77 },
      );
    }
  }
  const outside = router();
  outside.addRoute({ dst: prefix('10.1.2.0/24'), nexthops: [{ dev: 'eth0', gateway: ip('192.168.1.12') }] });
  return worldOf([node1, node2, ...pods, outside]);
};

test.for([
  // the outer packet as node2's eth0 receives it, and the TTL at the pod
  ['ipip', '10.1.2.2', 84, ['192.168.1.11', '192.168.1.12', 'ipip', 104, 63], 62],
  ['wireguard', '10.1.2.2', 84, ['192.168.1.11', '192.168.1.12', 'udp', 156, 64], 62],
  ['esp', '10.1.2.2', 84, ['192.168.1.11', '192.168.1.12', 'esp', 161, 64], 62],
] as const)('%s: %s with %i bytes travels as %j and arrives with TTL %i', ([kind, dst, length, outer, ttl]) => {
  const [journey] = walkProbe(tunnelled(kind), { netns: 'a', dst: ip(dst), protocol: 'icmp', length, df: true }, { reply: true });
  const wire = journey!.forward.taps.find((t) => t.netns === 'node2' && t.dev === 'eth0')!.packet;
  expect([formatIp(wire.src), formatIp(wire.dst), wire.l4.proto, wire.length, wire.ttl]).toEqual(outer);
  expect([journey!.forward.verdict, journey!.forward.packet.ttl, journey!.replies[0]!.verdict]).toEqual(['delivered', ttl, 'delivered']);
});

test.for([
  ['ipip', '10.1.9.9', 'TO_INTERNET'],
  ['wireguard', '10.1.9.9', 'TUNNEL_NO_PEER'],
  ['esp', '10.1.9.9', 'TO_INTERNET'],
] as const)('%s: %s, which nobody has, ends with %s', ([kind, dst, code]) => {
  const [journey] = walkProbe(tunnelled(kind), { netns: 'a', dst: ip(dst), protocol: 'icmp', length: 84, df: true }, { reply: true });
  expect(journey!.forward.reason.code).toBe(code);
});

test('what must come encrypted and comes in clear is not let through', () => {
  const world = tunnelled('esp');
  const clear = { netns: 'gateway', src: ip('10.1.1.2'), dst: ip('10.1.2.2'), protocol: 'icmp', length: 84, df: true } as const;
  expect(walkProbe(world, clear, { reply: false })[0]!.forward).toMatchObject({ netns: 'node2', reason: { code: 'XFRM_MISMATCH' } });
});
