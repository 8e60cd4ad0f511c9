import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Table } from '../../src/linux/netfilter.ts';
import { printNftRuleset } from '../../src/linux/print/nft.ts';
import { inNamespace } from '../support/namespace.ts';
import { describeWith, needs } from '../support/needs.ts';
import { nftTable } from './arbitrary-nft.ts';

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
const throughNft = (table: Table): string[] | undefined =>
  inNamespace([`nft -f - <<'END'\n${printNftRuleset([table])}END`], ['nft list ruleset']).get('nft list ruleset');

describeWith([needs.root(), needs.commands('unshare', 'nft')], 'nft list ruleset after nft -f', () => {
  test.for([4, 6] as const)('sets, maps and lots of any shape, IPv%i', (family) => {
    fc.assert(
      fc.property(nftTable(family), (table) => {
        expect(throughNft(table)).toEqual(lines(printNftRuleset([table])));
      }),
      { numRuns: 40 },
    );
  });
});
