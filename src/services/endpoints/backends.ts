import type { Endpoint, EndpointSlice } from '../../model/service.ts';
import { familyOf, formatIp, type Ip } from '../../net/ip.ts';
import { memo } from '../memo.ts';
import type { Backend, Backends, NodeRef, ServicePort } from '../types.ts';
import { categorize } from './categorize.ts';

/** kube-proxy ignores slices with this label, whatever its value (k8s.io/api/core/v1 IsHeadlessService). */
export const LABEL_HEADLESS = 'service.kubernetes.io/headless';

/** `10.0.0.1:80`, `[fd00::1]:80` (Go's net.JoinHostPort). */
const joinHostPort = (ip: Ip, port: number): string =>
  typeof ip === 'number' ? `${formatIp(ip)}:${port}` : `[${formatIp(ip)}]:${port}`;

const backendOf = (endpoint: Endpoint, ip: Ip, port: number): Backend => {
  const { ready, serving, terminating, nodeName, zone, hints, targetRef } = endpoint;
  return {
    ip,
    port,
    text: joinHostPort(ip, port),
    local: false,
    ready,
    serving,
    terminating,
    ...(nodeName !== undefined && { node: nodeName }),
    ...(zone !== undefined && { zone }),
    zoneHints: hints?.forZones ?? [],
    nodeHints: hints?.forNodes ?? [],
    ...(targetRef?.kind === 'Pod' && { pod: { namespace: targetRef.namespace, name: targetRef.name } }),
  };
};

/** By UTF-16 code unit, which for these texts is Go's order of bytes. */
const byText = (a: Backend, b: Backend): number => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);

/**
 * The endpoints of a service port in slices, as no node's own, each `ip:port` once, in the order of their text: from the slices of its
 * family without the headless label, at the ports of its name and protocol (kubernetes pkg/proxy/endpointslicecache.go).
 */
export const mergeSlices = (
  slices: readonly EndpointSlice[],
  port: Pick<ServicePort, 'family' | 'spec'>,
): readonly Backend[] => {
  const type = port.family === 4 ? 'IPv4' : 'IPv6';
  const merged = new Map<string, Backend>();
  for (const slice of slices) {
    if (slice.addressType !== type || Object.hasOwn(slice.labels, LABEL_HEADLESS)) continue;
    for (const { name, protocol, port: number } of slice.ports) {
      if (name !== port.spec.name || protocol !== port.spec.protocol || !number) continue;
      for (const endpoint of slice.endpoints) {
        const [ip] = endpoint.addresses;
        if (ip === undefined || familyOf(ip) !== port.family) continue;
        const backend = backendOf(endpoint, ip, number);
        const known = merged.get(backend.text);
        // An address that a new pod took over from one that ends stands in two slices for a moment.
        if (!known || (known.terminating && !backend.terminating)) merged.set(backend.text, backend);
      }
    }
  }
  return [...merged.values()].sort(byText);
};

/** The endpoints that each node uses of each service port; merged once per port, chosen once per port and node. */
export const createBackends = (
  slicesOf: (port: ServicePort) => readonly EndpointSlice[],
): ((port: ServicePort, node: NodeRef) => Backends) => {
  const merged = new Map<ServicePort, readonly Backend[]>();
  const chosen = new Map<ServicePort, Map<string, Backends>>();
  return (port, node) =>
    memo(
      memo(chosen, port, () => new Map()),
      `${node.name} ${node.zone ?? ''}`,
      () => {
        const every = memo(merged, port, () => mergeSlices(slicesOf(port), port));
        const own = every.map((backend) => (backend.node === node.name ? { ...backend, local: true } : backend));
        return categorize(own, port, node);
      },
    );
};
