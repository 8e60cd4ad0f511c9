import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFib } from '../../src/dataplane/fib.ts';
import { createNetns } from '../../src/linux/build.ts';
import { printRoute } from '../../src/linux/print/index.ts';
import type { RouteType } from '../../src/linux/route.ts';
import { contains, prefixOf } from '../../src/net/prefix.ts';
import { ip, prefix } from '../support/world.ts';

const node = () => {
  const netns = createNetns('node', 'node');
  netns.addLink({ kind: 'dummy', ifname: 'eth0', mtu: 1500, up: true });
  netns.addLink({ kind: 'dummy', ifname: 'eth1', mtu: 1500, up: true });
  netns.addLink({ kind: 'dummy', ifname: 'down0', mtu: 1500, up: false });
  netns.addAddress('eth0', ip('192.168.1.11'), 24);
  const add = (dst: string, dev: string | undefined, extra: { metric?: number; table?: number; type?: RouteType } = {}) =>
    netns.addRoute({ dst: prefix(dst), nexthops: dev ? [{ dev }] : [], ...extra });
  add('10.0.0.0/8', 'eth0');
  add('10.1.0.0/16', 'eth1');
  add('10.1.0.0/16', 'eth0', { metric: 100 });
  add('10.1.2.0/24', 'down0');
  add('10.9.0.0/16', undefined, { type: 'blackhole' });
  add('10.8.0.0/16', undefined, { type: 'throw', table: 100 });
  add('10.8.0.0/16', 'eth1');
  add('0.0.0.0/0', 'eth1', { table: 100 });
  netns.rules.push({ priority: 100, family: 4, fwmark: 0x200, fwmask: 0x200, action: { lookup: 100 } });
  netns.rules.push({ priority: 110, family: 4, src: prefix('172.16.0.0/12'), action: 'prohibit' });
  netns.rules.push({ priority: 120, family: 4, iif: 'eth1', dst: prefix('10.7.0.0/16'), action: { lookup: 100 } });
  return netns;
};

test.for([
  ['longest prefix', { dst: '10.1.3.4' }, '10.1.0.0/16 dev eth1 scope link'],
  ['lowest metric first', { dst: '10.1.3.4' }, '10.1.0.0/16 dev eth1 scope link'],
  ['a route by a link that is down is passed over', { dst: '10.1.2.4' }, '10.1.0.0/16 dev eth1 scope link'],
  ['shorter where nothing longer', { dst: '10.2.3.4' }, '10.0.0.0/8 dev eth0 scope link'],
  ['blackhole is an answer', { dst: '10.9.1.1' }, 'blackhole 10.9.0.0/16'],
  ['table local before all', { dst: '192.168.1.11' }, 'local 192.168.1.11 dev eth0 proto kernel scope host src 192.168.1.11'],
  ['a rule by mark', { dst: '10.1.3.4', mark: 0x200 }, 'default dev eth1 scope link'],
  ['throw goes on with the next rule', { dst: '10.8.1.1', mark: 0x200 }, '10.8.0.0/16 dev eth1 scope link'],
  ['a rule by source', { dst: '10.1.3.4', src: '172.16.9.9' }, 'prohibit default'],
  ['a rule by link and destination', { dst: '10.7.3.4', iif: 'eth1' }, 'default dev eth1 scope link'],
  ['the same from elsewhere', { dst: '10.7.3.4', iif: 'eth0' }, '10.0.0.0/8 dev eth0 scope link'],
  ['no answer', { dst: '11.0.0.1' }, undefined],
] as const)('%s', ([, flow, want]) => {
  const { dst, src, ...rest }: { dst: string; src?: string; mark?: number; iif?: string } = flow;
  const found = createFib(node()).lookup({ ...rest, dst: ip(dst), ...(src && { src: ip(src) }) });
  expect(found && printRoute(found.route)).toBe(want);
});

test('the index finds what a scan of all routes finds', () => {
  const route = fc.record({ address: fc.integer({ min: 0, max: 0xffffffff }), len: fc.integer({ min: 1, max: 32 }) });
  fc.assert(
    fc.property(fc.array(route, { maxLength: 60 }), fc.integer({ min: 0, max: 0xffffffff }), (routes, dst) => {
      const netns = createNetns('n', 'node');
      netns.addLink({ kind: 'dummy', ifname: 'eth0', mtu: 1500, up: true });
      const prefixes = routes.map(({ address, len }) => prefixOf(address >>> 0, len));
      for (const p of prefixes) netns.addRoute({ dst: p, nexthops: [{ dev: 'eth0' }] });
      const longest = Math.max(-1, ...prefixes.filter((p) => contains(p, dst)).map((p) => p.len));
      const found = createFib(netns).lookup({ dst });
      const loopback = dst >>> 24 === 127;
      expect(found?.route.table === 255 ? -2 : (found?.route.dst.len ?? -1)).toBe(loopback ? -2 : longest);
    }),
  );
});
