import fc from 'fast-check';
import type { Cluster, ContainerPort, Pod } from '../../src/model/cluster.ts';
import type { DetectLocal, EndpointSlice, ProxyMode, ProxySettings, Service, ServicePortSpec } from '../../src/model/service.ts';
import { addToIp, familyOf, type Ip } from '../../src/net/ip.ts';
import { ip, prefix } from './world.ts';

const place = { file: 'generated', line: 1, column: 1 };
const APPS = ['a', 'b', 'c'] as const;
/** The client outside, and a range with it and one without it. */
export const OUTSIDE_IP = ip('203.0.113.10');
const RANGES = ['203.0.113.0/24', '192.0.2.0/24'] as const;
const FIRST_NODE_PORT = 30000;
const SERVICES = 6;

/** Pods get labels and states that decide whether they are endpoints, and where; the first of a node may have hostPorts, the third may be of its host. */
const anyPod = (pod: Pod, { nodes }: Cluster): fc.Arbitrary<Pod> =>
  fc
    .record({
      app: fc.constantFrom(...APPS),
      ready: fc.constantFrom(true, true, true, false),
      terminating: fc.constantFrom(false, false, false, true),
      port: fc.constantFrom(8080, 8081),
      hostPort: fc.constantFrom(undefined, undefined, 7070, FIRST_NODE_PORT),
      hostNetwork: fc.boolean(),
    })
    .map(({ app, ready, terminating, port, hostPort, hostNetwork }) => {
      const host = hostNetwork && pod.name.endsWith('-3') ? nodes.find(({ name }) => name === pod.node) : undefined;
      const shared = hostPort !== undefined && pod.name.endsWith('-1') ? { hostPort } : {};
      const web: ContainerPort = { name: 'web', port, protocol: 'TCP', ...(host ? { hostPort: port } : shared) };
      return { ...pod, labels: { app }, ready, ...(terminating && { terminating }), ports: [web], ...(host && { hostNetwork: true, ips: host.ips }) };
    });

const portsOf = (kind: 'tcp' | 'udp' | 'both' | 'two', targetPort: number | string, nodePort: number | undefined): readonly ServicePortSpec[] => {
  const port = (name: string, protocol: 'TCP' | 'UDP', number: number, offset: number): ServicePortSpec => ({
    name,
    protocol,
    port: number,
    targetPort: protocol === 'UDP' && targetPort === 'web' ? 8080 : targetPort,
    ...(nodePort !== undefined && { nodePort: nodePort + offset }),
    place,
  });
  switch (kind) {
    case 'tcp':
      return [port('', 'TCP', 80, 0)];
    case 'udp':
      return [port('', 'UDP', 80, 0)];
    case 'both':
      return [port('t', 'TCP', 80, 0), port('u', 'UDP', 80, 0)];
    case 'two':
      return [port('web', 'TCP', 80, 0), { ...port('more', 'TCP', 443, SERVICES), targetPort: 8081 }];
  }
};

const anyService = (index: number): fc.Arbitrary<Service> =>
  fc
    .record({
      type: fc.constantFrom('ClusterIP' as const, 'NodePort' as const, 'LoadBalancer' as const),
      // Nothing selects the last: its slices are written by hand.
      app: fc.constantFrom(...APPS, 'nobody', undefined),
      kind: fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const, 'both' as const, 'two' as const),
      targetPort: fc.constantFrom<number | string>(8080, 'web', 9090),
      external: fc.boolean(),
      ipMode: fc.constantFrom(undefined, 'VIP' as const, 'Proxy' as const),
      externalLocal: fc.boolean(),
      internalLocal: fc.constantFrom(false, false, true),
      affinity: fc.constantFrom(undefined, undefined, 10800),
      ranges: fc.subarray([...RANGES], { maxLength: 1 }),
      notReady: fc.constantFrom(false, false, true),
      distribution: fc.constantFrom(undefined, undefined, 'PreferClose', 'PreferSameNode'),
    })
    .map((drawn): Service => {
      const exposed = drawn.type !== 'ClusterIP' || drawn.external;
      const vip = { ip: addToIp(ip('198.18.2.0'), index + 1), ...(drawn.ipMode && { ipMode: drawn.ipMode }) };
      return {
        name: `s${index}`,
        namespace: 'default',
        type: drawn.type,
        headless: false,
        clusterIPs: [addToIp(ip('10.96.1.0'), index + 1)],
        ports: portsOf(drawn.kind, drawn.targetPort, drawn.type === 'ClusterIP' ? undefined : FIRST_NODE_PORT + index),
        ...(drawn.app !== undefined && { selector: { app: drawn.app } }),
        externalIPs: drawn.external ? [addToIp(ip('198.18.1.0'), index + 1)] : [],
        ingress: drawn.type === 'LoadBalancer' ? [vip] : [],
        loadBalancerSourceRanges: drawn.type === 'LoadBalancer' ? drawn.ranges.map(prefix) : [],
        externalTrafficPolicy: exposed && drawn.externalLocal ? 'Local' : 'Cluster',
        internalTrafficPolicy: drawn.internalLocal ? 'Local' : 'Cluster',
        ...(drawn.affinity !== undefined && { affinitySeconds: drawn.affinity }),
        publishNotReadyAddresses: drawn.notReady,
        ...(drawn.distribution !== undefined && { trafficDistribution: drawn.distribution }),
        ipFamilyPolicy: 'SingleStack',
        ipFamilies: [4],
        labels: {},
        annotations: {},
        place,
        short: true,
      };
    });

/** Endpoints as a person writes them: pods, nodes, a host outside, an address that nobody has. */
const anySlice = ({ name, namespace, ports }: Service, { pods, nodes }: Cluster): fc.Arbitrary<EndpointSlice> => {
  const known = [...pods.map(({ ips, node }) => ({ address: ips[0], node })), ...nodes.map(({ ips, name: node }) => ({ address: ips[0], node }))];
  const spare = [OUTSIDE_IP, addToIp(pods[0]?.ips[0] ?? 0, 60)].map((address) => ({ address, node: undefined }));
  const anyEnd = fc.record({ at: fc.constantFrom(...known, ...known, ...spare), ready: fc.constantFrom(true, true, false), terminating: fc.boolean() });
  return fc
    .record({ ends: fc.uniqueArray(anyEnd, { maxLength: 3, selector: ({ at }) => at.address }), port: fc.constantFrom(8080, 9090) })
    .map(({ ends, port }) => ({
      name: `${name}-hand`,
      namespace,
      service: name,
      addressType: 'IPv4',
      endpoints: ends.map(({ at, ready, terminating }) => ({
        addresses: at.address === undefined ? [] : [at.address],
        ready: ready && !terminating,
        serving: ready,
        terminating,
        ...(at.node !== undefined && { nodeName: at.node }),
      })),
      ports: ports.map(({ name: portName, protocol }) => ({ name: portName, protocol, port })),
      labels: { 'kubernetes.io/service-name': name },
      place,
    }));
};

const DETECTORS: readonly DetectLocal[] = [
  { mode: 'ClusterCIDR' },
  { mode: 'ClusterCIDR' },
  { mode: 'NodeCIDR' },
  { mode: 'none' },
  { mode: 'BridgeInterface', bridge: 'cni0' },
  { mode: 'BridgeInterface', bridge: 'cbr0' },
  { mode: 'InterfaceNamePrefix', prefix: 'veth' },
  { mode: 'InterfaceNamePrefix', prefix: 'c' },
];

const anyProxy = (mode: ProxyMode, { subnets }: Cluster): fc.Arbitrary<ProxySettings> =>
  fc
    .record({
      detectLocal: fc.constantFrom(...DETECTORS),
      masqueradeAll: fc.constantFrom(false, false, true),
      masqueradeBit: fc.constantFrom(14, 14, 15),
      localhostNodePorts: fc.boolean(),
      addresses: fc.constantFrom(undefined, undefined, 'primary' as const, subnets.nodes, subnets.pods),
    })
    .map(({ addresses, ...rest }) => ({
      mode,
      clusterCIDR: subnets.pods,
      ...rest,
      ...(addresses !== undefined && { nodePortAddresses: addresses }),
      stated: true,
    }));

/** A cluster with six Services of any kind, and a kube-proxy of that mode with any settings. */
export const withAnyServices = (bare: Cluster, mode: ProxyMode): fc.Arbitrary<Cluster> =>
  fc
    .record({
      pods: fc.tuple(...bare.pods.map((pod) => anyPod(pod, bare))),
      zones: fc.tuple(...bare.nodes.map(() => fc.constantFrom('east', 'west'))),
      services: fc.tuple(...Array.from({ length: SERVICES }, (_, i) => anyService(i))),
      proxy: anyProxy(mode, bare),
    })
    .map(({ pods, zones, services, proxy }): Cluster => {
      const nodes = bare.nodes.map((node, i) => ({ ...node, ...(zones[i] !== undefined && { zone: zones[i] }) }));
      return { ...bare, nodes, pods, services, slices: [], proxy };
    })
    .chain((cluster) =>
      fc
        .tuple(...cluster.services.filter(({ selector }) => !selector).map((service) => anySlice(service, cluster)))
        .map((slices): Cluster => ({ ...cluster, slices })),
    );

export type Asked = { readonly from: string; readonly to: Ip; readonly protocol: 'tcp' | 'udp'; readonly port: number };

const isPod = ({ hostNetwork }: Pod): boolean => !hostNetwork;

/** Someone of the cluster, or outside of it, asks for one of its Services: at an address of it, at a node port, or at a pod behind; rarely at a wrong port. */
export const anyServiceQuestion = ({ services, nodes, pods }: Cluster): fc.Arbitrary<Asked> => {
  const inside = [...pods.filter(isPod).map((pod) => `${pod.namespace}/${pod.name}`), ...nodes.map(({ name }) => name)];
  const targets = services.flatMap(({ ports, clusterIPs, externalIPs, ingress }) =>
    ports.flatMap(({ port, nodePort, protocol }) => {
      const proto = protocol === 'UDP' ? ('udp' as const) : ('tcp' as const);
      const outer = [...externalIPs, ...ingress.flatMap(({ ip: vip }) => vip ?? [])].map((to) => ({ to, port, protocol: proto, outside: true }));
      const own = clusterIPs.map((to) => ({ to, port, protocol: proto, outside: false }));
      const atNodes = nodePort === undefined ? [] : nodes.flatMap(({ ips }) => ips.map((to) => ({ to, port: nodePort, protocol: proto, outside: true })));
      return [...own, ...outer, ...atNodes];
    }),
  );
  const behind = pods.flatMap(({ ips }) => ips.map((to) => ({ to, port: 8080, protocol: 'tcp' as const, outside: false })));
  const hostPorts = nodes.flatMap(({ ips }) => ips.map((to) => ({ to, port: 7070, protocol: 'tcp' as const, outside: true })));
  return fc
    .record({
      target: fc.constantFrom(...targets, ...targets, ...behind, ...hostPorts),
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
