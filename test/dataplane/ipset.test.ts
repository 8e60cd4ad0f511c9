import { expect, test } from 'vitest';
import { askIpSet } from '../../src/dataplane/ipset.ts';
import type { L4, Packet } from '../../src/dataplane/packet.ts';
import type { IpSet } from '../../src/linux/netfilter.ts';
import { ip } from '../support/world.ts';

const tcp: L4 = { proto: 'tcp', sport: 40000, dport: 80, flags: 'SYN' };
const packet = (given: { readonly src?: string; readonly dst?: string; readonly l4?: L4 } = {}): Packet => ({
  src: ip(given.src ?? '10.1.1.2'),
  dst: ip(given.dst ?? '10.96.0.1'),
  ttl: 64,
  length: 60,
  df: true,
  l4: given.l4 ?? tcp,
});
const echo: L4 = { proto: 'icmp', type: 8, code: 0, id: 1 };
const udp: L4 = { proto: 'udp', sport: 40000, dport: 80 };
const sctp: L4 = { proto: 'sctp', sport: 40000, dport: 80 };

type Dirs = readonly ('src' | 'dst')[];
test.for<[what: string, type: IpSet['type'], entries: readonly string[], dirs: Dirs, packet: Packet, want: boolean]>([
  ['an address', 'hash:ip', ['10.96.0.1'], ['dst'], packet(), true],
  ['another address', 'hash:ip', ['10.96.0.2'], ['dst'], packet(), false],
  ['the source', 'hash:ip', ['10.1.1.2'], ['src'], packet(), true],
  ['a range', 'hash:net', ['10.96.0.0/12'], ['dst'], packet(), true],
  ['a range with one address', 'hash:net', ['10.96.0.1'], ['dst'], packet(), true],
  ['an exception in a range', 'hash:net', ['10.96.0.0/12', '10.96.0.0/24 nomatch'], ['dst'], packet(), false],
  ['beside the exception', 'hash:net', ['10.96.0.0/12', '10.96.0.0/24 nomatch'], ['dst'], packet({ dst: '10.97.0.1' }), true],
  ['address and port', 'hash:ip,port', ['10.96.0.1,tcp:80'], ['dst', 'dst'], packet(), true],
  ['another protocol', 'hash:ip,port', ['10.96.0.1,udp:80'], ['dst', 'dst'], packet(), false],
  ['source address, destination port', 'hash:ip,port', ['10.1.1.2,tcp:80'], ['src', 'dst'], packet(), true],
  ['ICMP has no port', 'hash:ip,port', ['10.96.0.1,tcp:80'], ['dst', 'dst'], packet({ l4: echo }), false],
  ['back to the sender', 'hash:ip,port,ip', ['10.1.1.2,tcp:80,10.1.1.2'], ['dst', 'dst', 'src'], packet({ dst: '10.1.1.2' }), true],
  ['from someone else', 'hash:ip,port,ip', ['10.1.1.2,tcp:80,10.1.1.2'], ['dst', 'dst', 'src'], packet({ dst: '10.1.1.2', src: '10.1.1.3' }), false],
  ['a source range', 'hash:ip,port,net', ['10.96.0.1,tcp:80,10.1.0.0/16'], ['dst', 'dst', 'src'], packet(), true],
  ['not in the source range', 'hash:ip,port,net', ['10.96.0.1,tcp:80,10.2.0.0/16'], ['dst', 'dst', 'src'], packet(), false],
  [
    'an exception in a source range',
    'hash:ip,port,net',
    ['10.96.0.1,tcp:80,10.1.0.0/16', '10.96.0.1,tcp:80,10.1.1.2/32 nomatch'],
    ['dst', 'dst', 'src'],
    packet(),
    false,
  ],
  ['a range of another port', 'hash:ip,port,net', ['10.96.0.1,tcp:81,10.1.0.0/16'], ['dst', 'dst', 'src'], packet(), false],
  ['a port', 'bitmap:port', ['80'], ['dst'], packet(), true],
  ['a port, whatever the protocol', 'bitmap:port', ['80'], ['dst'], packet({ l4: udp }), true],
  ['but not SCTP', 'bitmap:port', ['80'], ['dst'], packet({ l4: sctp }), false],
  ['a source port', 'bitmap:port', ['80'], ['src'], packet(), false],
])(/* biome-ignore format: a table */ '%s', ([, type, entries, dirs, given, want]) => {
  const set: IpSet = { name: 's', type, family: 4, entries };
  expect(askIpSet(set)(given, dirs)).toBe(want);
  // A set that can tell by itself is not listed.
  const asked: string[] = [];
  const lazy: IpSet = {
    ...set,
    get entries(): readonly string[] {
      throw new Error('listed');
    },
    has: (entry) => {
      asked.push(entry);
      return entries.includes(entry);
    },
  };
  if (!type.endsWith('net')) expect([askIpSet(lazy)(given, dirs), asked.every((entry) => !entry.includes(' '))]).toEqual([want, true]);
});

test('a set of the other family has none', () => {
  expect(askIpSet({ name: 's', type: 'hash:ip', family: 6, entries: ['fd00::1'] })(packet(), ['dst'])).toBe(false);
  expect(askIpSet({ name: 's', type: 'hash:ip', family: 6, entries: ['fd00::1'] })(packet({ src: 'fd00::2', dst: 'fd00::1' }), ['dst'])).toBe(true);
});
