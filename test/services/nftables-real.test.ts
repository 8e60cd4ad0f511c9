import { expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import { nftMapDocs, nftSetDocs } from '../../src/linux/json/nft.ts';
import type { Table } from '../../src/linux/netfilter.ts';
import { printNftRuleset } from '../../src/linux/print/nft.ts';
import { addNftables } from '../../src/services/nftables/index.ts';
import { inNamespace } from '../support/namespace.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';
import { type Suite, siteOf, suitesOf } from './flows.ts';
import { flowCases } from './support.ts';

type Concat = string | number | { concat: Concat[] } | { elem: { val: Concat; comment?: string } } | { prefix: { addr: string; len: number } };
type Verdict = { goto: { target: string } } | { drop: null };
type Held = { family: string; name: string; table: string; type: string | string[]; flags?: string[]; timeout?: number; comment?: string; map?: string };
type Listed = { set?: Held & { elem?: Concat[] }; map?: Held & { elem?: [Concat, Verdict][] } };

const key = (value: Concat): string => {
  if (typeof value !== 'object') return String(value);
  if ('elem' in value) return key(value.elem.val);
  return 'concat' in value ? value.concat.map(key).join(' . ') : `${value.prefix.addr}/${value.prefix.len}`;
};
const verdict = (value: Verdict): string => ('goto' in value ? `goto ${value.goto.target}` : 'drop');
const byText = <T>(list: readonly T[]): T[] => list.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
// nft 1.0.6 lists no `dynamic` in JSON.
const about = ({ family, table, name, type, flags, timeout, comment, map }: Held) => ({
  family,
  table,
  name,
  type: [type].flat(),
  flags: flags?.filter((flag) => flag !== 'dynamic'),
  timeout,
  comment,
  map,
});

const throughNft = (table: Table) => {
  const load = `nft -f - <<'END'\n${printNftRuleset([table])}END`;
  return inNamespace([load], ['nft list ruleset', 'nft -j list sets', 'nft -j list maps']);
};
const json = (lines: readonly string[] | undefined): Listed[] => JSON.parse((lines ?? []).join('\n')).nftables;

describeWith([needs.root(), needs.commands('unshare', 'nft'), needs.shared()], "the real nft takes kube-proxy's tables", () => {
  const goldens = sharedCases === undefined ? [] : flowCases<Suite[]>('goldenRulesets').filter(({ proxy }) => proxy.mode === 'nftables');
  const suites = sharedCases === undefined ? [] : [...goldens, ...suitesOf('nftables')];
  test.for(suites.map((suite) => [suite.id, suite] as const))('%s', ([, suite]) => {
    const [table] = addNftables(siteOf(suite), createNetns('test-node', 'node')).tables;
    if (!table) throw new Error('no table');
    const real = throughNft(table);
    expect(real.get('nft list ruleset')).toEqual(printNftRuleset([table]).split('\n').filter((line) => line !== '')); // biome-ignore format: short

    const sets = json(real.get('nft -j list sets')).flatMap(({ set }) => (set ? [{ ...about(set), elem: (set.elem ?? []).map(key).toSorted() }] : []));
    expect(sets).toEqual(nftSetDocs(table).map((doc) => ({ ...about(doc), elem: doc.elem.toSorted() })));
    const maps = json(real.get('nft -j list maps')).flatMap(({ map }) =>
      map
        ? [
            {
              ...about(map),
              elem: byText(
                (map.elem ?? []).map(([at, to]) => ({
                  key: key(at),
                  verdict: verdict(to),
                  comment: typeof at === 'object' && 'elem' in at ? at.elem.comment : undefined,
                })),
              ),
            },
          ]
        : [],
    );
    expect(maps).toEqual(
      nftMapDocs(table).map((doc) => ({ ...about(doc), elem: byText(doc.elem.map((one) => ({ key: one.key, verdict: one.verdict, comment: one.comment }))) })),
    );
  });
});
