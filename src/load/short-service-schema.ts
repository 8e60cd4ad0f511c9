import * as z from 'zod/mini';
import { flag, oneOrMore, optional, port, text, whole, words } from './short-shapes.ts';

const protocol = z.enum(['TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp']).check(z.describe('Default TCP'));
const policy = (description: string) => z.enum(['Cluster', 'Local']).check(z.describe(description));
const listOfText = (description: string) =>
  z.union([z.string(), z.array(z.string())]).check(z.describe(`${description}; one or a list`));

const servicePort = z.strictObject({
  name: optional(text('Name of the port; needed where there are several')),
  port: port('The port of the Service'),
  targetPort: optional(
    z
      .union([port('The port of the pods'), text('Name of a container port')])
      .check(z.describe('Port of the pods, or the name of a container port; default: the same as port')),
  ),
  protocol: optional(protocol),
  nodePort: optional(port('Port of every node, 30000 to 32767; assigned for NodePort and LoadBalancer, if left out')),
});

const ingress = z.strictObject({
  ip: optional(text('Address of the load balancer')),
  hostname: optional(text('Name of the load balancer; kube-proxy does nothing for it')),
  ipMode: optional(
    z.enum(['VIP', 'Proxy']).check(z.describe('Proxy: nodes do not serve the address themselves; default VIP')),
  ),
});

const endpoint = z.strictObject({
  ip: text('Address that the Service leads to'),
  port: optional(port('Port of that address; default: targetPort')),
  node: optional(text('Node that it is on; traffic policies Local look at it')),
  zone: optional(text('Zone that it is in')),
  hostname: optional(text('Its name below the Service, in DNS')),
  ready: optional(flag('Default true')),
  terminating: optional(flag('Default false')),
});

const affinity = z
  .union([
    z.enum(['ClientIP', 'None']),
    z.strictObject({
      clientIP: z
        .strictObject({ timeoutSeconds: optional(whole('Default 10800, three hours', 1, 86_400)) })
        .check(z.describe('By the address of the client')),
    }),
  ])
  .check(z.describe('ClientIP: a client always gets the same pod; default None'));

/** A Service of the short form. Keys are those of its Kubernetes spec, without the nesting. */
export const serviceShape = z.strictObject({
  name: text('Name of the Service'),
  namespace: optional(text('Default: default')),
  type: optional(
    z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).check(z.describe('Default ClusterIP')),
  ),
  clusterIP: optional(
    oneOrMore('Its address, or None for a headless one; assigned from subnets.services, if left out'),
  ),
  ports: optional(
    z.array(z.union([port('The port of the Service'), servicePort])).check(z.describe('Ports: a number, or a mapping')),
  ),
  selector: optional(words('Labels of the pods that it leads to')),
  externalIPs: optional(listOfText('Further addresses that every node serves')),
  ingress: optional(
    z
      .union([z.string(), z.array(z.union([z.string(), ingress]))])
      .check(z.describe('What the load balancer has (status.loadBalancer.ingress): addresses, or mappings')),
  ),
  loadBalancerIP: optional(text('The address that is asked for; taken for ingress, where that is left out')),
  loadBalancerSourceRanges: optional(listOfText('Ranges of clients that the load balancer serves; default all')),
  sourceRanges: optional(listOfText('The same as loadBalancerSourceRanges')),
  allocateLoadBalancerNodePorts: optional(flag('Whether a LoadBalancer gets nodePorts; default true')),
  externalName: optional(text('The name that DNS answers with, for type ExternalName')),
  externalTrafficPolicy: optional(policy('Local: only pods on the node that a packet came to, and no masquerade')),
  internalTrafficPolicy: optional(policy('Local: only pods on the node of the client')),
  healthCheckNodePort: optional(port('Port of the health check, for LoadBalancer with externalTrafficPolicy Local')),
  sessionAffinity: optional(affinity),
  publishNotReadyAddresses: optional(flag('Whether pods that are not ready count; default false')),
  trafficDistribution: optional(text('PreferSameZone, PreferSameNode or PreferClose')),
  ipFamilyPolicy: optional(
    z.enum(['SingleStack', 'PreferDualStack', 'RequireDualStack']).check(z.describe('Default SingleStack')),
  ),
  ipFamilies: optional(z.array(z.enum(['IPv4', 'IPv6'])).check(z.describe('Families of its addresses, in order'))),
  labels: optional(words('Labels')),
  annotations: optional(words('Annotations, e.g. service.kubernetes.io/topology-mode')),
  endpoints: optional(
    z
      .array(z.union([z.string(), endpoint]))
      .check(z.describe('Where a Service without selector leads: ip:port, or mappings')),
  ),
});

const MODES = ['iptables', 'nftables', 'ipvs', 'none'] as const;

/** kube-proxy, as `proxy:` states it. Keys are those of KubeProxyConfiguration, without the nesting. */
export const proxyShape = z.union([
  z.enum(MODES),
  z.strictObject({
    mode: optional(z.enum(MODES).check(z.describe('Default iptables; none: no kube-proxy runs'))),
    clusterCIDR: optional(oneOrMore('Range of the pods, by which it tells them from others')),
    detectLocalMode: optional(
      z
        .enum(['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix', 'none'])
        .check(z.describe('How packets of pods are told from others; default ClusterCIDR')),
    ),
    bridgeInterface: optional(text('The bridge of detectLocalMode BridgeInterface, e.g. cni0')),
    interfaceNamePrefix: optional(text('The prefix of detectLocalMode InterfaceNamePrefix, e.g. cali')),
    masqueradeAll: optional(flag('Masquerade all that goes to ClusterIPs; default false')),
    masqueradeBit: optional(whole('Bit of the packet mark that asks for masquerade; default 14', 0, 31)),
    localhostNodePorts: optional(flag('Whether NodePorts answer on 127.0.0.1 (iptables, IPv4); default true')),
    nodePortAddresses: optional(listOfText('Ranges of node addresses that serve NodePorts, or primary; default all')),
    scheduler: optional(text('Scheduler of ipvs; default rr')),
    strictARP: optional(flag('Sysctls arp_ignore and arp_announce of ipvs; default false')),
  }),
]);
