import type { Labels, Pod } from '../../model/cluster.ts';
import type { ServicePortSpec } from '../../model/service.ts';

/** So many are written out. */
const SHOWN = 5;

/** `a, b and 3 more`. */
export const listed = (names: readonly string[]): string => {
  if (names.length <= SHOWN) return and(names);
  return `${names.slice(0, SHOWN - 1).join(', ')} and ${names.length - SHOWN + 1} more`;
};

/** `a`, `a and b`, `a, b and c`. */
export const and = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

export const podNames = (pods: readonly Pod[]): string => listed(pods.map(({ name }) => name));

/** `pod a`, `pods a and b`. */
export const somePods = (pods: readonly Pod[]): string => `${pods.length === 1 ? 'pod' : 'pods'} ${podNames(pods)}`;

/** `app=web,tier=front`, as kubectl writes it. */
export const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join();

/** `port 80`, `ports 80 and 443`. */
export const portWords = (numbers: readonly number[]): string => {
  const some = [...new Set(numbers)].map(String);
  return `${some.length === 1 ? 'port' : 'ports'} ${listed(some)}`;
};

/** `port 80`, `port "http" (80)`. */
export const specWords = ({ name, port }: ServicePortSpec): string =>
  name === '' ? `port ${port}` : `port "${name}" (${port})`;
