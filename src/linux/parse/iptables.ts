import type { Family } from '../../net/ip.ts';
import { iptablesBase } from '../iptables-base.ts';
import type { Chain, NfRule, Table } from '../netfilter.ts';
import { parseRuleWords } from './iptables-rule.ts';
import { splitWords } from './words.ts';

/** The tables of a dump, and each line that could not be read with the words that stopped it. */
export type ParsedTables = {
  readonly tables: readonly Table[];
  readonly unknown: readonly { readonly line: number; readonly text: string; readonly words: string }[];
};

type Draft = { readonly name: string; readonly chains: Map<string, NfRule[]>; readonly policies: Map<string, string> };

const finish = (draft: Draft, family: Family): Table => ({
  tool: 'iptables',
  family: family === 4 ? 'ip' : 'ip6',
  name: draft.name,
  chains: [...draft.chains].map(([name, rules]): Chain => {
    const base = iptablesBase(draft.name, name, draft.policies.get(name) === 'DROP' ? 'DROP' : 'ACCEPT');
    return draft.policies.get(name) !== '-' && base ? { name, base, rules } : { name, rules };
  }),
});

/** Reads what iptables-save or ip6tables-save printed, with or without counters. */
export const parseIptablesSave = (text: string, family: Family): ParsedTables => {
  const drafts: Draft[] = [];
  const unknown: { line: number; text: string; words: string }[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim().replace(/^\[\d+:\d+\] /, '');
    const table = drafts.at(-1);
    if (line.startsWith('*')) drafts.push({ name: line.slice(1), chains: new Map(), policies: new Map() });
    else if (line.startsWith(':') && table) {
      const [name = '', policy = '-'] = line.slice(1).split(' ');
      table.chains.set(name, []);
      table.policies.set(name, policy);
    } else if (line.startsWith('-A ') && table) {
      const [, chain = '', ...words] = splitWords(line);
      const parsed = parseRuleWords(words, (name) => table.chains.has(name), family);
      if ('rule' in parsed) table.chains.get(chain)?.push(parsed.rule);
      else unknown.push({ line: i + 1, text: line, words: parsed.unknown });
    }
  }
  return { tables: drafts.map((draft) => finish(draft, family)), unknown };
};
