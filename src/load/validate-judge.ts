import type { Node, Pod } from '../model/cluster.ts';
import type { Place, Problem, Span } from '../model/place.ts';
import type { Gathered } from './gathered.ts';

/** Places and weighs what a check finds. */
export type Judge = {
  /** Where a key of the node or pod stands; the object itself where the input is a Kubernetes object. */
  readonly placeOf: (thing: Node | Pod, key: string) => Place;
  /** A problem at a key. What a real cluster reports about itself is a warning: it may be true, and must not stop an answer. */
  readonly problem: (thing: Node | Pod, key: string, code: string, message: string, hint?: string) => Problem;
};

export const judgeOf = ({ spots }: Gathered): Judge => {
  const placeOf = (thing: Node | Pod, key: string): Place => spots.get(thing)?.(key) ?? thing.place;
  return {
    placeOf,
    problem: (thing, key, code, message, hint) => {
      const place = placeOf(thing, key);
      return {
        severity: spots.has(thing) ? 'error' : 'warning',
        code,
        message,
        place,
        ...(isSpan(place) ? { length: place.length } : {}),
        ...(hint === undefined ? {} : { hint }),
      };
    },
  };
};

export const isSpan = (place: Place): place is Span => 'length' in place;

/** `cluster.yaml:8`, for a hint that names another place. */
export const lineOf = (place: Place): string => `${place.file}:${place.line}`;
