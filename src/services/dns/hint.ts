import { nearest } from '../../model/suggest.ts';
import { dashed } from './find.ts';
import { isBelow } from './parse.ts';
import type { Zone } from './zone.ts';

/** A typed name taken apart from the right: `endpoint.name.namespace.svc.rest`. */
type Typed = {
  readonly endpoint?: string;
  readonly name: string;
  readonly namespace?: string;
  /** It says `svc`. */
  readonly full: boolean;
  /** What stands behind `svc` and is not the cluster domain. */
  readonly rest: string;
};

const takeApart = (text: string, domain: string): Typed => {
  const name = text.toLowerCase().replace(/\.$/, '');
  const own = isBelow(name, domain) ? name.slice(0, -domain.length - 1) : name;
  const labels = own.split('.').filter((label) => !label.startsWith('_'));
  const at = labels.indexOf('svc', 1);
  const before = at < 0 ? labels : labels.slice(0, at);
  const rest = at < 0 ? '' : labels.slice(at + 1).join('.');
  const full = at >= 0;
  const [first = '', second, third] = before;
  if (second === undefined) return { name: first, full, rest };
  if (third === undefined) return { name: first, namespace: second, full, rest };
  return { endpoint: first, name: second, namespace: third, full, rest };
};

type Ref = { readonly namespace: string; readonly name: string };

const referTo = ({ namespace, name }: Ref, own: string): string => (namespace === own ? name : `${name}.${namespace}`);

const inNamespace = ({ cluster }: Zone, namespace: string): readonly string[] =>
  cluster.services.filter((service) => service.namespace === namespace).map(({ name }) => name);

/** The Service that was meant: of that name elsewhere, of a similar name in the namespace, in a similar namespace, or anywhere. */
const guess = (zone: Zone, { name, namespace }: Ref): Ref | undefined => {
  const { services } = zone.cluster;
  const there = nearest(name, inNamespace(zone, namespace));
  if (there !== undefined) return { namespace, name: there };
  const sameName = services.filter((service) => service.name === name);
  const close = nearest(
    namespace,
    sameName.map((service) => service.namespace),
  );
  const [only] = sameName;
  if (only) return close === undefined ? only : { namespace: close, name };
  const similar = nearest(name, new Set(services.map((service) => service.name)));
  return services.find((service) => service.name === similar);
};

/** What is said of an endpoint that a Service does not have. */
const ofEndpoint = (zone: Zone, endpoint: string, { namespace, name }: Ref): string | undefined => {
  const service = zone.table.service(namespace, name);
  if (!service) return undefined;
  const pod = zone.cluster.pods.find((one) => one.namespace === namespace && one.name === endpoint);
  if (pod && (!pod.hostname || pod.subdomain !== name))
    return `pod ${endpoint} has this name only with hostname: ${endpoint} and subdomain: ${name} in its spec`;
  const ready = zone.table.slices(service).flatMap(({ endpoints }) => endpoints.filter((one) => one.ready));
  const labels = ready.flatMap(({ hostname, addresses }) => addresses.map((ip) => hostname || dashed(ip)));
  const shown = [...new Set(labels)].slice(0, 5).join(', ');
  return shown === '' ? undefined : `its ready endpoints are ${shown}`;
};

const didYouMean = (text: string | undefined): string => (text === undefined ? '' : `; did you mean ${text}?`);

// `payments.svc`: a form that looks right and means a namespace called svc.
const ofHalfName = (zone: Zone, name: string, own: string): string => {
  const meant = zone.table.service(own, name) ? { namespace: own, name } : guess(zone, { namespace: own, name });
  const text = meant && `${meant.name}.${meant.namespace} or svc/${referTo(meant, own)}`;
  return `${name}.svc is a Service ${name} in a namespace svc, which does not exist${didYouMean(text)}`;
};

const ofNamespace = (zone: Zone, typed: Typed, own: string): string => {
  const { name, namespace = own, endpoint } = typed;
  const meant = guess(zone, { name, namespace });
  const text = meant && `${endpoint === undefined ? '' : `${endpoint}.`}${referTo(meant, own)}`;
  if (!zone.namespaces().has(namespace)) return `there is no namespace ${namespace}${didYouMean(text)}`;
  const isPod = zone.cluster.pods.some((pod) => pod.namespace === namespace && pod.name === name);
  const pods = isPod && endpoint === undefined ? `; ${name} is a pod, and pods have no such name` : '';
  return `there is no Service ${name} in namespace ${namespace}${pods}${pods === '' ? didYouMean(text) : ''}`;
};

/**
 * What is wrong with a name that the cluster DNS did not find.
 * @param own the namespace of the client
 * @param because what a Service that the name led to said
 */
export const nameHint = (zone: Zone, text: string, own: string, because: string | undefined): string => {
  const typed = takeApart(text, zone.domain);
  const { name, namespace = own, endpoint, full, rest } = typed;
  if (full && typed.namespace === undefined)
    return zone.namespaces().has('svc')
      ? ofNamespace(zone, { ...typed, namespace: 'svc' }, own)
      : ofHalfName(zone, name, own);
  if (rest !== '')
    return `the cluster domain is ${zone.domain}, not ${rest}; did you mean ${name}.${namespace}.svc.${zone.domain}?`;
  const more = endpoint === undefined ? undefined : ofEndpoint(zone, endpoint, { namespace, name });
  if (because !== undefined) return more === undefined ? because : `${because}; ${more}`;
  return ofNamespace(zone, typed, own);
};
