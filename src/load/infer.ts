import type { Cluster } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
export const infer = (
  cluster: Cluster,
): { cluster: Cluster; assumptions: readonly Assumption[]; problems: readonly Problem[] } => ({
  cluster,
  assumptions: [],
  problems: [],
});
