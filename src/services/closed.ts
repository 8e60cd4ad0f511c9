import type { Pod } from '../model/cluster.ts';
import type { PortRange } from '../net/protocol.ts';
import type { ServicePort } from './types.ts';

/** The default of kube-apiserver's --service-node-port-range. */
const NODE_PORTS: PortRange = [30000, 32767];

/**
 * The ports of a node on which nothing listens: kube-proxy opens no sockets, so one of its range answers only where a rule leads on,
 * where a pod on the host network says that it listens, or where kube-proxy itself answers a load balancer's health check
 * (kubernetes pkg/proxy/healthcheck/service_health.go).
 */
export const closedPorts = (hostPods: readonly Pod[], checked: readonly ServicePort[]): readonly PortRange[] => {
  const [first, last] = NODE_PORTS;
  const declared = hostPods.flatMap(({ ports }) => ports.map(({ port }) => port));
  const checks = checked.flatMap(({ healthCheckNodePort }) => healthCheckNodePort ?? []);
  const taken = [...new Set([...declared, ...checks])]
    .filter((port) => port >= first && port <= last)
    .sort((a, b) => a - b);
  const ranges: PortRange[] = [];
  let from = first;
  for (const port of taken) {
    if (port > from) ranges.push([from, port - 1]);
    from = Math.max(from, port + 1);
  }
  return from <= last ? [...ranges, [from, last]] : ranges;
};
