import type { Labels, Pod } from '../../model/cluster.ts';
import { placeInService } from '../../model/service-place.ts';
import { nearest } from '../../model/suggest.ts';
import { hasSelector, matchesSelector } from '../endpoints/select.ts';
import { groupBy } from '../memo.ts';
import type { Check, Facts } from './question.ts';
import { labelText, podNames, somePods } from './words.ts';

const alike = (a: string, b: string): boolean =>
  nearest(a, [b]) !== undefined || (a !== '' && b !== '' && (a.startsWith(b) || b.startsWith(a)));

/**
 * What pods carry in place of the one label that they lack, e.g. `app=webapp`; undefined where they are not near.
 * @param alone the selector has no other label that would tell that the pods are meant
 */
const instead = (key: string, value: string, labels: Labels, alone: boolean): string | undefined => {
  const own = labels[key];
  if (own !== undefined) return !alone || alike(value, own) ? `${key}=${own}` : undefined;
  const other =
    Object.keys(labels).find((one) => labels[one] === value) ??
    Object.keys(labels).find((one) => alike(key, one) && alike(value, labels[one] ?? ''));
  if (other !== undefined) return `${other}=${labels[other]}`;
  return alone ? undefined : `no label ${key}`;
};

/** Pods of the namespace that lack one label only, by what they carry instead; those that most do. */
const nearPods = (selector: Labels, pods: readonly Pod[]): string | undefined => {
  const keys = Object.keys(selector);
  const missing = (pod: Pod) => keys.filter((key) => pod.labels[key] !== selector[key]);
  const groups = groupBy(pods, (pod) => {
    const [key, ...more] = missing(pod);
    if (key === undefined || more.length > 0) return [];
    const value = selector[key] ?? '';
    const carried = instead(key, value, pod.labels, keys.length === 1);
    return carried === undefined
      ? []
      : [
          `the selector wants ${key}=${value}, and ${carried.startsWith('no ') ? 'there is ' : 'pods carry '}${carried}`,
        ];
  });
  const [best] = [...groups].sort(([, a], [, b]) => b.length - a.length);
  return best && `${best[0]}: ${podNames(best[1])}`;
};

const elsewhere = (selector: Labels, pods: readonly Pod[]): string | undefined => {
  const matching = pods.filter((pod) => matchesSelector(selector, pod.labels));
  const [first] = groupBy(matching, (pod) => [pod.namespace]);
  return (
    first && `${somePods(first[1])} of namespace ${first[0]} would match, but a Service selects in its own namespace`
  );
};

const hintFor = ({ cluster, service }: Facts, selector: Labels): string => {
  const own = cluster.pods.filter((pod) => pod.namespace === service.namespace);
  const others = cluster.pods.filter((pod) => pod.namespace !== service.namespace);
  const hints = [nearPods(selector, own), elsewhere(selector, others)].filter((hint) => hint !== undefined);
  if (hints.length > 0) return hints.join('; ');
  return own.length === 0
    ? `the input has no pods in namespace ${service.namespace}`
    : "compare the selector with the labels of the pods' template";
};

/** The selector matches no pod: no endpoints, and packets are refused. */
export const selectorCauses: Check = (facts) => {
  const { cluster, service, selected, slices, who } = facts;
  const { selector } = service;
  if (service.type === 'ExternalName' || !hasSelector(selector) || selected.length > 0) return [];
  if (slices.some(({ endpoints }) => endpoints.length > 0)) return [];
  const labels = Object.keys(selector).length === 1 ? 'label' : 'labels';
  return [
    {
      code: 'SERVICE_SELECTOR_MATCHES_NOTHING',
      text: `no pod of namespace ${service.namespace} has the ${labels} ${labelText(selector)} that ${who} selects`,
      hint: hintFor(facts, selector),
      place: placeInService(service, ['spec', 'selector']),
      certain: cluster.pods.length > 0,
    },
  ];
};
