import type { Cluster } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import type { Gathered } from './gathered.ts';
export const validate = (_cluster: Cluster, _gathered: Gathered): readonly Problem[] => [];
