import type { EndpointPort, EndpointSlice, ServicePortSpec } from '../../model/service.ts';
import { placeInService } from '../../model/service-place.ts';
import { nearest } from '../../model/suggest.ts';
import { formatIp } from '../../net/ip.ts';
import { LABEL_HEADLESS } from '../endpoints/backends.ts';
import { hasSelector } from '../endpoints/select.ts';
import type { Cause, Check, Facts } from './question.ts';
import { usablePods } from './readiness.ts';
import { listed, somePods, specWords } from './words.ts';

const LABEL = 'kubernetes.io/service-name';

/** A slice that is probably meant for the Service: without the label, or with that of a Service that does not exist. */
const orphan = ({ cluster, table, service: { namespace, name } }: Facts): EndpointSlice | undefined => {
  const lost = cluster.slices.filter(
    (slice) =>
      slice.namespace === namespace && (slice.service === undefined || !table.service(namespace, slice.service)),
  );
  const called = nearest(
    name,
    lost.flatMap(({ service }) => (service === undefined ? [] : [service])),
  );
  return (
    lost.find(({ service }) => service !== undefined && service === called) ??
    lost.find((slice) => slice.name.startsWith(name))
  );
};

const orphanHint = (facts: Facts): string => {
  const slice = orphan(facts);
  if (!slice) return `add an EndpointSlice with that label, or a selector`;
  return slice.service === undefined
    ? `the slice "${slice.name}" has no such label`
    : `the slice "${slice.name}" has ${LABEL}: ${slice.service}`;
};

/** No selector, and nobody wrote endpoints. */
export const unselectedCauses: Check = (facts) => {
  const { service, slices, stated, who } = facts;
  if (service.type === 'ExternalName' || slices.some(({ endpoints }) => endpoints.length > 0)) return [];
  const selects = hasSelector(service.selector);
  if (!selects) {
    return [
      {
        code: 'SERVICE_NO_ENDPOINT_SLICES',
        text: stated
          ? `${who} has no selector, and its EndpointSlices list no endpoint`
          : `${who} has no selector, and no EndpointSlice of its namespace has the label ${LABEL}: ${service.name}`,
        hint: stated ? 'write the addresses into the EndpointSlice' : orphanHint(facts),
        place: slices[0]?.place ?? service.place,
        // A Service of an input that shows no EndpointSlice at all may have one, as that of the API server does.
        certain: stated || service.short || facts.cluster.slices.length > 0,
      },
    ];
  }
  const usable = usablePods(facts);
  if (!stated || usable.length === 0) return [];
  return [
    {
      code: 'SERVICE_NO_ENDPOINT_SLICES',
      text: `the EndpointSlices of ${who} list no endpoint, though ${somePods(usable)} would match`,
      hint: 'the EndpointSlice controller did not keep up, or the objects were read at different times',
      place: slices[0]?.place ?? placeInService(service, ['spec', 'selector']),
      certain: true,
    },
  ];
};

const portText = ({ name, protocol }: EndpointPort): string => `"${name}" (${protocol})`;

const mismatch = ({ who }: Facts, spec: ServicePortSpec, slices: readonly EndpointSlice[]): readonly Cause[] => {
  const ports = slices.flatMap((slice) => slice.ports);
  if (ports.some(({ name, protocol, port }) => name === spec.name && protocol === spec.protocol && port)) return [];
  const has = ports.length === 0 ? 'they have no port' : `they have ${listed([...new Set(ports.map(portText))])}`;
  return [
    {
      code: 'SERVICE_SLICE_PORT',
      text: `no EndpointSlice of ${who} has a port "${spec.name}" (${spec.protocol}) for ${specWords(spec)}: ${has}`,
      hint: "the port of a slice must have the name and the protocol of the Service's",
      ...(slices[0] && { place: slices[0].place }),
      certain: true,
    },
  ];
};

/** Slices that kube-proxy does not take: another port, another family, the headless label. */
export const sliceCauses: Check = (facts) => {
  const { service, stated, specs, ports, who } = facts;
  const filled = facts.slices.filter(({ endpoints }) => endpoints.length > 0);
  const [first] = filled;
  if (!stated || !first || service.headless || service.type === 'ExternalName') return [];
  const shown = filled.filter(({ labels }) => !Object.hasOwn(labels, LABEL_HEADLESS));
  if (shown.length === 0) {
    return [
      {
        code: 'SERVICE_SLICE_HEADLESS',
        text: `the EndpointSlices of ${who} carry the label ${LABEL_HEADLESS}, and kube-proxy ignores such slices`,
        hint: `remove the label`,
        place: first.place,
        certain: true,
      },
    ];
  }
  const families = new Set(ports.map(({ family }) => `IPv${family}`));
  const own = shown.filter(({ addressType }) => families.has(addressType));
  if (own.length > 0 || ports.length === 0)
    return specs.flatMap((spec) => (own.length > 0 ? mismatch(facts, spec, own) : []));
  const types = [...new Set(shown.map(({ addressType }) => addressType))].join(', ');
  return [
    {
      code: 'SERVICE_SLICE_ADDRESS_TYPE',
      text: `the EndpointSlices of ${who} have addressType ${types}, and its ClusterIP is ${service.clusterIPs.map(formatIp).join(', ')}`,
      hint: types === 'FQDN' ? 'kube-proxy takes addresses, not names' : 'each family needs slices of its own',
      place: first.place,
      certain: true,
    },
  ];
};
