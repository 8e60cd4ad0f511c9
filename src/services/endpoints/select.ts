import type { Labels, Pod } from '../../model/cluster.ts';
import { groupBy, memo, once } from '../memo.ts';

/** Whether every key of the selector has its value among the labels. */
export const matchesSelector = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** An empty selector is none. */
export const hasSelector = (selector: Labels | undefined): selector is Labels =>
  selector !== undefined && Object.keys(selector).length > 0;

const NO_PODS: readonly Pod[] = [];

/** Finds the pods of a namespace with some labels, in the order of the input; pods are indexed by the keys that are asked for. */
export const createPodIndex = (pods: readonly Pod[]): ((namespace: string, selector: Labels) => readonly Pod[]) => {
  const byNamespace = once(() => groupBy(pods, (pod) => [pod.namespace]));
  const byLabel = new Map<string, Map<string, ReadonlyMap<string, readonly Pod[]>>>();
  const having = (namespace: string, key: string, value: string): readonly Pod[] => {
    const keys = memo(byLabel, namespace, () => new Map());
    const values = memo(keys, key, () =>
      groupBy(byNamespace().get(namespace) ?? NO_PODS, ({ labels }) => {
        const own = labels[key];
        return own === undefined ? [] : [own];
      }),
    );
    return values.get(value) ?? NO_PODS;
  };
  return (namespace, selector) => {
    const lists = Object.entries(selector).map(([key, value]) => having(namespace, key, value));
    const fewest = lists.reduce((a, b) => (b.length < a.length ? b : a), lists[0] ?? NO_PODS);
    return lists.length === 1 ? fewest : fewest.filter((pod) => matchesSelector(selector, pod.labels));
  };
};
