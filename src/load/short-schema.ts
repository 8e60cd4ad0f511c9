import * as z from 'zod/mini';
import { fabricShape } from './short-fabric-schema.ts';
import { proxyShape, serviceShape } from './short-service-schema.ts';
import { flag, mtu, oneOrMore, optional, port, text, words } from './short-shapes.ts';

// Shapes only, with the texts that editors show. Addresses and ranges are read by read.ts, which names both ends of a mistake.

const containerPort = z.strictObject({
  name: optional(text('Name that a Service may use as targetPort')),
  port: port('The port that the container listens on'),
  protocol: optional(z.enum(['TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp']).check(z.describe('Default TCP'))),
  hostPort: optional(port('Port of the node that leads to this one (portmap)')),
  hostIP: optional(text('Address of the node that hostPort is bound to; default all')),
});

const dnsConfigShape = z.strictObject({
  nameservers: optional(z.array(z.string()).check(z.describe('Addresses of name servers'))),
  searches: optional(z.array(z.string()).check(z.describe('Domains that short names are tried in'))),
  options: optional(
    z
      .array(
        z.strictObject({
          name: text('e.g. ndots'),
          value: optional(z.union([z.string(), z.number()]).check(z.describe('e.g. 2'))),
        }),
      )
      .check(z.describe('Options of resolv.conf')),
  ),
});

const podShape = z.strictObject({
  name: text('Name of the pod'),
  namespace: optional(text('Default: default')),
  node: optional(text('Name of the node it runs on; not needed under a node')),
  ip: optional(oneOrMore('Address; assigned as host-local does, if left out')),
  labels: optional(words('Labels that Services and policies select')),
  annotations: optional(words('Annotations, e.g. those that plugins read')),
  ports: optional(
    z
      .array(z.union([port('The port that the container listens on'), containerPort]))
      .check(z.describe('Ports: a number, or a mapping')),
  ),
  hostNetwork: optional(flag('Uses the network of its node')),
  phase: optional(
    z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']).check(z.describe('Default Running')),
  ),
  ready: optional(flag('Whether Services send to it; default true')),
  terminating: optional(flag('It is being deleted: Services send to it only where nothing else is left')),
  hostname: optional(text('Its name under subdomain, in DNS; default: none')),
  subdomain: optional(text('The headless Service that its hostname is below, in DNS')),
  dnsPolicy: optional(
    z
      .enum(['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'])
      .check(z.describe('Where its resolver asks; default ClusterFirst')),
  ),
  dnsConfig: optional(dnsConfigShape.check(z.describe('Added to what dnsPolicy gives'))),
});

const nodeInterface = z.strictObject({
  name: text('Name of the interface, e.g. eth1'),
  ip: optional(
    z
      .union([z.string(), z.array(z.string())])
      .check(z.describe('Address with its prefix length, e.g. 10.9.0.5/24; or a list')),
  ),
  mtu: optional(mtu('MTU of the interface')),
  mac: optional(text('Ethernet address')),
});

const nodeShape = z.strictObject({
  name: text('Name of the node'),
  ip: optional(oneOrMore('InternalIP; assigned from subnets.nodes, if left out')),
  podCIDR: optional(oneOrMore('Range of the pods on this node; assigned from subnets.pods, if left out')),
  podCIDRs: optional(z.array(z.string()).check(z.describe('The same as podCIDR, as Kubernetes spells it'))),
  interface: optional(text('The interface that carries ip; default eth0')),
  mac: optional(text('Ethernet address of that interface')),
  mtu: optional(mtu('MTU of that interface; default: that of the fabric')),
  interfaces: optional(z.array(nodeInterface).check(z.describe('Further interfaces'))),
  labels: optional(words('Labels')),
  annotations: optional(words('Annotations, e.g. flannel.alpha.coreos.com/public-ip')),
  zone: optional(text('Availability zone')),
  providerID: optional(text('e.g. azure:///subscriptions/…, aws:///…, gce://…')),
  sysctls: optional(
    z
      .record(z.string(), z.int())
      .check(z.describe('Sysctls that differ from the defaults, e.g. net.ipv4.conf.all.rp_filter: 1')),
  ),
  forwardPolicy: optional(
    z.enum(['ACCEPT', 'DROP']).check(z.describe('Policy of the FORWARD chain in the filter table; Docker sets DROP')),
  ),
  ipForwarding: optional(flag('Whether the cloud lets the node send and receive for other addresses')),
  pods: optional(z.array(podShape).check(z.describe('Pods on this node'))),
});

const subnetsShape = z.strictObject({
  nodes: optional(oneOrMore('Range of the node addresses')),
  pods: optional(oneOrMore('Range of all pods: the cluster CIDR')),
  services: optional(oneOrMore('Range of the ClusterIPs')),
});

/** The short form of a cluster file. */
export const clusterShape = z
  .strictObject({
    $schema: optional(text('Address of this schema, for editors')),
    plugin: optional(
      z
        .union([z.string(), z.looseObject({ name: text('Name of the network plugin') })])
        .check(z.describe('The network plugin: its name, or a mapping of its name and its settings')),
    ),
    subnets: optional(subnetsShape.check(z.describe('The address ranges'))),
    nodes: optional(z.array(nodeShape).check(z.describe('The nodes'))),
    pods: optional(z.array(podShape).check(z.describe('The pods; they may also stand under their node'))),
    services: optional(z.array(serviceShape).check(z.describe('Services'))),
    proxy: optional(proxyShape.check(z.describe('kube-proxy: its mode, or a mapping; default iptables'))),
    policies: optional(z.array(z.looseObject({})).check(z.describe('Network policies'))),
    expect: optional(
      z.array(z.looseObject({})).check(z.describe('Assertions that k8snet check proves: {from, to, port, result}')),
    ),
    fabric: optional(fabricShape.check(z.describe('What lies between the nodes'))),
  })
  .check(z.describe('A cluster, as k8snet reads it'));

/** The keys at the top of the short form. */
export const clusterKeys: readonly string[] = Object.keys(clusterShape._zod.def.shape);
