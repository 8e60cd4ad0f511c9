import { describe, expect, test } from 'vitest';
import { walkProbe } from '../../src/dataplane/index.ts';
import type { Chain, Hook, NfRule, NftMap, NftSet, Table, Target } from '../../src/linux/netfilter.ts';
import { formatIp } from '../../src/net/ip.ts';
import { addBridge, addPod, ip, machine, prefix, router, worldOf } from '../support/world.ts';

const KEY = ['daddr', 'l4proto', 'dport'] as const;
const base = (name: string, hook: Hook, type: 'nat' | 'filter', priority: number, rules: readonly NfRule[]): Chain => ({
  name,
  base: { hook, type, priority, policy: 'ACCEPT' },
  rules,
});
const go = (chain: string): Target => ({ target: 'goto', chain });
const rule = (action: Target, matches: NfRule['matches'] = [], before: readonly Target[] = []): NfRule => ({ matches, action, before });
const vmap = (map: string): NfRule => rule({ target: 'vmap', fields: KEY, map });
const dnat = (...to: string[]): NfRule => rule({ target: 'numgen-dnat', to: to.map((text) => ({ ip: ip(text), port: 8080 })) });
const map = (name: string, ...elements: (readonly [string, Target])[]): NftMap => ({
  name,
  fields: KEY,
  elements: elements.map(([key, action]) => ({ key, action })),
});

// One node with pods a, b and c; what a sends to 10.96.0.1:80 runs into the table's chains.
const ask = (chains: readonly Chain[], maps: readonly NftMap[], sets: readonly NftSet[] = [], port = 80) => {
  const node = machine('node', 'node', '192.168.1.11');
  addBridge(node, 'br0', '10.1.1.1', 1500);
  const pods = ['a', 'b', 'c'].map((id, i) => addPod(node, 'br0', id, `10.1.1.${i + 2}`, '10.1.1.1', 1500));
  const table: Table = { tool: 'nft', family: 'ip', name: 'kube-proxy', chains, maps, sets };
  node.tables.push(table);
  const world = worldOf([node, ...pods, router()]);
  return walkProbe(world, { netns: 'a', dst: ip('10.96.0.1'), protocol: 'tcp', port, length: 60, df: true }, { reply: true });
};
const summary = (journeys: ReturnType<typeof ask>) =>
  journeys.map(({ forward, replies }) => [
    `${forward.netns} ${forward.reason.code} ${Math.round(forward.probability * 100) / 100}`,
    `from ${formatIp(forward.packet.src)}`,
    replies[0]?.reason.code,
  ]);

const pre = (...rules: NfRule[]) => base('nat-prerouting', 'prerouting', 'nat', -100, rules);
const services = map('service-ips', ['10.96.0.1 . tcp . 80', go('service-x')]);
const DRAWN = [
  ['b DELIVERED 0.5', 'from 10.1.1.2', 'DELIVERED'],
  ['c DELIVERED 0.5', 'from 10.1.1.2', 'DELIVERED'],
];

describe('verdict maps', () => {
  test.for([
    ['goto the chain of the element', [pre(vmap('service-ips')), { name: 'service-x', rules: [dnat('10.1.1.3', '10.1.1.4')] }], [services], 80, DRAWN],
    [
      'another port is no element: the next rule',
      [pre(vmap('service-ips'), dnat('10.1.1.3'))],
      [services],
      81,
      [['b DELIVERED 1', 'from 10.1.1.2', 'DELIVERED']],
    ],
    [
      'a verdict of its own',
      [base('f', 'prerouting', 'filter', -110, [vmap('m')])],
      [map('m', ['10.96.0.1 . tcp . 80', { target: 'DROP' }])],
      80,
      [['node FILTERED 1', 'from 10.1.1.2', undefined]],
    ],
    [
      'a chain drawn by lot',
      [
        pre(vmap('service-ips')),
        { name: 'service-x', rules: [rule({ target: 'numgen-vmap', verdict: 'goto', chains: ['e1', 'e2'] })] },
        { name: 'e1', rules: [rule({ target: 'update', set: 'affinity', fields: ['saddr'] }), dnat('10.1.1.3')] },
        { name: 'e2', rules: [dnat('10.1.1.4')] },
      ],
      [services],
      80,
      DRAWN,
    ],
    [
      'a mark and a masquerade in one rule',
      [
        pre(dnat('10.1.1.3')),
        base('nat-postrouting', 'postrouting', 'nat', 100, [rule({ target: 'MASQUERADE' }, [], [{ target: 'MARK', value: 0x4000, mask: 0 }])]),
      ],
      [],
      80,
      [['b DELIVERED 1', 'from 10.1.1.1', 'DELIVERED']],
    ],
  ] as const)('%s', ([, chains, maps, port, want]) => expect(summary(ask(chains, maps, [], port))).toEqual(want));

  test('the element stands with the step, and an unknown address finds none', () => {
    const chains = [pre(vmap('service-ips')), { name: 'service-x', rules: [dnat('10.1.1.3')] }];
    const step = ask(chains, [services])[0]!.forward.steps.find(({ kind }) => kind === 'translate');
    expect(step?.because.map(({ line }) => line)).toEqual([
      'ip daddr . meta l4proto . th dport vmap @service-ips',
      'element ip kube-proxy service-ips { 10.96.0.1 . tcp . 80 : goto service-x }',
      'dnat ip to numgen random mod 1 map { 0 : 10.1.1.3 . 8080 }',
    ]);
  });
});

describe('sets', () => {
  const drop = (set: string, fields: NftSet['fields'], not = false) =>
    base('f', 'forward', 'filter', 0, [rule({ target: 'DROP' }, [{ match: 'lookup', fields, set, not }])]);
  const set = (name: string, fields: NftSet['fields'], elements: readonly string[], flags: NftSet['flags'] = []): NftSet => ({ name, fields, elements, flags });
  test.for([
    ['has the address', ['daddr'], ['10.1.1.3'], [], 'FILTERED'],
    ['has another', ['daddr'], ['10.1.1.4'], [], 'DELIVERED'],
    ['an interval', ['saddr'], ['10.1.0.0/16'], ['interval'], 'FILTERED'],
    ['a concatenation', ['saddr', 'daddr', 'l4proto', 'dport'], ['10.1.1.2 . 10.1.1.3 . tcp . 8080'], [], 'FILTERED'],
    ['filled by rules: empty', ['saddr'], [], ['dynamic', 'timeout'], 'DELIVERED'],
  ] as const)('%s', ([, fields, elements, flags, want]) => {
    const [journey] = ask([pre(dnat('10.1.1.3')), drop('s', fields)], [], [set('s', fields, elements, flags)]);
    expect(journey!.forward.reason.code).toBe(want);
  });

  test('anonymous sets of prefixes', () => {
    const refuse = (not: boolean) =>
      base('f', 'forward', 'filter', 0, [rule({ target: 'DROP' }, [{ match: 'saddr-in', prefixes: [prefix('10.1.1.0/30'), prefix('192.0.2.1/32')], not }])]);
    expect([false, true].map((not) => ask([pre(dnat('10.1.1.3')), refuse(not)], [])[0]!.forward.reason.code)).toEqual(['FILTERED', 'DELIVERED']);
  });
});

test('a table that makes its chains on demand is asked only for what the packet needs', () => {
  const asked: string[] = [];
  const node = machine('node', 'node', '192.168.1.11');
  const bases = [pre(vmap('service-ips'))];
  const table: Table = {
    tool: 'nft',
    family: 'ip',
    name: 'kube-proxy',
    get chains(): never {
      throw new Error('all chains were made');
    },
    lazy: {
      bases,
      chain: (name) => {
        asked.push(name);
        return { name, rules: [dnat('192.168.1.12')] };
      },
    },
    maps: [{ ...map('service-ips'), find: (key) => (key === '10.96.0.1 . tcp . 80' ? { key, action: go('service-x') } : undefined) }],
  };
  node.tables.push(table);
  const other = machine('other', 'node', '192.168.1.12');
  const client = machine('client', 'external', '192.168.1.9', 'lan', '192.168.1.11');
  const world = worldOf([node, other, client]);
  const [journey] = walkProbe(world, { netns: 'client', dst: ip('10.96.0.1'), protocol: 'tcp', port: 80, length: 60, df: true }, { reply: false });
  expect([journey!.forward.netns, journey!.forward.verdict, asked]).toEqual(['other', 'delivered', ['service-x']]);
});
