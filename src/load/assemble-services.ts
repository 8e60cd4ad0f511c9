import type { Labels } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
import type { EndpointSlice, Service } from '../model/service.ts';
import { formatIp } from '../net/ip.ts';
import { decodeService } from './decode-service.ts';
import { type Gathered, noteUnreadable } from './gathered.ts';
import { isNotMirrored, mirrorEndpoints, type StatedEndpoints } from './mirror-endpoints.ts';
import { parseOldIp, readIp, textOf } from './read.ts';
import { mergeServices, type StatedService } from './stated-service.ts';

/** A Service with what was stated of it, for checks that must know what was left out. */
export type DecodedService = { readonly service: Service; readonly stated: StatedService };

export type AssembledServices = {
  readonly services: readonly DecodedService[];
  readonly slices: readonly EndpointSlice[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

type Named = { readonly namespace: string; readonly name: string };
const keyOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;

/** The Services of all documents, and the slices of their endpoints. */
export const assembleServices = (gathered: Gathered): AssembledServices => {
  const problems: Problem[] = [];
  const decoded = statedOnce(gathered).map((stated) => ({
    stated,
    service: decodeService(stated, problems, noteUnreadable(gathered, 'services')),
  }));
  const { services, assumptions } = assumeIngress(decoded);
  return { services, slices: slicesOf(gathered, services, problems), assumptions, problems };
};

/** Kubernetes objects by name, the first of each, with the short form's entries merged in or appended in their order. */
const statedOnce = ({ services, shortServices }: Gathered): readonly StatedService[] => {
  if (services.length === 0) return shortServices;
  const byName = new Map<string, StatedService>();
  for (const stated of services) if (!byName.has(keyOf(stated))) byName.set(keyOf(stated), stated);
  const appended: StatedService[] = [];
  for (const short of shortServices) {
    const object = byName.get(keyOf(short));
    if (object) byName.set(keyOf(short), mergeServices(object, short));
    else appended.push(short);
  }
  return [...byName.values(), ...appended];
};

/**
 * A load balancer whose manifest asks for an address and has no status yet is taken to have got it: spec.loadBalancerIP is a wish that
 * clouds mostly grant, and kube-proxy reads the status alone. In a dump, an empty status means that it has none.
 */
const assumeIngress = (decoded: readonly DecodedService[]): Pick<AssembledServices, 'services' | 'assumptions'> => {
  const given: string[] = [];
  const services = decoded.map((one) => {
    const { service, stated } = one;
    const text = stated.written && service.type === 'LoadBalancer' ? textOf(stated.spec['loadBalancerIP']) : undefined;
    const ip = text === undefined || (stated.ingress ?? []).length > 0 ? undefined : parseOldIp(text);
    if (ip === undefined) return one;
    given.push(`${service.name} ${formatIp(ip)}`);
    return { stated, service: { ...service, ingress: [{ ip }] } };
  });
  const text = `${given.join(', ')}: the load balancer has the address that loadBalancerIP asks for`;
  const assumption: Assumption = { code: 'ASSUMED_LOAD_BALANCER_IP', text, change: 'services[].ingress' };
  return { services, assumptions: given.length > 0 ? [assumption] : [] };
};

const slicesOf = (
  gathered: Gathered,
  services: readonly DecodedService[],
  problems: Problem[],
): readonly EndpointSlice[] => {
  // What the short form lists stands for all that the objects say.
  const listed = new Set(gathered.shortSlices.map((slice) => `${slice.namespace}/${slice.service}`));
  const byName = new Map<string, EndpointSlice>();
  for (const slice of gathered.slices) {
    if (!listed.has(`${slice.namespace}/${slice.service}`) && !byName.has(keyOf(slice)))
      byName.set(keyOf(slice), slice);
  }
  const slices = [...byName.values(), ...gathered.shortSlices];
  if (gathered.endpoints.length === 0) return slices;
  const sliced = new Set(slices.map((slice) => `${slice.namespace}/${slice.service}`));
  const selectors = new Map(services.map(({ service }) => [keyOf(service), service.selector]));
  const populated = new Set([...gathered.pods, ...gathered.shortPods].map(({ namespace }) => namespace));
  const seen = new Set<string>();
  return [
    ...slices,
    ...gathered.endpoints.flatMap((endpoints) => {
      const key = keyOf(endpoints);
      if (sliced.has(key) || seen.has(key) || !selectors.has(key)) return [];
      seen.add(key);
      if (!isTaken(endpoints, selectors.get(key), populated)) return [];
      const unreadable = noteUnreadable(gathered, 'slices');
      return mirrorEndpoints(endpoints, (text, path) => {
        if (endpoints.written) readIp({ at: endpoints.at, problems }, text, path);
        else unreadable(text);
      });
    }),
  ];
};

/**
 * Whether Endpoints stand for the slices that the input lacks. The mirroring controller leaves out those of Services with a selector: the
 * slices of these come from their pods. Where the input has no pods of the namespace, what the controller wrote of them is all there is.
 * The API server marks its own Endpoints as not to be mirrored, since it writes the slice itself.
 */
const isTaken = (endpoints: StatedEndpoints, selector: Labels | undefined, populated: ReadonlySet<string>): boolean => {
  if (selector !== undefined) return !endpoints.written && !populated.has(endpoints.namespace);
  return !isNotMirrored(endpoints) || keyOf(endpoints) === 'default/kubernetes';
};
