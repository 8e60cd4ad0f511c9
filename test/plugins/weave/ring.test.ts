import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIp, type Ip } from '../../../src/net/ip.ts';
import { comparePrefix, contains, formatPrefix, overlaps, type Prefix } from '../../../src/net/prefix.ts';
import { divide, divideByUse, donation, without } from '../../../src/plugins/weave/ring.ts';
import { createRing } from '../../../src/plugins/weave/space.ts';
import { ip, prefix } from '../../support/world.ts';

const words = (prefixes: readonly Prefix[]) => prefixes.toSorted(comparePrefix).map(formatPrefix).join(' ');
const sizeOf = (prefixes: readonly Prefix[]) => prefixes.reduce((sum, { len }) => sum + 2 ** (32 - len), 0);
const universe = prefix('10.32.0.0/12');

test.for([
  [1, ['10.32.0.0/12']],
  [2, ['10.32.0.0/13', '10.40.0.0/13']],
  [3, ['10.32.0.0/13', '10.40.0.0/14', '10.44.0.0/14']],
  [4, ['10.32.0.0/14', '10.36.0.0/14', '10.40.0.0/14', '10.44.0.0/14']],
] as const)('the first division among %i peers: %j', ([count, want]) => {
  const peers = Array.from({ length: count }, (_, i) => `p${i}`);
  expect([...divide(universe, peers)].map(([, owned]) => words(owned))).toEqual(want);
});

describe('nodes join one by one, as kubeadm does it', () => {
  const names = ['n1', 'n2', 'n3', 'n4'];
  const ring = createRing(universe, new Map([['n1', [universe]]]), new Map());
  const bridges = names.map((name) => ring.take(name));

  test('the bridges', () => expect(bridges.map((one) => one !== undefined && formatIp(one))).toEqual(['10.32.0.1', '10.44.0.0', '10.36.0.0', '10.42.0.0']));
  test.for([
    ['n1', '10.32.0.0/14 10.40.0.0/15'],
    ['n2', '10.44.0.0/14'],
    ['n3', '10.36.0.0/14'],
    ['n4', '10.42.0.0/15'],
  ] as const)('%s owns %s', ([name, want]) => expect(words(ring.owned(name))).toBe(want));
});

test.for([
  // what the donor has, which addresses are taken, what it gives
  ['10.32.0.0/12', ['10.32.0.0', '10.32.0.1'], '10.44.0.0/14'],
  ['10.32.0.0/13 10.40.0.0/14', ['10.32.0.0', '10.32.0.1'], '10.36.0.0/14'],
  ['10.32.0.0/30', ['10.32.0.0', '10.32.0.1', '10.32.0.2'], '10.32.0.3/32'],
  ['10.32.0.0/30', ['10.32.0.0', '10.32.0.1'], '10.32.0.3/32'],
  ['10.32.0.0/32', ['10.32.0.0'], undefined],
] as const)('a donor with %s, of which %j are taken, gives %s', ([owned, taken, want]) => {
  const given = donation(owned.split(' ').map(prefix), taken.map(ip));
  expect(given && formatPrefix(given)).toBe(want);
});

test('network and broadcast address of the whole range are nobody’s, those of its parts are', () => {
  const range = prefix('10.32.0.0/29');
  const ring = createRing(range, divide(range, ['a', 'b']), new Map());
  const all = (name: string) => Array.from({ length: 3 }, () => ring.take(name)).map((one) => one !== undefined && formatIp(one));
  expect([all('a'), all('b')]).toEqual([
    ['10.32.0.1', '10.32.0.2', '10.32.0.3'],
    ['10.32.0.4', '10.32.0.5', '10.32.0.6'],
  ]);
  expect([ring.take('a'), ring.take('b'), ring.take('c')]).toEqual([undefined, undefined, undefined]);
});

test.for([
  [['a 10.32.0.2', 'b 10.44.0.1'], { a: '10.32.0.0/13', b: '10.40.0.0/13' }],
  [['a 10.32.0.2', 'b 10.33.0.1', 'b 10.44.0.1'], { a: '10.32.0.0/16 10.34.0.0/15 10.36.0.0/14', b: '10.33.0.0/16 10.40.0.0/13' }],
  [['a 10.32.0.2', 'b 10.32.0.2'], { a: '10.32.0.2/32' }],
] as const)('a division that fits %j', ([uses, want]) => {
  const owned = divideByUse(
    universe,
    uses.map((use) => ({ node: use.split(' ')[0]!, ip: ip(use.split(' ')[1]!) })),
  );
  for (const [node, ranges] of Object.entries(want)) expect(words(owned.get(node) ?? [])).toContain(ranges);
});

test('whatever is taken out, the rest and it are the whole', () =>
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 20 - 1 }), fc.integer({ min: 12, max: 32 }), (offset, len) => {
      const addr = Math.floor((Number(universe.addr) + offset) / 2 ** (32 - len)) * 2 ** (32 - len);
      const part = { addr, len };
      const rest = without(universe, part);
      expect(rest.some((one) => overlaps(one, part))).toBe(false);
      expect(sizeOf(rest) + sizeOf([part])).toBe(sizeOf([universe]));
    }),
  ));

test('nodes that join and take in any order: no address twice, each from its own range, and the ranges are the whole', () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }), fc.integer({ min: 24, max: 28 }), (order, len) => {
      const range = { addr: universe.addr, len };
      const ring = createRing(range, new Map([['n0', [range]]]), new Map());
      const names = Array.from({ length: 6 }, (_, i) => `n${i}`);
      const taken: Ip[] = [];
      for (const index of order) {
        const one = ring.take(names[index]!);
        if (one === undefined) continue;
        expect(ring.owns(names[index]!, one)).toBe(true);
        taken.push(one);
      }
      expect(new Set(taken).size).toBe(taken.length);
      const owned = names.flatMap((name) => ring.owned(name));
      expect(sizeOf(owned)).toBe(sizeOf([range]));
      expect(owned.every((a, i) => owned.every((b, k) => i === k || !overlaps(a, b)))).toBe(true);
    }),
  ));

test('stated addresses of any kind lie in the ranges of their nodes', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 2 ** 20 - 2 })), { minLength: 1, maxLength: 12 }), (list) => {
      const uses = [...new Map(list.map(([node, offset]) => [offset, { node: `n${node}`, ip: Number(universe.addr) + offset }])).values()];
      const owned = divideByUse(universe, uses);
      for (const use of uses) expect((owned.get(use.node) ?? []).some((one) => contains(one, use.ip))).toBe(true);
      expect(sizeOf([...owned.values()].flat())).toBe(sizeOf([universe]));
    }),
  ));
