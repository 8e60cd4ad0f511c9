import type { Ip } from '../net/ip.ts';
import { networkOf, type Prefix } from '../net/prefix.ts';

/** Finds what holds an address, by longest prefix. Built once in linear time, asked in the number of different lengths. */
export type PrefixMap<T> = {
  readonly set: (prefix: Prefix, value: T) => void;
  readonly find: (ip: Ip) => T | undefined;
};

export const createPrefixMap = <T>(): PrefixMap<T> => {
  const byLength = { number: new Map<number, Map<Ip, T>>(), bigint: new Map<number, Map<Ip, T>>() };
  const lengths = (ip: Ip) => byLength[typeof ip === 'number' ? 'number' : 'bigint'];
  return {
    set: (prefix, value) => {
      const of = lengths(prefix.addr);
      const same = of.get(prefix.len) ?? new Map<Ip, T>();
      of.set(prefix.len, same);
      // Two owners of one range: the first keeps it.
      if (!same.has(prefix.addr)) same.set(prefix.addr, value);
    },
    find: (ip) => {
      let best: { readonly len: number; readonly value: T } | undefined;
      for (const [len, same] of lengths(ip)) {
        if (best && best.len > len) continue;
        const value = same.get(networkOf(ip, len));
        if (value !== undefined) best = { len, value };
      }
      return best?.value;
    },
  };
};
