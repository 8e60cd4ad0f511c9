import { createDataplane } from '../../src/dataplane/index.ts';
import type { Step } from '../../src/dataplane/walk.ts';
import { createNetns, type NetnsDraft } from '../../src/linux/build.ts';
import type { Netns } from '../../src/linux/netns.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import type { EndpointSlice, Service, ServiceProtocol } from '../../src/model/service.ts';
import { type Family, familyOf, formatIp } from '../../src/net/ip.ts';
import { contains, hostPrefix, type Prefix } from '../../src/net/prefix.ts';
import { createServiceTable } from '../../src/services/table.ts';
import type { ProxyConfig, ProxySite } from '../../src/services/types.ts';
import { worldOf } from '../support/world.ts';
import { cluster, flowCases, ip, portSpec, prefix, service, slice } from './support.ts';

type Port = { name?: string; port: number; protocol: ServiceProtocol };
type GivenEndpoint = { ip: string; node: string; ready: boolean; serving: boolean; terminating: boolean };

/** What one suite of kubeproxy-flows.json, or one of its golden rulesets, is made of. */
export type Suite = {
  id: string;
  proxy: {
    mode: ProxyConfig['mode'];
    ipFamily: 'IPv4' | 'IPv6';
    detectLocalMode?: 'ClusterCIDR' | null;
    localCIDR?: string | null;
    masqueradeAll?: boolean;
    masqueradeMark?: string;
    localhostNodePorts?: boolean;
    nodePortAddresses?: string[];
    serviceCIDRs?: string[];
  };
  services: {
    namespace: string;
    name: string;
    type: Service['type'];
    clusterIP: string;
    ports: (Port & { nodePort?: number })[];
    externalIPs?: string[];
    loadBalancerIngress?: { ip: string; ipMode?: 'VIP' | 'Proxy' }[];
    loadBalancerSourceRanges?: string[];
    externalTrafficPolicy?: Service['externalTrafficPolicy'];
    internalTrafficPolicy?: Service['internalTrafficPolicy'];
    healthCheckNodePort?: number;
    sessionAffinity?: { type: 'None' | 'ClientIP'; timeoutSeconds?: number };
  }[];
  endpoints: { service: string; ports: Port[]; endpoints: GivenEndpoint[] }[];
};
export type Outcome = { verdict: 'dnat' | 'reject' | 'drop' | 'accept' | 'none'; endpoints: string[]; masquerade: boolean };
export type Flow = { name: string; src: string; proto: 'tcp' | 'udp' | 'sctp'; dst: string; dport: number; expect: Outcome };
export type FlowSuite = Suite & { flows: Flow[] };
/** Puts a mode's state on a node. */
export type Build = (site: ProxySite, netns: Netns) => Netns;

/** The node of kube-proxy's own tests (testNodeName, testNodeIPs of kubernetes pkg/proxy/iptables/proxier_test.go). */
export const ENVIRONMENT = {
  node: 'test-node',
  nodeLocalIPs: ['192.168.0.2', '192.168.1.2', '192.168.99.11', '2001:db8::1', '2001:db8:1::2'],
  primaryNodeIP: { IPv4: '192.168.0.2', IPv6: '2001:db8::1' },
} as const;
export const suitesOf = (mode: ProxyConfig['mode']): FlowSuite[] => flowCases<FlowSuite[]>('flowSuites').filter(({ proxy }) => proxy.mode === mode);

const serviceOf = (given: Suite['services'][number]): Service => {
  const { sessionAffinity: affinity, healthCheckNodePort } = given;
  return service({
    namespace: given.namespace,
    name: given.name,
    type: given.type,
    clusterIPs: [ip(given.clusterIP)],
    ports: given.ports.map(({ name = '', port, protocol, nodePort }) => portSpec({ name, port, protocol, ...(nodePort && { nodePort }) })),
    externalIPs: (given.externalIPs ?? []).map(ip),
    ingress: (given.loadBalancerIngress ?? []).map(({ ip: address, ipMode }) => ({ ip: ip(address), ...(ipMode && { ipMode }) })),
    loadBalancerSourceRanges: (given.loadBalancerSourceRanges ?? []).map((range) => prefix(range.trim())),
    externalTrafficPolicy: given.externalTrafficPolicy ?? 'Cluster',
    internalTrafficPolicy: given.internalTrafficPolicy ?? 'Cluster',
    ...(healthCheckNodePort && { healthCheckNodePort }),
    ...(affinity?.type === 'ClientIP' && { affinitySeconds: affinity.timeoutSeconds ?? 10800 }),
  });
};

const sliceOf = (given: Suite['endpoints'][number], addressType: EndpointSlice['addressType'], i: number): EndpointSlice => {
  const [namespace = '', name = ''] = given.service.split('/');
  return slice({
    namespace,
    name: `${name}-${i}`,
    service: name,
    addressType,
    ports: given.ports.map(({ name: port = '', ...rest }) => ({ name: port, ...rest })),
    endpoints: given.endpoints.map(({ ip: address, node, ready, serving, terminating }) => ({
      addresses: [ip(address)],
      ready,
      serving,
      terminating,
      ...(node !== '' && { nodeName: node }),
    })),
  });
};

const clusterOf = (suite: Suite): Cluster =>
  cluster({ services: suite.services.map(serviceOf), slices: suite.endpoints.map((given, i) => sliceOf(given, suite.proxy.ipFamily, i)) });

const configOf = ({ proxy }: Suite): ProxyConfig => ({
  mode: proxy.mode,
  detectLocal: { mode: proxy.detectLocalMode ?? 'none' },
  clusterCIDRs: proxy.localCIDR ? [prefix(proxy.localCIDR)] : [],
  masqueradeAll: proxy.masqueradeAll ?? false,
  masqueradeMark: Number(proxy.masqueradeMark ?? '0x4000'),
  localhostNodePorts: proxy.localhostNodePorts ?? true,
  nodePortAddresses: (proxy.nodePortAddresses ?? []).map(prefix),
  scheduler: '',
  strictARP: false,
  serviceCIDRs: (proxy.serviceCIDRs ?? []).map(prefix),
});

export const siteOf = (suite: Suite): ProxySite => {
  const { node, nodeLocalIPs, primaryNodeIP } = ENVIRONMENT;
  const family: Family = suite.proxy.ipFamily === 'IPv4' ? 4 : 6;
  const ips = nodeLocalIPs.map(ip).filter((one) => familyOf(one) === family);
  const primary = ip(primaryNodeIP[suite.proxy.ipFamily]);
  return {
    table: createServiceTable(clusterOf(suite)),
    config: configOf(suite),
    family,
    node: { name: node, ips, primary, podCIDRs: [], beLiberal: false },
  };
};

const RANGES = {
  4: { all: '0.0.0.0/0', pods: '10.0.0.0/8', gateway: '10.255.255.1', uplink: '192.168.0.1', len: 24 },
  6: { all: '::/0', pods: 'fd00:10::/32', gateway: 'fd00:10:ffff::1', uplink: '2001:db8::ffff', len: 64 },
} as const;

const wire = (a: NetnsDraft, dev: string, b: NetnsDraft, far: string): void => {
  for (const [end, ifname, peer, other] of [[a, dev, b, far], [b, far, a, dev]] as const)
    end.addLink({ kind: 'veth', ifname, mtu: 1500, up: true, address: `0a:00:00:00:${end === a ? '0a' : '0b'}:${a.links.length}0`, peer: { netns: peer.id, ifname: other } }); // biome-ignore format: a table
};
const owns = (netns: NetnsDraft, dev: string, addresses: Iterable<string>): void => {
  for (const one of new Set(addresses)) netns.addAddress(dev, ip(one), hostPrefix(ip(one)).len, { noprefixroute: true });
};
const route = (netns: NetnsDraft, dst: Prefix, dev: string, gateway?: string): void =>
  netns.addRoute({ dst, nexthops: [{ dev, ...(gateway && { gateway: ip(gateway) }) }] });

/**
 * The node of a suite between three others: the pod that asks, all endpoints, and everyone outside. A packet from an address to itself is
 * the node's own, which then has the load balancer's address, as behind kube-vip and the like.
 */
const worldFor = (suite: Suite, flow: Flow, build: Build) => {
  const site = siteOf(suite);
  const { all, pods, gateway, uplink, len } = RANGES[site.family];
  const [node, pod, backends, outside] = [
    createNetns(site.node.name, 'node'),
    createNetns('pod', 'pod'),
    createNetns('backends', 'pod'),
    createNetns('outside', 'external'),
  ];
  Object.assign(node.sysctls, { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
  wire(node, 'eth0', outside, 'eth0');
  for (const address of site.node.ips) node.addAddress('eth0', address, len);
  outside.addAddress('eth0', ip(uplink), len);
  route(node, prefix(all), 'eth0', uplink);
  route(outside, prefix(all), 'eth0', formatIp(site.node.ips[0]!));
  wire(node, 'vethpod', pod, 'eth0');
  wire(node, 'vethends', backends, 'eth0');
  for (const dev of ['vethpod', 'vethends']) owns(node, dev, [gateway]);
  route(node, prefix(pods), 'vethends');
  for (const one of [pod, backends]) {
    route(one, hostPrefix(ip(gateway)), 'eth0');
    route(one, prefix(all), 'eth0', gateway);
  }
  const isPod = contains(prefix(pods), ip(flow.src));
  const ends = suite.endpoints.flatMap(({ endpoints }) => endpoints.map((one) => one.ip));
  owns(backends, 'eth0', ends.filter((one) => one !== flow.src)); // biome-ignore format: short
  if (isPod) {
    owns(pod, 'eth0', [flow.src]);
    route(node, hostPrefix(ip(flow.src)), 'vethpod');
  } else if (flow.src === flow.dst && !node.addresses.some(({ local }) => local === ip(flow.src))) owns(node, 'lo', [flow.src]);
  const own = node.addresses.some(({ local }) => local === ip(flow.src));
  if (!isPod && !own) owns(outside, 'eth0', [flow.src]);
  const world = worldOf([build(site, node), pod, backends, outside]);
  return { world, node: node.id, from: isPod ? pod.id : own ? node.id : outside.id };
};

const isTranslation = (step: Step, how: 'dnat' | 'masquerade'): boolean => step.kind === 'translate' && step.nat === how;
const endpointOf = ({ packet: { dst, l4 } }: Step): string => {
  const address = typeof dst === 'bigint' ? `[${formatIp(dst)}]` : formatIp(dst);
  return `${address}:${'dport' in l4 ? l4.dport : ''}`;
};

/** What the node did to the first packet of a flow, read from the steps that all its ways took there. */
export const outcomeOf = (suite: Suite, flow: Flow, build: Build): Outcome => {
  const { world, node, from } = worldFor(suite, flow, build);
  const probe = { netns: from, src: ip(flow.src), dst: ip(flow.dst), protocol: flow.proto, port: flow.dport, length: 60, df: true };
  const walks = createDataplane(world).walk(probe, { reply: false });
  const ways = walks.map(({ forward }) => forward.steps.filter((step) => step.netns === node));
  if (ways.some((steps) => steps.length === 0)) throw new Error(`${flow.name}: not seen on ${node}`);
  const dnats = ways.flatMap((steps) => steps.filter((step) => isTranslation(step, 'dnat')));
  const filters = ways.flat().flatMap((step) => (step.kind === 'filter' ? [step] : []));
  const stopped = filters.find(({ verdict }) => verdict !== 'accept')?.verdict;
  const accepted = filters.some(({ hook, verdict, policy }) => hook === 'input' && verdict === 'accept' && !policy);
  if (dnats.length > 0) {
    const arrived = walks.every(({ forward }) => forward.verdict === 'delivered' && (forward.netns === 'backends' || forward.netns === 'pod'));
    if (!arrived || dnats.length < ways.length)
      throw new Error(`${flow.name}: ${walks.map(({ forward }) => `${forward.netns} ${forward.reason.code}`).join(', ')}`);
    return { verdict: 'dnat', endpoints: dnats.map(endpointOf), masquerade: (ways[0] ?? []).some((step) => isTranslation(step, 'masquerade')) };
  }
  const marked = ways.flat().some((step) => ((step.mark ?? 0) & 0x4000) !== 0);
  return { verdict: stopped === 'accept' ? 'none' : (stopped ?? (accepted ? 'accept' : 'none')), endpoints: [], masquerade: marked };
};
