import { expect, test } from 'vitest';
import type { TraceDoc } from '../../src/explain/document.ts';
import { type TraceQuestion, trace } from '../../src/trace.ts';

// From the cluster file to the document, held against figures that were measured on real kernels or read in the plugins' sources.

const ask = async (cluster: string, from: string, to: string, more: Partial<TraceQuestion> = {}): Promise<TraceDoc> => {
  const question = { from, to, namespace: 'default', dontFragment: true, reply: true, ...more };
  const traced = await trace(question, { files: [`fixtures/${cluster}/cluster.yaml`], cwd: new URL('../..', import.meta.url).pathname });
  if (!traced.ok) throw Error(traced.problems.map(({ message }) => message).join('\n'));
  return traced.doc;
};

const udp = 'flannel/udp-docker0';
const vxlan = 'flannel/vxlan-cni0';
const direct = 'flannel/vxlan-directrouting';
const azure = 'kubenet/azure';

test.for([
  // cluster, from, to, TTL at the destination, source that it sees, path MTU
  [udp, 'pod-a', 'pod-b', 60, '10.1.15.2', 1472],
  [udp, 'node-1', 'pod-b', 61, '10.1.15.0', 1472],
  [udp, 'node-1', 'pod-a', 64, '10.1.15.1', 1472],
  [udp, 'pod-a', 'node-1', 64, '10.1.15.2', 1472],
  [udp, 'pod-a', 'node-2', 63, '192.168.1.11', 1472],
  [udp, 'pod-a', 'internet', 62, '192.168.1.11', 1472],
  [vxlan, 'a', 'b', 64, '10.244.0.2', 1450],
  [vxlan, 'a', 'c', 62, '10.244.0.2', 1450],
  [vxlan, 'a', 'node-1', 64, '10.244.0.2', 1450],
  [vxlan, 'a', 'node-2', 63, '192.168.1.11', 1450],
  [vxlan, 'a', 'internet', 62, '192.168.1.11', 1450],
  [vxlan, 'node-1', 'a', 64, '10.244.0.1', 1450],
  [vxlan, 'node-1', 'c', 63, '10.244.0.0', 1450],
  ['flannel/host-gw', 'a', 'c', 62, '10.244.0.2', 1500],
  ['flannel/host-gw', 'node-1', 'c', 63, '192.168.1.11', 1500],
  [direct, 'a', 'c', 62, '10.244.0.2', 1450],
  [direct, 'a', 'e', 62, '10.244.0.2', 1450],
  ['flannel/ipip', 'a', 'c', 62, '10.244.0.2', 1480],
  ['flannel/wireguard', 'a', 'c', 62, '10.244.0.2', 1420],
  ['flannel/no-ip-masq', 'a', 'c', 62, '10.244.0.0', 1450],
  ['kubenet/generic-router', 'a', 'b', 64, '10.244.0.2', 1500],
  ['kubenet/generic-router', 'a', 'c', 61, '10.244.0.2', 1500],
  [azure, 'a', 'b', 64, '10.244.0.2', 1500],
  [azure, 'a', 'c', 62, '10.244.0.2', 1500],
  [azure, 'aks-node-0', 'c', 63, '10.240.0.4', 1500],
  [azure, 'a', 'aks-node-1', 63, '10.244.0.2', 1500],
  [azure, 'a', 'internet', 63, '10.240.0.4', 1500],
] as const)('%s: %s to %s arrives with ttl %i from %s, path MTU %i', async ([cluster, from, to, ttl, source, mtu]) => {
  const { result, summary } = await ask(cluster, from, to);
  expect({ result, ttl: summary.ttlAtDestination, source: summary.sourceSeen, mtu: summary.pathMtu }).toEqual({
    result: 'reachable',
    ttl,
    source,
    mtu,
  });
  expect(summary.reply?.result).toBe('delivered');
});

test.for([
  // cluster, family, kind, outer source and destination, port, overhead, TTL and DF of the outer packet
  [udp, 4, 'udp', '192.168.1.11', '192.168.1.12', 8285, 28, 64, true],
  [vxlan, 4, 'vxlan', '192.168.1.11', '192.168.1.12', 8472, 50, 64, false],
  ['flannel/dual-stack', 6, 'vxlan', 'fd00:1::11', 'fd00:1::12', 8472, 70, 64, false],
  ['flannel/wireguard', 4, 'wireguard', '192.168.1.11', '192.168.1.12', 51820, 60, 64, false],
  ['flannel/ipip', 4, 'ipip', '192.168.1.11', '192.168.1.12', undefined, 20, 63, true],
] as const)('%s, IPv%i: the outer packet of %s is %s -> %s', async ([cluster, family, kind, source, destination, port, overhead, ttl, dontFragment]) => {
  const [from, to] = cluster === udp ? ['pod-a', 'pod-b'] : ['a', 'c'];
  // 1408 bytes: WireGuard has nothing to pad to a multiple of 16.
  const { summary } = await ask(cluster, from, to, { family, size: 1408 });
  const outer = { source, destination, ...(port !== undefined && { port }), ttl, dontFragment };
  expect(summary.encapsulation).toEqual([{ kind, at: 'node-1', outer, overhead }]);
});

test.for([
  [
    udp,
    'pod-a',
    'pod-b',
    'pod-a:eth0 node-1:docker0 node-1:flannel0 node-1:etcd lookup node-1:eth0 fabric node-2:eth0 node-2:flannel0 node-2:docker0 pod-b:eth0',
  ],
  [udp, 'pod-a', 'internet', 'pod-a:eth0 node-1:docker0 node-1:eth0 fabric gateway:eth0 gateway:wan internet'],
  [vxlan, 'a', 'b', 'a:eth0 node-1:cni0 b:eth0'],
  [vxlan, 'a', 'c', 'a:eth0 node-1:cni0 node-1:flannel.1 node-1:eth0 fabric node-2:eth0 node-2:flannel.1 node-2:cni0 c:eth0'],
  ['flannel/host-gw', 'a', 'c', 'a:eth0 node-1:cni0 node-1:eth0 fabric node-2:eth0 node-2:cni0 c:eth0'],
  [direct, 'a', 'c', 'a:eth0 node-1:cni0 node-1:eth0 fabric node-2:eth0 node-2:cni0 c:eth0'],
  [azure, 'a', 'c', 'a:eth0 aks-node-0:cbr0 aks-node-0:eth0 fabric aks-node-1:eth0 aks-node-1:cbr0 c:eth0'],
] as const)('%s: the way from %s to %s', async ([cluster, from, to, path]) => {
  const { summary } = await ask(cluster, from, to);
  expect(summary.path.join(' ')).toBe(path);
  expect(summary.reply?.symmetric).toBe(true);
});

test.for([
  // cluster, question, packet, code, where it ends
  [udp, 'pod-a', '10.1.99.9', {}, 'NO_SUBNET_LEASE', 'node-1'],
  [udp, 'pod-a', '10.1.15.77', {}, 'NEIGHBOUR_UNRESOLVED', 'pod-a'],
  [udp, 'pod-a', 'pod-b', { size: 1473 }, 'MTU_EXCEEDED_DF', 'pod-a'],
  [udp, 'pod-a', 'pod-b', { ttl: 1 }, 'TTL_EXPIRED', 'node-1'],
  [udp, 'pod-a', 'pod-b', { ttl: 2 }, 'TTL_EXPIRED', 'node-1'],
  [udp, 'pod-a', 'pod-b', { ttl: 3 }, 'TTL_EXPIRED', 'node-2'],
  [udp, 'pod-a', 'pod-b', { ttl: 4 }, 'TTL_EXPIRED', 'node-2'],
  ['flannel/nftables', 'a', 'c', {}, 'FILTER_POLICY_DROP', 'node-2'],
  ['kubenet/aws', 'a', 'e', {}, 'FABRIC_ANTISPOOF', 'fabric'],
  // Without a route the packet goes to GCE's gateway, which translates only the node's own addresses.
  ['kubenet/gce', 'a', 'e', {}, 'FABRIC_ANTISPOOF', 'fabric'],
] as const)('%s: from %s to %s %o ends with %s at %s', async ([cluster, from, to, packet, code, host]) => {
  const { result, summary } = await ask(cluster, from, to, packet);
  expect({ result, code: summary.reason?.code, host: summary.reason?.host }).toEqual({ result: 'unreachable', code, host });
});

test.for([
  // Who answers a probe that dies on the way: hop 1 the bridge, hops 2 and 3 flanneld, which is silent, hop 4 the far flannel0.
  [udp, 1, '10.1.15.1'],
  [udp, 2, undefined],
  [udp, 3, undefined],
  [udp, 4, '10.1.20.0'],
  [vxlan, 1, '10.244.0.1'],
  [vxlan, 2, '10.244.1.0'],
  ['flannel/host-gw', 2, '192.168.1.12'],
  ['kubenet/generic-router', 2, '192.168.1.1'],
  ['kubenet/generic-router', 3, '192.168.1.12'],
  [azure, 2, '10.240.0.5'],
] as const)('%s: a probe with ttl %i is answered by %s', async ([cluster, ttl, who]) => {
  const [from, to] = cluster === udp ? ['pod-a', 'pod-b'] : ['a', 'c'];
  const { traces } = await ask(cluster, from, to, { ttl });
  const error = traces.find((item) => item.error !== undefined);
  expect(error?.hops.at(-1)?.steps.at(-1)?.packet.source).toBe(who);
  if (who !== undefined) expect(error?.verdict).toBe('delivered');
});

test('a packet for a range that nobody leased leaks to the gateway with the address of the pod', async () => {
  const { summary, traces } = await ask(vxlan, 'a', '10.244.77.7');
  expect(summary.nat).toEqual([]);
  expect(traces[0]?.hops.flatMap(({ steps }) => steps).findLast(({ netns }) => netns === 'node-1')?.packet.source).toBe('10.244.0.2');
});

test('a pod of another namespace goes by its namespace and name', async () => {
  const { summary } = await ask(udp, 'default/pod-a', 'default/pod-b', { namespace: 'shop' });
  expect(summary.path.at(0)).toBe('default/pod-a:eth0');
  expect(summary.path.at(-1)).toBe('default/pod-b:eth0');
});
