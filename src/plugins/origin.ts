import type { Origin } from '../linux/origin.ts';
import type { Node, Pod } from '../model/cluster.ts';
import type { Place } from '../model/place.ts';

type About = Omit<Origin, 'file' | 'line'>;

/** An origin with its position. The line is counted only when someone asks for it. */
export const originAt = (about: About, place: Place | undefined): Origin =>
  place
    ? {
        ...about,
        file: place.file,
        get line() {
          return place.line;
        },
      }
    : about;

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
