import fc from 'fast-check';
import type { Cluster, Pod } from '../../src/model/cluster.ts';
import type { EndpointSlice, ProxyMode, ProxySettings, Service, ServicePortSpec } from '../../src/model/service.ts';
import { addToIp, familyOf, type Ip } from '../../src/net/ip.ts';
import { ip, prefix } from './world.ts';

const place = { file: 'generated', line: 1, column: 1 };
const APPS = ['a', 'b', 'c'] as const;
/** The client outside, and a range with it and one without it. */
export const OUTSIDE_IP = ip('203.0.113.10');
const RANGES = ['203.0.113.0/24', '192.0.2.0/24'] as const;

/** Pods get labels and states that decide whether they are endpoints, and where. */
const anyPod = (pod: Pod): fc.Arbitrary<Pod> =>
  fc
    .record({
      app: fc.constantFrom(...APPS),
      ready: fc.constantFrom(true, true, true, false),
      terminating: fc.constantFrom(false, false, false, true),
      port: fc.constantFrom(8080, 8081),
    })
    .map(({ app, ready, terminating, port }) => ({
      ...pod,
      labels: { app },
      ready,
      ...(terminating && { terminating }),
      ports: [{ name: 'web', port, protocol: 'TCP' as const }],
    }));

const anyService = (index: number): fc.Arbitrary<Service> =>
  fc
    .record({
      type: fc.constantFrom('ClusterIP' as const, 'NodePort' as const, 'LoadBalancer' as const),
      app: fc.constantFrom(...APPS, 'nobody'),
      udp: fc.constantFrom(false, false, true),
      targetPort: fc.constantFrom<number | string>(8080, 'web', 9090),
      external: fc.boolean(),
      externalLocal: fc.boolean(),
      internalLocal: fc.constantFrom(false, false, true),
      affinity: fc.constantFrom(undefined, undefined, 10800),
      ranges: fc.subarray([...RANGES], { maxLength: 1 }),
      notReady: fc.constantFrom(false, false, true),
    })
    .map((drawn): Service => {
      const port: ServicePortSpec = {
        name: '',
        protocol: drawn.udp ? 'UDP' : 'TCP',
        port: 80,
        targetPort: drawn.udp && drawn.targetPort === 'web' ? 8080 : drawn.targetPort,
        ...(drawn.type !== 'ClusterIP' && { nodePort: 30000 + index }),
        place,
      };
      const exposed = drawn.type !== 'ClusterIP' || drawn.external;
      return {
        name: `s${index}`,
        namespace: 'default',
        type: drawn.type,
        headless: false,
        clusterIPs: [addToIp(ip('10.96.1.0'), index + 1)],
        ports: [port],
        selector: { app: drawn.app },
        externalIPs: drawn.external ? [addToIp(ip('198.18.1.0'), index + 1)] : [],
        ingress: drawn.type === 'LoadBalancer' ? [{ ip: addToIp(ip('198.18.2.0'), index + 1) }] : [],
        loadBalancerSourceRanges: drawn.type === 'LoadBalancer' ? drawn.ranges.map(prefix) : [],
        externalTrafficPolicy: exposed && drawn.externalLocal ? 'Local' : 'Cluster',
        internalTrafficPolicy: drawn.internalLocal ? 'Local' : 'Cluster',
        ...(drawn.affinity !== undefined && { affinitySeconds: drawn.affinity }),
        publishNotReadyAddresses: drawn.notReady,
        ipFamilyPolicy: 'SingleStack',
        ipFamilies: [4],
        labels: {},
        annotations: {},
        place,
        short: true,
      };
    });

const anyProxy = (mode: ProxyMode, cluster: Cluster): fc.Arbitrary<ProxySettings> =>
  fc
    .record({
      detect: fc.constantFrom('ClusterCIDR' as const, 'ClusterCIDR' as const, 'NodeCIDR' as const, 'none' as const),
      masqueradeAll: fc.constantFrom(false, false, true),
      localhostNodePorts: fc.boolean(),
      restricted: fc.constantFrom(false, false, true),
    })
    .map(({ detect, restricted, ...rest }) => ({
      mode,
      detectLocal: { mode: detect },
      clusterCIDR: cluster.subnets.pods,
      ...rest,
      ...(restricted && { nodePortAddresses: cluster.subnets.nodes }),
      stated: true,
    }));

/** A cluster with up to six Services of any kind, and a kube-proxy of that mode with any settings. */
export const withAnyServices = (cluster: Cluster, mode: ProxyMode): fc.Arbitrary<Cluster> =>
  fc
    .record({
      pods: fc.tuple(...cluster.pods.map(anyPod)),
      services: fc.tuple(...Array.from({ length: 6 }, (_, i) => anyService(i))),
      proxy: anyProxy(mode, cluster),
    })
    .map(({ pods, services, proxy }) => ({ ...cluster, pods, services, slices: [] as EndpointSlice[], proxy }));

export type Asked = { readonly from: string; readonly to: Ip; readonly protocol: 'tcp' | 'udp'; readonly port: number };

/** Someone of the cluster, or outside of it, asks for one of its Services: at an address of it, or at a node port, rarely at a wrong port. */
export const anyServiceQuestion = ({ services, nodes, pods }: Cluster): fc.Arbitrary<Asked> => {
  const inside = [...pods.map((pod) => `${pod.namespace}/${pod.name}`), ...nodes.map(({ name }) => name)];
  const targets = services.flatMap(({ ports, clusterIPs, externalIPs, ingress }) =>
    ports.flatMap(({ port, nodePort, protocol }) => {
      const proto = protocol === 'UDP' ? ('udp' as const) : ('tcp' as const);
      const outer = [...externalIPs, ...ingress.flatMap(({ ip: vip }) => vip ?? [])].map((to) => ({ to, port, protocol: proto, outside: true }));
      const own = clusterIPs.map((to) => ({ to, port, protocol: proto, outside: false }));
      const atNodes = nodePort === undefined ? [] : nodes.flatMap(({ ips }) => ips.map((to) => ({ to, port: nodePort, protocol: proto, outside: true })));
      return [...own, ...outer, ...atNodes];
    }),
  );
  return fc
    .record({
      target: fc.constantFrom(...targets),
      from: fc.constantFrom(...inside),
      outside: fc.boolean(),
      wrong: fc.constantFrom(false, false, false, false, true),
    })
    .map(({ target, from, outside, wrong }) => ({
      from: outside && target.outside && familyOf(target.to) === 4 ? 'outside' : from,
      to: target.to,
      protocol: target.protocol,
      port: wrong ? target.port + 1 : target.port,
    }));
};
