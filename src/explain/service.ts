import type { Because, Step, Tried } from '../dataplane/walk.ts';
import type { Origin } from '../linux/origin.ts';
import { bare, targetOf } from './rules.ts';
import type { View } from './view.ts';

/** The Service that the lines which decided a step were made for: the last one where there are several. */
export const serviceOf = (because: readonly Pick<Because, 'origin'>[]): Origin | undefined =>
  because.findLast(({ origin }) => origin?.kind === 'Service')?.origin;

/** `default/db`. */
export const serviceName = ({ namespace, name }: Origin): string => `${namespace}/${name}`;

// kubernetes pkg/proxy/iptables/proxier.go and ipvs/proxier.go: KUBE-POSTROUTING; pkg/proxy/nftables/proxier.go: chain masquerading.
const BY_MARK = [/^-A KUBE-POSTROUTING (?!.*-m set ).*-j MASQUERADE/, /^meta mark & .* masquerade/];
const MARKING = /\bmeta mark set meta mark \| /;

/** A rule of kube-proxy that asks for a masquerade on the way out, and that matched. */
export const marks = ({ line, matched }: Tried): boolean =>
  matched && (targetOf(line) === 'KUBE-MARK-MASQ' || MARKING.test(bare(line)));

/** The rule of kube-proxy that asked for a masquerade, by a mark that it gave the packet where it came in. */
export const markedBy = ({ past }: View, step: Step): Tried | undefined => {
  if (step.kind !== 'translate' || step.nat !== 'masquerade') return undefined;
  const line = bare(step.because.at(-1)?.line ?? '');
  if (!BY_MARK.some((pattern) => pattern.test(line))) return undefined;
  for (const one of past.toReversed()) {
    // What another host did to the packet left no mark here.
    if (one.netns !== step.netns) return undefined;
    const rule = 'tried' in one ? one.tried.findLast(marks) : undefined;
    if (rule) return rule;
  }
  return undefined;
};
