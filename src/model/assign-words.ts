import { formatIp, type Ip } from '../net/ip.ts';
import { formatPrefix, type Prefix } from '../net/prefix.ts';
import type { Node, Subnets } from './cluster.ts';
import type { Place, Problem } from './place.ts';
import { count } from './words.ts';

/** What one node, pod or service was given. */
export type Given = { readonly name: string; readonly values: readonly (Ip | Prefix)[] };

/** So many names are written out; more would bury the sentence. */
const SHOWN = 6;

/** `node-1 10.1.0.0/24, node-2 10.1.1.0/24 and 3 more`. */
export const givenSentence = (given: readonly Given[]): string => {
  const shown = given.length <= SHOWN ? given : given.slice(0, SHOWN - 1);
  const words = shown.map(({ name, values }) => `${name} ${values.map(write).join(' and ')}`).join(', ');
  return shown === given ? words : `${words} and ${given.length - shown.length} more`;
};

const write = (value: Ip | Prefix): string => (typeof value === 'object' ? formatPrefix(value) : formatIp(value));

/** A range has no room for some nodes, pods or services. */
export const rangeExhausted = (
  range: Prefix,
  without: readonly { readonly name: string; readonly place: Place }[],
  noun: 'node' | 'pod' | 'service',
  what: 'address' | 'range',
): Problem => {
  const [first] = without;
  const who = without.length === 1 && first ? `${noun} "${first.name}"` : count(without.length, noun);
  return {
    severity: 'error',
    code: 'RANGE_EXHAUSTED',
    message: `${formatPrefix(range)} has no free ${what} for ${who}`,
    ...(first ? { place: first.place } : {}),
    hint: hintOf(noun, what),
  };
};

const hintOf = (noun: 'node' | 'pod' | 'service', what: 'address' | 'range'): string => {
  if (what === 'range') return 'widen subnets.pods, or state podCIDR';
  return noun === 'service' ? 'widen subnets.services' : 'widen the range, or state ip';
};

/** A range that is needed to give addresses from, and is not stated. */
export const missingSubnet = (key: keyof Subnets, { name, place }: Node, what: string): Problem => ({
  severity: 'error',
  code: 'MISSING_SUBNET',
  message: `node "${name}" has no ${what}, and there is no subnets.${key} to give it one from`,
  place,
  hint: `add subnets: {${key}: 10.1.0.0/16}, or state ${what}`,
});
