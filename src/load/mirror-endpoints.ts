import type { Labels } from '../model/cluster.ts';
import type { At, Place } from '../model/place.ts';
import type { Endpoint, EndpointSlice } from '../model/service.ts';
import { familyOf } from '../net/ip.ts';
import { decodeEndpointPorts, targetOf } from './kubectl-slice.ts';
import { listOf, type Mapping, mappingOf, parseOldIp, textOf } from './read.ts';

/** An Endpoints object of the core API, as it is stated. */
export type StatedEndpoints = {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly subsets: unknown;
  readonly written: boolean;
  readonly place: Place;
  readonly at: At;
};

/** Whether the mirroring controller leaves the object alone (kubernetes pkg/controller/endpointslicemirroring, shouldMirror). */
export const isNotMirrored = ({ labels, annotations }: StatedEndpoints): boolean =>
  labels['endpointslice.kubernetes.io/skip-mirror'] === 'true' ||
  annotations['control-plane.alpha.kubernetes.io/leader'] !== undefined;

/**
 * The slices that the mirroring controller makes of an Endpoints object: per set of ports and address type, one
 * (kubernetes pkg/controller/endpointslicemirroring/reconciler.go). Addresses that are none are left out, as it does, and told to
 * `unreadable`.
 */
export const mirrorEndpoints = (
  endpoints: StatedEndpoints,
  unreadable: (text: string, path: readonly (string | number)[]) => void,
): readonly EndpointSlice[] => {
  const { name, namespace, labels, place } = endpoints;
  const slices = new Map<string, EndpointSlice & { readonly endpoints: Endpoint[] }>();
  listOf(endpoints.subsets).forEach((item, i) => {
    const subset = mappingOf(item);
    const ports = decodeEndpointPorts(subset['ports']);
    const portsKey = JSON.stringify(ports);
    for (const key of ['addresses', 'notReadyAddresses'] as const) {
      listOf(subset[key]).forEach((entry, j) => {
        const address = mappingOf(entry);
        const text = textOf(address['ip']) ?? '';
        const ip = parseOldIp(text);
        if (ip === undefined) {
          unreadable(text, ['subsets', i, key, j, 'ip']);
          return;
        }
        const addressType = familyOf(ip) === 4 ? 'IPv4' : 'IPv6';
        const same = `${addressType} ${portsKey}`;
        const slice = slices.get(same) ?? {
          name: `${name}-${slices.size + 1}`,
          namespace,
          service: name,
          addressType,
          endpoints: [],
          ports,
          labels: {
            ...labels,
            'kubernetes.io/service-name': name,
            'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
          },
          place,
        };
        slices.set(same, slice);
        slice.endpoints.push(endpointOf(address, ip, key === 'addresses'));
      });
    }
  });
  return [...slices.values()];
};

const endpointOf = (address: Mapping, ip: Endpoint['addresses'][number], ready: boolean): Endpoint => {
  const nodeName = textOf(address['nodeName']);
  const hostname = textOf(address['hostname']);
  const targetRef = targetOf(address['targetRef']);
  return {
    addresses: [ip],
    ready,
    // The controller sets ready alone, and an absent serving counts as true.
    serving: true,
    terminating: false,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(targetRef ? { targetRef } : {}),
  };
};
