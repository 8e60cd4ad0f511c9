import * as z from 'zod/mini';
import { flag, mtu, oneOrMore, optional, port, text, whole } from './short-shapes.ts';

// `fabric:` of the short form: shapes, with the texts that editors show.

const several = (description: string) =>
  z.union([z.string(), z.array(z.string())]).check(z.describe(`${description}; or a list`));

const route = z.strictObject({
  dst: text('Range of destinations'),
  via: text('Address of the next hop, or: none, internet, vnet, gateway'),
});
const routes = (description: string) => optional(z.array(route).check(z.describe(description)));

const filter = z.strictObject({
  protocol: optional(text('tcp, udp, icmp, ipip, esp, …; default any')),
  port: optional(port('Destination port')),
  src: optional(text('Range of sources')),
  dst: optional(text('Range of destinations')),
  action: z.enum(['allow', 'deny']).check(z.describe('The first filter that matches decides')),
});

const securityRule = z.strictObject({
  name: optional(text('Name of the rule')),
  direction: z.enum(['inbound', 'outbound']).check(z.describe('As seen from the subnet')),
  priority: whole('The lowest number decides', 100, 4096),
  action: z.enum(['allow', 'deny']).check(z.describe('What becomes of the packet')),
  protocol: optional(text('tcp, udp or icmp; default any')),
  src: optional(text('A range, or a service tag: VirtualNetwork, AzureLoadBalancer, Internet; default any')),
  dst: optional(text('A range, or a service tag; default any')),
  port: optional(port('Destination port; default any')),
});

const subnet = z.strictObject({
  name: text('Name of the subnet'),
  prefix: several('Its range'),
  routes: routes('Its own route table; default: fabric.routes, for subnets of the cluster'),
  nsg: optional(
    z
      .array(securityRule)
      .check(z.describe('Its network security group: rules in front of the default ones; an empty list: those alone')),
  ),
});

const peering = z.strictObject({
  name: text('Name of the other virtual network'),
  prefixes: several('Its range'),
});

const host = z.strictObject({
  name: text('Name of the machine'),
  ip: oneOrMore('Its address'),
  ipForwarding: optional(flag('Whether it may send and receive for other addresses, as an appliance does')),
  masquerade: optional(
    flag('Whether it hides others behind its own address on their way to public ones, as a firewall does'),
  ),
});

const outbound = z.union([
  z.enum(['loadBalancer', 'natGateway', 'userDefinedRouting', 'none']),
  z.strictObject({
    type: z
      .enum(['loadBalancer', 'natGateway', 'userDefinedRouting', 'none'])
      .check(z.describe("AKS's --outbound-type")),
    ip: optional(oneOrMore('The address that the internet sees')),
  }),
]);

export const fabricShape = z.strictObject({
  kind: optional(
    z.enum(['l2', 'routed', 'azure', 'aws', 'gcp', 'nsx']).check(z.describe('Default: by plugin and providerIDs')),
  ),
  mtu: optional(mtu('Largest packet that the fabric carries; default 1500')),
  gateway: optional(oneOrMore('Address of the router of the node subnet')),
  routes: routes('Routes of the router, or the cloud route table'),
  routeLimit: optional(whole('How many routes the table can hold', 0, 1_000_000)),
  filters: optional(z.array(filter).check(z.describe('Security group, network security group, firewall rules'))),
  ttlDecrement: optional(flag('Whether the fabric counts as a hop')),
  vnet: optional(several("Range of the cloud's virtual network; default: that of the nodes")),
  subnets: optional(z.array(subnet).check(z.describe('Subnets of the virtual network with tables of their own'))),
  peerings: optional(z.array(peering).check(z.describe('Virtual networks that this one is joined with'))),
  onPremises: optional(several("Range behind the virtual network's gateway")),
  outbound: optional(outbound.check(z.describe('How nodes reach the internet; default: by plugin'))),
  hosts: optional(z.array(host).check(z.describe('Machines that are no nodes, e.g. virtual machines'))),
});
