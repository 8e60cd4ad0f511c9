import type { BaseChain, Hook } from './netfilter.ts';

const HOOKS: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};
const PRIORITIES: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 };

/** Where a built-in chain of iptables hangs; undefined for a chain of the user's. */
export const iptablesBase = (
  table: string,
  chain: string,
  policy: BaseChain['policy'] = 'ACCEPT',
): BaseChain | undefined => {
  const hook = HOOKS[chain];
  if (hook === undefined) return undefined;
  // Destinations are translated before the routing decision, sources after it.
  const nat = hook === 'prerouting' || hook === 'output' ? -100 : 100;
  return {
    type: table === 'nat' ? 'nat' : table === 'mangle' && hook === 'output' ? 'route' : 'filter',
    hook,
    priority: table === 'nat' ? nat : (PRIORITIES[table] ?? 0),
    policy,
  };
};
