import { type Origin, originAt } from '../linux/origin.ts';
import type { Node, Pod } from '../model/cluster.ts';

/** Whoever made the line did so because of this pod. */
export const podOrigin = (plugin: string, pod: Pod): Origin =>
  originAt({ plugin, kind: 'Pod', namespace: pod.namespace, name: pod.name }, pod.place);

/** Whoever made the line did so because of this node. Written out, since there is one per node of a large cluster. */
export const nodeOrigin = (plugin: string, { name, place }: Pick<Node, 'name' | 'place'>): Origin => ({
  plugin,
  kind: 'Node',
  name,
  file: place.file,
  get line() {
    return place.line;
  },
});
