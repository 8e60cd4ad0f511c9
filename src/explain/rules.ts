import type { Step, Tried } from '../dataplane/walk.ts';

/** A rule's line without its comment, which repeats what people can see. */
export const bare = (line: string): string =>
  line.replace(/ -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, '').replace(/ comment "(?:[^"\\]|\\.)*"/g, '');

/** The chain that an iptables or ebtables rule stands in. */
export const chainOf = (line: string): string | undefined => /^-[AP] (\S+)/.exec(line)?.[1];

const isReturn = (line: string): boolean => /(-j RETURN|(^| )return)$/.test(bare(line));

/** The chain that a rule or a map element leads to. */
export const targetOf = (line: string): string | undefined =>
  (/ -[jg] ([A-Z0-9-]+)$/.exec(bare(line)) ?? /\b(?:jump|goto) (\S+?)(?: })?$/.exec(bare(line)))?.[1];

/** The rule that ended a chain without a translation: the last one that matched, if it said RETURN. */
export const returning = (tried: readonly Tried[]): Tried | undefined => {
  const last = tried.findLast((rule) => rule.matched);
  return last && isReturn(last.line) ? last : undefined;
};

/** The rule that would have translated, had it not made an exception for this packet: `! -d 10.0.0.0/8`. */
export const exempting = (tried: readonly Tried[]): Tried | undefined =>
  returning(tried)
    ? undefined
    : tried.find(
        ({ line, failed }) =>
          /^(source|destination) is excepted$/.test(failed ?? '') &&
          /-j (MASQUERADE|SNAT)|masquerade|snat/.test(bare(line)),
      );

/** The rule that decided a filter or translate step, without the jumps that led to it; where that says no more than its verdict, the map's entry that led there. */
export const deciding = (step: Step): string | undefined => {
  const lines = step.because
    .filter(({ of }) => of === 'netfilter' || of === 'ebtables' || of === 'ipvs')
    .map(({ line }) => line);
  const [before, last] = [lines.at(-2), lines.at(-1)];
  return before?.startsWith('element ') && /^(reject|drop)$/.test(bare(last ?? '')) ? before : last;
};
