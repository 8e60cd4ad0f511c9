import { never } from '../../net/never.ts';
import type { Chain, NfRule, Table } from '../netfilter.ts';
import { printEbtablesRule } from './ebtables.ts';
import { printIptablesRule } from './iptables.ts';
import { printNftRule } from './nft.ts';

/** A netfilter rule on one line, in the words of the tool that made its table. */
export const lineOfRule = (table: Table, chain: Chain, rule: NfRule): string => {
  switch (table.tool) {
    case 'iptables':
      return printIptablesRule(table, chain, rule);
    case 'nft':
      return printNftRule(table, rule);
    case 'ebtables':
      return printEbtablesRule(chain, rule);
    default:
      return never(table.tool);
  }
};
