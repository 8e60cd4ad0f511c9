import type { Cluster } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import type { Gathered } from './gathered.ts';
import { duplicateAddresses, duplicateNames } from './validate-duplicates.ts';
import { type Judge, judgeOf } from './validate-judge.ts';
import { missingSubnets, unknownNodes, unreadableAddresses } from './validate-missing.ts';
import { misplacedAddresses, overlappingRanges } from './validate-ranges.ts';

/** What no single key shows: names and addresses that clash, lie in the wrong range, or lead nowhere. */
export const validate = (cluster: Cluster, gathered: Gathered): readonly Problem[] => {
  const judge: Judge = judgeOf(gathered);
  return [
    ...duplicateNames(gathered, judge),
    ...duplicateAddresses(cluster, judge),
    ...overlappingRanges(cluster, judge),
    // A range that was concluded from some addresses must not be held against the others.
    ...misplacedAddresses({ ...cluster, subnets: gathered.subnets }, judge),
    ...unknownNodes(cluster, judge),
    ...missingSubnets(cluster, gathered),
    ...unreadableAddresses(gathered),
  ];
};
