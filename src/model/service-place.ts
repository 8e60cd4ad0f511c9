import type { Path, Place, Span } from './place.ts';
import type { Service } from './service.ts';

/** The names that one key has: as Kubernetes spells it, and in the short form. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  clusterIPs: ['clusterIPs', 'clusterIP'],
  loadBalancerSourceRanges: ['loadBalancerSourceRanges', 'sourceRanges'],
  sessionAffinityConfig: ['sessionAffinityConfig', 'sessionAffinity'],
};

/**
 * Where a part of a Service stands, whichever form it was written in. `path` is that of the Kubernetes object, e.g.
 * ['spec', 'ports', 0, 'nodePort']; what is not there gives the nearest that contains it, and at last the Service.
 */
export const placeInService = ({ at, short, place }: Pick<Service, 'at' | 'short' | 'place'>, path: Path): Place => {
  if (!at) return place;
  const paths = spellings(short ? shortPath(path) : path);
  for (let length = paths[0]?.length ?? 0; length > 0; length--) {
    for (const one of paths) {
      const found: Span | undefined = at(one.slice(0, length));
      if (found) return found;
    }
  }
  return place;
};

/** The short form has no `spec`, `metadata` and `status`. */
const shortPath = (path: Path): Path => {
  const [first, second, ...rest] = path;
  if (first === 'status' && second === 'loadBalancer') return rest;
  return first === 'spec' || first === 'metadata' ? path.slice(1) : path;
};

const spellings = (path: Path): readonly Path[] => {
  const at = path.findIndex((part) => typeof part === 'string' && Object.hasOwn(SPELLINGS, part));
  const names = SPELLINGS[String(path[at])];
  return names ? names.map((name) => path.with(at, name)) : [path];
};
