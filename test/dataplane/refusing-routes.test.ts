import { expect, test } from 'vitest';
import { walkProbe } from '../../src/dataplane/index.ts';
import { createNetns } from '../../src/linux/build.ts';
import type { Route } from '../../src/linux/route.ts';
import { formatIp, type Ip } from '../../src/net/ip.ts';
import { ip, prefix, worldOf } from '../support/world.ts';

// What a router without a way tells the sender, by the kind of route that it found (net/ipv4/route.c, net/ipv6/route.c).

const routed = (type: Route['type'] | undefined, dst: Ip) => {
  const four = typeof dst === 'number';
  const [host, gateway, nowhere] = four ? ['10.0.0.2', '10.0.0.1', '10.9.0.0/16'] : ['fd00::2', 'fd00::1', 'fd09::/16'];
  const pod = createNetns('pod', 'pod');
  const node = createNetns('node', 'node');
  node.sysctls[four ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding'] = 1;
  pod.addLink({ kind: 'veth', ifname: 'eth0', mtu: 1500, up: true, address: '02:00:00:00:00:02', peer: { netns: 'node', ifname: 'veth0' } });
  node.addLink({ kind: 'veth', ifname: 'veth0', mtu: 1500, up: true, address: '02:00:00:00:00:01', peer: { netns: 'pod', ifname: 'eth0' } });
  pod.addAddress('eth0', ip(host), four ? 24 : 64);
  node.addAddress('veth0', ip(gateway), four ? 24 : 64);
  pod.addRoute({ dst: prefix(four ? '0.0.0.0/0' : '::/0'), nexthops: [{ dev: 'eth0', gateway: ip(gateway) }] });
  if (type) node.addRoute({ dst: prefix(nowhere), type, nexthops: [] });
  const world = worldOf([pod, node]);
  const [journey] = walkProbe(world, { netns: 'pod', dst, protocol: 'tcp', port: 80, length: 60, df: true }, { reply: false });
  const { reason, error } = journey!.forward;
  const said = error?.packet.l4;
  return `${reason.code} ${said && 'type' in said ? `${said.proto} ${said.type}/${said.code} from ${formatIp(error!.packet.src)}` : 'silence'}`;
};

test.each([
  ['10.9.0.1', undefined, 'NO_ROUTE icmp 3/0 from 10.0.0.1'],
  ['10.9.0.1', 'unreachable', 'UNREACHABLE_ROUTE icmp 3/1 from 10.0.0.1'],
  ['10.9.0.1', 'prohibit', 'PROHIBIT_ROUTE icmp 3/13 from 10.0.0.1'],
  ['10.9.0.1', 'blackhole', 'BLACKHOLE_ROUTE silence'],
  ['fd09::1', undefined, 'NO_ROUTE icmpv6 1/0 from fd00::1'],
  ['fd09::1', 'unreachable', 'UNREACHABLE_ROUTE icmpv6 1/0 from fd00::1'],
  ['fd09::1', 'prohibit', 'PROHIBIT_ROUTE icmpv6 1/1 from fd00::1'],
  ['fd09::1', 'blackhole', 'BLACKHOLE_ROUTE silence'],
] as const)('to %s by a route of type %s: %s', (dst, type, said) => expect(routed(type, ip(dst))).toBe(said));
