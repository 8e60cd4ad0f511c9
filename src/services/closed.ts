import type { Pod } from '../model/cluster.ts';
import type { PortRange } from '../net/protocol.ts';

/** The default of kube-apiserver's --service-node-port-range. */
const NODE_PORTS: PortRange = [30000, 32767];

/**
 * The ports of a node on which nothing listens: kube-proxy opens no sockets, so one of its range answers only where a rule leads on,
 * or where a pod on the host network says that it listens.
 */
export const closedPorts = (hostPods: readonly Pod[]): readonly PortRange[] => {
  const [first, last] = NODE_PORTS;
  const taken = hostPods
    .flatMap(({ ports }) => ports.map(({ port }) => port))
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
