import type { Chain, Match, NfRule, Table } from '../netfilter.ts';
import { BASIC, basicWords, extensions, isBasic } from './iptables-match.ts';
import { targetWords } from './iptables-target.ts';
import { quoted, words } from './words.ts';

const basics = (matches: readonly Match[]): readonly string[] =>
  BASIC.flatMap((kind) => matches.filter(isBasic).filter((match) => match.match === kind))
    .filter((match) => match.not || !('prefix' in match) || match.prefix.len > 0)
    .map(basicWords);

/** What follows the chain's name: `-s 10.1.15.0/24 -d 10.1.0.0/16 -m comment --comment "flanneld masq" -j RETURN`. */
const ruleSpec = (rule: NfRule, family: Table['family']): string => {
  const modules = [...extensions(rule.matches)];
  if (rule.comment !== undefined) {
    // iptables-save shows a word without quotes when it needs none (xtables_save_string).
    const plain = /^[A-Za-z0-9_-]+$/.test(rule.comment);
    modules.splice(rule.commentAt ?? 0, 0, `-m comment --comment ${plain ? rule.comment : quoted(rule.comment)}`);
  }
  return words(...basics(rule.matches), ...modules, targetWords(rule.action, family));
};

/** One rule as iptables-save prints it. */
export const printIptablesRule = (table: Pick<Table, 'family'>, chain: Pick<Chain, 'name'>, rule: NfRule): string =>
  words(`-A ${chain.name}`, ruleSpec(rule, table.family));
