import type { Cluster } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import type { DecodedService } from './assemble-services.ts';
import type { Gathered } from './gathered.ts';
import { nodePortRange } from './node-port-range.ts';
import { duplicateAddresses, duplicateNames } from './validate-duplicates.ts';
import { type Judge, judgeOf } from './validate-judge.ts';
import { missingSubnets, unknownNodes, unreadableAddresses } from './validate-missing.ts';
import { misplacedAddresses, overlappingRanges } from './validate-ranges.ts';
import { invalidServices } from './validate-services.ts';

/** What no single key shows: names and addresses that clash, lie in the wrong range, or lead nowhere. */
export const validate = (
  cluster: Cluster,
  gathered: Gathered,
  services: readonly DecodedService[],
): readonly Problem[] => {
  const judge: Judge = judgeOf(gathered);
  return [
    ...duplicateNames(gathered, judge),
    ...duplicateAddresses(cluster, judge),
    ...overlappingRanges(cluster, judge),
    // A range that was concluded from some addresses must not be held against the others.
    ...misplacedAddresses({ ...cluster, subnets: gathered.subnets }, judge),
    ...unknownNodes(cluster, judge),
    ...missingSubnets(cluster, gathered),
    ...invalidServices(services, cluster, gathered, nodePortRange(gathered)),
    ...unreadableAddresses(gathered),
  ];
};
