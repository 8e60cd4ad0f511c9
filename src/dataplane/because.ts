import type { Netns } from '../linux/netns.ts';
import { printLinkBrief, printRoute, printRule } from '../linux/print/index.ts';
import type { Found } from './fib.ts';
import type { Because } from './walk.ts';

/** The route that decided, and the policy rule that led to its table where that is not one of the three defaults. */
export const routeBecause = (found: Found): Because[] => {
  const { route, rule } = found;
  const origin = route.origin && { origin: route.origin };
  const lines: Because[] = [{ of: 'route', line: printRoute(route), ...origin }];
  const isDefault = rule.priority === 0 || rule.priority >= 32766;
  return isDefault
    ? lines
    : [{ of: 'rule', line: printRule(rule), ...(rule.origin && { origin: rule.origin }) }, ...lines];
};

export const linkBecause = (netns: Netns, dev: string): Because[] => {
  const link = netns.links.find((l) => l.ifname === dev);
  return link ? [{ of: 'link', line: printLinkBrief(link), ...(link.origin && { origin: link.origin }) }] : [];
};
