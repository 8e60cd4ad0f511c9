import type { Origin } from '../../linux/origin.ts';
import { nodeOrigin } from '../origin.ts';
import type { Site } from './member.ts';

/** flanneld made it for its own node. What it made for another's lease has that lease's origin. */
export const ownOrigin = ({ draft }: Pick<Site, 'draft'>): Origin => nodeOrigin('flannel', draft.node);
