import type { Path, Problem, Severity } from '../model/place.ts';
import type { Service } from '../model/service.ts';
import { placeInService } from '../model/service-place.ts';
import type { DecodedService } from './assemble-services.ts';
import { isSpan } from './validate-judge.ts';

/** What a check says of a Service; `path` is that of the Kubernetes object, e.g. ['spec', 'ports', 0, 'nodePort']. */
export type Fault = {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Where API servers of different releases disagree. */
  readonly mild?: boolean;
};

/** A fault as a problem with its place. What an API server has taken is at most odd: a warning. */
export const problemOf = ({ service, stated }: DecodedService, { code, path, message, hint, mild }: Fault): Problem => {
  const place = placeInService(service, path);
  const severity: Severity = stated.written && mild !== true ? 'error' : 'warning';
  return {
    severity,
    code,
    message,
    place,
    ...(isSpan(place) ? { length: place.length } : {}),
    ...(hint === undefined ? {} : { hint }),
  };
};

/** `service "db"`, `service "shop/db"`. */
export const nameOf = ({ namespace, name }: Pick<Service, 'namespace' | 'name'>): string =>
  `service "${namespace === 'default' ? name : `${namespace}/${name}`}"`;
