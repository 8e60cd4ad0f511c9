import { bridgeCauses } from './bridge.ts';
import { familyCauses } from './family.ts';
import { loadBalancerCauses } from './load-balancer.ts';
import { localCauses, localTrapCauses } from './local.ts';
import { forwardCauses, nodePortCauses } from './node-port.ts';
import { proxyCauses } from './proxy.ts';
import { type Cause, type Check, factsOf, type Question } from './question.ts';
import { allocationCauses, overlapCauses } from './ranges.ts';
import { readinessCauses } from './readiness.ts';
import { selectorCauses } from './selector.ts';
import { sliceCauses, unselectedCauses } from './slices.ts';
import { targetPortCauses } from './target-port.ts';
import { affinityCauses, externalNameCauses, pingCauses } from './traffic.ts';
import { wrongPortCauses } from './wrong-port.ts';

export type { Cause, Client, Question } from './question.ts';

/** By how often each is what is wrong, as issues and questions have it. */
const CHECKS: readonly Check[] = [
  selectorCauses,
  readinessCauses,
  targetPortCauses,
  wrongPortCauses,
  nodePortCauses,
  forwardCauses,
  localCauses,
  loadBalancerCauses,
  bridgeCauses,
  overlapCauses,
  allocationCauses,
  localTrapCauses,
  proxyCauses,
  affinityCauses,
  externalNameCauses,
  unselectedCauses,
  sliceCauses,
  familyCauses,
  pingCauses,
];

/**
 * Why a Service may not answer, as far as manifests show it: what surely stops the traffic first, then what may, each in the order of how
 * often it is the cause. Empty for a Service that nothing is wrong with.
 */
export const diagnose = (question: Question): readonly Cause[] => {
  const facts = factsOf(question);
  const causes = new Map(
    CHECKS.flatMap((check) => check(facts)).map((cause) => [`${cause.code} ${cause.text}`, cause]),
  );
  return [...causes.values()].sort((a, b) => Number(b.certain) - Number(a.certain));
};
