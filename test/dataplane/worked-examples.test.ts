import { expect, test } from 'vitest';
import { walkProbe } from '../../src/dataplane/index.ts';
import type { World } from '../../src/fabric/world.ts';
import type { Table } from '../../src/linux/netfilter.ts';
import { formatIp } from '../../src/net/ip.ts';
import { addBridge, addPod, ip, machine, prefix, router, worldOf } from '../support/world.ts';

// Two nodes set up by hand as a network plugin leaves them; the numbers are measured on a real kernel.

const masquerade = (pods: string, own: string): Table => ({
  tool: 'iptables',
  family: 'ip',
  name: 'nat',
  chains: [
    {
      name: 'POSTROUTING',
      base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'ACCEPT' },
      rules: [{ matches: [], action: { target: 'jump', chain: 'MASQ' } }],
    },
    {
      name: 'MASQ',
      rules: [
        {
          matches: [
            { match: 'saddr', prefix: prefix(own) },
            { match: 'daddr', prefix: prefix(pods) },
          ],
          action: { target: 'RETURN' },
        },
        {
          matches: [
            { match: 'saddr', prefix: prefix(pods) },
            { match: 'daddr', prefix: prefix(own) },
          ],
          action: { target: 'RETURN' },
        },
        { matches: [{ match: 'saddr', prefix: prefix(pods) }], action: { target: 'MASQUERADE', fullyRandom: true } },
      ],
    },
  ],
});

const udp = (): World => {
  const node1 = machine('node1', 'node', '192.168.1.11');
  const node2 = machine('node2', 'node', '192.168.1.12');
  const rows = [
    [node1, '10.1.15', '10.1.20.0/24', '192.168.1.12', '192.168.1.11'],
    [node2, '10.1.20', '10.1.15.0/24', '192.168.1.11', '192.168.1.12'],
  ] as const;
  for (const [node, net, other, via, local] of rows) {
    node.addLink({ kind: 'tun', ifname: 'flannel0', mtu: 1472, up: true, noarp: true });
    node.addAddress('flannel0', ip(`${net}.0`), 32);
    addBridge(node, 'docker0', `${net}.1`, 1472);
    node.addRoute({ dst: prefix('10.1.0.0/16'), nexthops: [{ dev: 'flannel0' }], scope: 'global' });
    node.tables.push(masquerade('10.1.0.0/16', `${net}.0/24`));
    node.daemons.push({
      name: 'flanneld',
      tun: 'flannel0',
      local: ip(local),
      port: 8285,
      bufferSize: 1472,
      df: true,
      lookup: 'etcd lookup',
      missing: 'no lease',
      routes: [{ dst: prefix(other), via: ip(via), port: 8285, line: `${other} -> ${via}` }],
    });
  }
  const a = addPod(node1, 'docker0', 'a', '10.1.15.2', '10.1.15.1', 1472);
  const b = addPod(node1, 'docker0', 'b', '10.1.15.3', '10.1.15.1', 1472);
  const c = addPod(node2, 'docker0', 'c', '10.1.20.2', '10.1.20.1', 1472);
  return worldOf([node1, node2, a, b, c, router()]);
};

const vxlan = (): World => {
  const node1 = machine('node1', 'node', '192.168.1.11');
  const node2 = machine('node2', 'node', '192.168.1.12');
  const rows = [
    [node1, '10.1.15', '10.1.20', '192.168.1.12', '192.168.1.11', '5e:00:00:00:00:01', '5e:00:00:00:00:02'],
    [node2, '10.1.20', '10.1.15', '192.168.1.11', '192.168.1.12', '5e:00:00:00:00:02', '5e:00:00:00:00:01'],
  ] as const;
  for (const [node, net, other, via, local, mac, otherMac] of rows) {
    node.addLink({ kind: 'vxlan', ifname: 'flannel.1', mtu: 1450, up: true, address: mac, id: 1, local: ip(local), dev: 'eth0', port: 8472, learning: false });
    node.addAddress('flannel.1', ip(`${net}.0`), 32);
    addBridge(node, 'cni0', `${net}.1`, 1450);
    node.addRoute({ dst: prefix(`${other}.0/24`), nexthops: [{ dev: 'flannel.1', gateway: ip(`${other}.0`), onlink: true }] });
    node.neighbours.push({ dst: ip(`${other}.0`), dev: 'flannel.1', lladdr: otherMac, state: 'permanent' });
    node.fdb.push({ mac: otherMac, ifname: 'flannel.1', dst: ip(via), state: 'permanent' });
    node.tables.push(masquerade('10.1.0.0/16', `${net}.0/24`));
  }
  const a = addPod(node1, 'cni0', 'a', '10.1.15.2', '10.1.15.1', 1450);
  const b = addPod(node1, 'cni0', 'b', '10.1.15.3', '10.1.15.1', 1450);
  const c = addPod(node2, 'cni0', 'c', '10.1.20.2', '10.1.20.1', 1450);
  return worldOf([node1, node2, a, b, c, router()]);
};

const worlds = { udp: udp(), vxlan: vxlan() };

test.for([
  // backend, from, to, verdict, where, source seen, TTL there, TTL of the reply at home
  ['udp', 'a', '10.1.15.3', 'delivered', 'b', '10.1.15.2', 64, 64],
  ['udp', 'a', '10.1.20.2', 'delivered', 'c', '10.1.15.2', 60, 60],
  ['udp', 'node1', '10.1.20.2', 'delivered', 'c', '10.1.15.0', 61, 61],
  ['udp', 'node1', '10.1.15.2', 'delivered', 'a', '10.1.15.1', 64, 64],
  ['udp', 'a', '192.168.1.12', 'delivered', 'node2', '192.168.1.11', 63, 63],
  ['udp', 'a', '192.168.1.11', 'delivered', 'node1', '10.1.15.2', 64, 64],
  ['udp', 'a', '203.0.113.10', 'exits', 'internet', '192.168.1.11', 62, 62],
  ['vxlan', 'a', '10.1.15.3', 'delivered', 'b', '10.1.15.2', 64, 64],
  ['vxlan', 'a', '10.1.20.2', 'delivered', 'c', '10.1.15.2', 62, 62],
  ['vxlan', 'node1', '10.1.20.2', 'delivered', 'c', '10.1.15.0', 63, 63],
  ['vxlan', 'a', '203.0.113.10', 'exits', 'internet', '192.168.1.11', 62, 62],
] as const)('%s: %s to %s is %s at %s from %s with TTL %i, back with %i', ([backend, from, to, verdict, where, source, ttl, back]) => {
  const [journey] = walkProbe(worlds[backend], { netns: from, dst: ip(to), protocol: 'icmp', length: 84, df: true }, { reply: true });
  const forward = journey!.forward;
  expect([forward.verdict, forward.netns, formatIp(forward.packet.src), forward.packet.ttl]).toEqual([verdict, where, source, ttl]);
  expect(journey!.replies.map((r) => [r.verdict, r.netns, r.packet.ttl])).toEqual([['delivered', from, back]]);
});

test.for([
  ['udp', '10.1.20.2', 84, true, 1, 'TTL_EXPIRED', '10.1.15.1'],
  ['udp', '10.1.20.2', 84, true, 2, 'TTL_EXPIRED', undefined],
  ['udp', '10.1.20.2', 84, true, 3, 'TTL_EXPIRED', undefined],
  ['udp', '10.1.20.2', 84, true, 4, 'TTL_EXPIRED', '10.1.20.0'],
  ['udp', '10.1.99.2', 84, true, 64, 'NO_SUBNET_LEASE', undefined],
  ['udp', '10.1.15.99', 84, true, 64, 'NEIGHBOUR_UNRESOLVED', '10.1.15.2'],
  ['udp', '10.1.20.99', 84, true, 64, 'NEIGHBOUR_UNRESOLVED', '10.1.20.0'],
  ['udp', '10.1.20.2', 1473, true, 64, 'MTU_EXCEEDED_DF', undefined],
  ['udp', '203.0.113.10', 1473, true, 64, 'MTU_EXCEEDED_DF', undefined],
  ['vxlan', '10.1.20.2', 84, true, 1, 'TTL_EXPIRED', '10.1.15.1'],
  ['vxlan', '10.1.20.2', 84, true, 2, 'TTL_EXPIRED', '10.1.20.0'],
  ['vxlan', '10.1.20.2', 1451, true, 64, 'MTU_EXCEEDED_DF', undefined],
  ['vxlan', '10.1.20.2', 1450, true, 64, 'DELIVERED', undefined],
  ['vxlan', '10.1.20.2', 4000, false, 64, 'DELIVERED', undefined],
] as const)('%s: to %s, %i bytes, DF %s, TTL %i: %s, told by %s', ([backend, to, length, df, ttl, code, teller]) => {
  const [journey] = walkProbe(worlds[backend], { netns: 'a', dst: ip(to), protocol: 'icmp', length, df, ttl }, { reply: true });
  const { reason, error } = journey!.forward;
  expect(reason.code).toBe(code);
  expect(error && [error.verdict, formatIp(error.packet.src)]).toEqual(teller && ['delivered', teller]);
});

test('the outer packets on the wire', () => {
  const wire = (backend: 'udp' | 'vxlan') => {
    const [journey] = walkProbe(worlds[backend], { netns: 'a', dst: ip('10.1.20.2'), protocol: 'icmp', length: 84, df: true }, { reply: false });
    return journey!.forward.taps.map(
      (t) => `${t.netns}:${t.dev} ${t.dir} ${formatIp(t.packet.src)}>${formatIp(t.packet.dst)} ttl ${t.packet.ttl} len ${t.packet.length} df ${t.packet.df}`,
    );
  };
  expect(wire('udp')).toEqual([
    'a:eth0 out 10.1.15.2>10.1.20.2 ttl 64 len 84 df true',
    'node1:vetha in 10.1.15.2>10.1.20.2 ttl 64 len 84 df true',
    'node1:docker0 in 10.1.15.2>10.1.20.2 ttl 64 len 84 df true',
    'node1:flannel0 out 10.1.15.2>10.1.20.2 ttl 63 len 84 df true',
    'node1:eth0 out 192.168.1.11>192.168.1.12 ttl 64 len 112 df true',
    'node2:eth0 in 192.168.1.11>192.168.1.12 ttl 64 len 112 df true',
    'node2:flannel0 in 10.1.15.2>10.1.20.2 ttl 61 len 84 df true',
    'node2:docker0 out 10.1.15.2>10.1.20.2 ttl 60 len 84 df true',
    'node2:vethc out 10.1.15.2>10.1.20.2 ttl 60 len 84 df true',
    'c:eth0 in 10.1.15.2>10.1.20.2 ttl 60 len 84 df true',
  ]);
  expect(wire('vxlan')).toEqual([
    'a:eth0 out 10.1.15.2>10.1.20.2 ttl 64 len 84 df true',
    'node1:vetha in 10.1.15.2>10.1.20.2 ttl 64 len 84 df true',
    'node1:cni0 in 10.1.15.2>10.1.20.2 ttl 64 len 84 df true',
    'node1:flannel.1 out 10.1.15.2>10.1.20.2 ttl 63 len 84 df true',
    'node1:eth0 out 192.168.1.11>192.168.1.12 ttl 64 len 134 df false',
    'node2:eth0 in 192.168.1.11>192.168.1.12 ttl 64 len 134 df false',
    'node2:flannel.1 in 10.1.15.2>10.1.20.2 ttl 63 len 84 df true',
    'node2:cni0 out 10.1.15.2>10.1.20.2 ttl 62 len 84 df true',
    'node2:vethc out 10.1.15.2>10.1.20.2 ttl 62 len 84 df true',
    'c:eth0 in 10.1.15.2>10.1.20.2 ttl 62 len 84 df true',
  ]);
});
