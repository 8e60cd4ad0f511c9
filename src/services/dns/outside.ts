import { nearest } from '../../model/suggest.ts';
import type { Zone } from './zone.ts';

/**
 * Whether a name that was passed on can be one of the outside world. One without a dot, or with the form of the cluster's own names
 * (`x.svc`, `x.ns.svc.other`, `x.ns`, `endpoint.service.ns`), is taken for a slip.
 */
export const isOutside = (zone: Zone, name: string): boolean => {
  const labels = name.toLowerCase().split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || last === 'svc' || last === 'pod') return false;
  const own = labels[0]?.startsWith('_') ? labels.slice(2) : labels;
  const [first = '', second = '', third = ''] = own;
  if (third === 'svc' || third === 'pod') return false;
  const namespaces = zone.namespaces();
  if (first === '' || namespaces.has(second)) return false;
  const services = zone.cluster.services.filter(({ namespace }) => namespace === third).map(({ name }) => name);
  return nearest(second, services) === undefined;
};
