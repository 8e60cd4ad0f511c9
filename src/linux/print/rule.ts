import type { Family } from '../../net/ip.ts';
import type { Netns } from '../netns.ts';
import type { Rule } from '../route.ts';
import { FULL_MASK, hex, protocolName, range, shortPrefix, tableName, words } from './words.ts';

const mark = (rule: Rule): string | undefined => {
  if (rule.fwmark === undefined) return undefined;
  const mask = rule.fwmask ?? FULL_MASK;
  return `fwmark ${hex(rule.fwmark)}${mask === FULL_MASK ? '' : `/${hex(mask)}`}`;
};

/** The selectors and the action, without the priority: `from all fwmark 0x200/0xe00 lookup 100`. */
export const ruleWords = (rule: Rule): string =>
  words(
    rule.not && 'not',
    `from ${rule.src && rule.src.len > 0 ? shortPrefix(rule.src) : 'all'}`,
    rule.dst && rule.dst.len > 0 && `to ${shortPrefix(rule.dst)}`,
    mark(rule),
    rule.iif !== undefined && `iif ${rule.iif}`,
    rule.oif !== undefined && `oif ${rule.oif}`,
    rule.ipproto && `ipproto ${protocolName(rule.ipproto)}`,
    rule.dport && `dport ${range(rule.dport, '-')}`,
    typeof rule.action === 'string' ? rule.action : `lookup ${tableName(rule.action.lookup)}`,
  );

/** A policy rule as `ip rule` prints it: priority, tab, selectors, action. */
export const printRule = (rule: Rule): string => `${rule.priority}:\t${ruleWords(rule)}`;

/** What `ip [-6] rule` prints. */
export const printRules = (netns: Pick<Netns, 'rules'>, family: Family = 4): readonly string[] =>
  netns.rules
    .filter((rule) => rule.family === family)
    .toSorted((a, b) => a.priority - b.priority)
    .map(printRule);
