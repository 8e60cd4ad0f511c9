import { expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import type { Chain, Table } from '../../src/linux/netfilter.ts';
import { printNftRule } from '../../src/linux/print/nft.ts';
import { mapElement } from '../../src/linux/print/nft-element.ts';
import { addNftables } from '../../src/services/nftables/index.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';
import { type Suite, siteOf } from './flows.ts';
import { flowCases } from './support.ts';

type Key = (string | number)[];
type Golden = Suite & {
  expect: {
    table: string;
    chains: Record<string, string[]>;
    maps: Record<string, { key: Key; verdict: string }[]>;
    sets: Record<string, Key[]>;
    affinitySets: Record<string, { timeoutSeconds: number; flags: string[] }>;
  };
};

const hex = (mark: string) => `0x${mark.slice(2).padStart(8, '0')}`;
// kube-proxy writes what nft lists in other words.
const listed = (rule: string) =>
  rule
    .replace(/mark set mark or (0x\w+)/, (_, mark) => `meta mark set meta mark | ${hex(mark)}`)
    .replace(/mark set mark xor (0x\w+)/, (_, mark) => `meta mark set meta mark ^ ${hex(mark)}`)
    .replace(/mark and (0x\w+) != 0 /, (_, mark) => `meta mark & ${hex(mark)} != 0x00000000 `)
    .replace('dnat ip addr . port to', 'dnat ip to')
    .replace(/addr (!= )?\{ (\S+) \}/, 'addr $1$2')
    .replaceAll(' , ', ', ');
const uncommented = (rule: string) => rule.replace(/ ?comment "[^"]*"/, '');
const rules = (table: Table, chain: Chain | undefined) => chain?.rules.map((rule) => uncommented(printNftRule(table, rule)));
const mapped = <T, U>(record: Record<string, T>, to: (value: T) => U) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
const keyed = (keys: readonly Key[]) => keys.map((key) => key.join(' . ')).toSorted();

describeWith([needs.shared()], 'the table that kube-proxy expects in TestOverallNFTablesRules', () => {
  const goldens = sharedCases === undefined ? [] : flowCases<Golden[]>('goldenRulesets').filter(({ proxy }) => proxy.mode === 'nftables');
  test('is there', () => expect(goldens).toHaveLength(1));

  test.for(goldens.map((golden) => [golden.id, golden] as const))('%s', ([, golden]) => {
    const { expect: wanted } = golden;
    const [table, ...more] = addNftables(siteOf(golden), createNetns('test-node', 'node')).tables;
    if (!table) throw new Error('no table');
    expect(more).toEqual([]);
    expect(`${table.family} ${table.name}`).toBe(wanted.table);

    const want = mapped(wanted.chains, (lines) => lines.map(listed));
    expect(Object.fromEntries(table.chains.map((chain) => [chain.name, rules(table, chain)]))).toEqual(want);
    // Asked for by name, each is the same.
    for (const [name, lines] of Object.entries(want)) expect(rules(table, table.lazy?.chain(name))).toEqual(lines);

    const maps = (table.maps ?? []).map(({ name, elements }) => [name, elements.map((one) => uncommented(mapElement(one, 'ip'))).toSorted()]);
    const wantedMaps = mapped(wanted.maps, (elements) => elements.map(({ key, verdict }) => `${key.join(' . ')} : ${verdict}`).toSorted());
    expect(Object.fromEntries(maps)).toEqual(wantedMaps);

    const isAffinity = (name: string) => name.startsWith('affinity-');
    const sets = table.sets?.filter(({ name }) => !isAffinity(name)).map(({ name, elements }) => [name, elements.toSorted()]) ?? [];
    expect(Object.fromEntries(sets)).toEqual(mapped(wanted.sets, keyed));
    const affinity = table.sets?.filter(({ name }) => isAffinity(name)).map(({ name, timeout, flags }) => [name, { timeoutSeconds: timeout, flags }]) ?? [];
    expect(Object.fromEntries(affinity)).toEqual(wanted.affinitySets);
    for (const name of Object.keys(wanted.affinitySets)) expect(table.lazy?.set?.(name)?.timeout).toBe(wanted.affinitySets[name]?.timeoutSeconds);
  });
});
