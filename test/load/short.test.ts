import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { parseIp } from '../../src/net/ip.ts';
import { parsePrefix } from '../../src/net/prefix.ts';

const read = async (text: string) => {
  const { cluster, problems } = await load({ files: [], text: { name: 'a.yaml', text } });
  if (!cluster) throw new Error('no cluster');
  return { cluster, problems };
};
const ip = (text: string) => parseIp(text)!;
const range = (text: string) => parsePrefix(text)!;

test("the design's example, whole", async () => {
  const { cluster, problems } = await read(`
plugin: flannel
subnets: {nodes: 192.168.1.0/24, pods: 10.1.0.0/16, services: 10.96.0.0/12}
nodes:
  - {name: node-1, ip: 192.168.1.11, podCIDR: 10.1.15.0/24}
  - {name: node-2, ip: 192.168.1.12, podCIDR: 10.1.20.0/24}
pods:
  - {name: pod-a, node: node-1, ip: 10.1.15.2, labels: {app: web}}
  - {name: pod-b, node: node-2, ip: 10.1.20.2, labels: {app: db}, ports: [{name: pg, port: 5432}]}
services:
  - {name: db, selector: {app: db}, ports: [{port: 5432, targetPort: pg}]}
policies: []
expect:
  - {from: pod-a, to: db, port: 5432, result: reachable}
`);
  expect(problems).toEqual([]);
  expect(cluster).toMatchObject({
    plugin: { name: 'flannel', settings: {}, stated: true },
    subnets: { nodes: [range('192.168.1.0/24')], pods: [range('10.1.0.0/16')], services: [range('10.96.0.0/12')] },
    nodes: [
      { name: 'node-1', ips: [ip('192.168.1.11')], podCIDRs: [range('10.1.15.0/24')], place: { file: 'a.yaml', line: 5, column: 5 } },
      { name: 'node-2', ips: [ip('192.168.1.12')], podCIDRs: [range('10.1.20.0/24')] },
    ],
    pods: [
      {
        name: 'pod-a',
        namespace: 'default',
        node: 'node-1',
        ips: [ip('10.1.15.2')],
        labels: { app: 'web' },
        phase: 'Running',
        ready: true,
        hostNetwork: false,
      },
      { name: 'pod-b', ports: [{ name: 'pg', port: 5432, protocol: 'TCP' }] },
    ],
    services: [
      {
        name: 'db',
        namespace: 'default',
        type: 'ClusterIP',
        clusterIPs: [],
        selector: { app: 'db' },
        ports: [{ name: '', port: 5432, targetPort: 'pg', protocol: 'TCP', place: { line: 11 } }],
        place: { line: 11, column: 5 },
      },
    ],
    others: [{ kind: 'Expectation', value: { from: 'pod-a', to: 'db', port: 5432, result: 'reachable' }, place: { line: 14 } }],
    sources: ['a.yaml'],
  });
});

const base = 'plugin: flannel\nsubnets: {nodes: 192.168.1.0/24, pods: 10.1.0.0/16}\n';
const node = (keys: string) => `${base}nodes: [{name: node-1, ip: 192.168.1.11, ${keys}}]\n`;
const pod = (keys: string) => `${base}nodes: [{name: node-1, ip: 192.168.1.11}]\npods: [{name: pod-a, node: node-1, ${keys}}]\n`;
const first = (cluster: Cluster) => ({ ...cluster, node: cluster.nodes[0], pod: cluster.pods[0] });

test.for<[keys: string, text: string, want: object]>([
  [
    'plugin settings',
    'plugin: {name: flannel, backend: {type: vxlan}}\nnodes: [{name: n, ip: 10.0.0.1}]',
    { plugin: { name: 'flannel', settings: { backend: { type: 'vxlan' } } } },
  ],
  ['mtu, mac, interface', node('mtu: 9000, mac: "02:42:C0:A8:01:0B", interface: ens3'), { node: { mtu: 9000, mac: '02:42:c0:a8:01:0b', interface: 'ens3' } }],
  [
    'interfaces',
    node('interfaces: [{name: eth1, ip: [10.9.0.5/24, "fd00::5/64"], mtu: 1400}]'),
    {
      node: {
        interfaces: [
          {
            name: 'eth1',
            ips: [
              { ip: ip('10.9.0.5'), len: 24 },
              { ip: ip('fd00::5'), len: 64 },
            ],
            mtu: 1400,
          },
        ],
      },
    },
  ],
  [
    'labels of any type become text',
    node('labels: {a: 1, b: true, c: x, d: null}, annotations: {e: 1.5}'),
    {
      node: { labels: { a: '1', b: 'true', c: 'x', d: '' }, annotations: { e: '1.5' } },
    },
  ],
  [
    'zone, providerID, sysctls',
    node('zone: z1, providerID: "azure:///x", sysctls: {net.ipv4.ip_forward: 0}'),
    {
      node: { zone: 'z1', providerID: 'azure:///x', sysctls: { 'net.ipv4.ip_forward': 0 } },
    },
  ],
  ['forwardPolicy, ipForwarding', node('forwardPolicy: DROP, ipForwarding: false'), { node: { forwardPolicy: 'DROP', ipForwarding: false } }],
  [
    'two families',
    `plugin: flannel\nnodes: [{name: n, ip: [10.0.0.1, "fd00::1"], podCIDR: [10.1.0.0/24, "fd01::/64"]}]`,
    {
      node: { ips: [ip('10.0.0.1'), ip('fd00::1')], podCIDRs: [range('10.1.0.0/24'), range('fd01::/64')] },
    },
  ],
  ['podCIDRs, as Kubernetes spells it', node('podCIDRs: [10.1.3.0/24]'), { node: { podCIDRs: [range('10.1.3.0/24')] } }],
  ['pods under their node', node('pods: [{name: x, namespace: shop}]'), { pod: { name: 'x', namespace: 'shop', node: 'node-1' } }],
  [
    'ports',
    pod('ports: [80, {port: 53, protocol: udp, hostPort: 5353, hostIP: 192.168.1.11}]'),
    {
      pod: {
        ports: [
          { port: 80, protocol: 'TCP' },
          { port: 53, protocol: 'UDP', hostPort: 5353, hostIP: ip('192.168.1.11') },
        ],
      },
    },
  ],
  ['hostNetwork', pod('hostNetwork: true'), { pod: { hostNetwork: true, ips: [] } }],
  ['a finished pod has no address', pod('phase: Succeeded, ip: 10.1.0.7'), { pod: { phase: 'Succeeded', ready: false, ips: [] } }],
  [
    'what Services and DNS ask of a pod',
    pod('terminating: true, hostname: web-0, subdomain: web, dnsPolicy: Default, dnsConfig: {nameservers: [10.0.0.53], options: [{name: ndots, value: 2}]}'),
    {
      pod: {
        terminating: true,
        hostname: 'web-0',
        subdomain: 'web',
        dnsPolicy: 'Default',
        dnsConfig: { nameservers: ['10.0.0.53'], searches: [], options: [{ name: 'ndots', value: '2' }] },
      },
    },
  ],
  ['ready: false', pod('ready: false'), { pod: { phase: 'Running', ready: false } }],
  [
    'fabric',
    `${base}nodes: [{name: n, ip: 192.168.1.1}]\nfabric: {kind: azure, mtu: 1400, gateway: 192.168.1.1, routeLimit: 400, ttlDecrement: true, routes: [{dst: 10.1.0.0/24, via: 192.168.1.1}, {dst: 0.0.0.0/0, via: internet}], filters: [{protocol: TCP, port: 80, src: 10.0.0.0/8, action: deny}]}`,
    {
      fabric: {
        kind: 'azure',
        mtu: 1400,
        gateway: [ip('192.168.1.1')],
        routeLimit: 400,
        ttlDecrement: true,
        routes: [
          { dst: range('10.1.0.0/24'), via: ip('192.168.1.1'), place: { line: 4 } },
          { dst: range('0.0.0.0/0'), via: 'internet' },
        ],
        filters: [{ protocol: 'tcp', port: 80, src: range('10.0.0.0/8'), action: 'deny' }],
      },
    },
  ],
  [
    'fabric of a cloud',
    `${base}nodes: [{name: n, ip: 192.168.1.1}]
fabric:
  vnet: [10.0.0.0/8]
  peerings: [{name: hub, prefixes: 172.20.0.0/16}]
  onPremises: 192.168.0.0/16
  outbound: {type: natGateway, ip: 20.50.2.8}
  hosts: [{name: fw, ip: 10.9.0.4, ipForwarding: true, masquerade: true}]
  subnets:
    - name: aks
      prefix: 10.0.0.0/16
      routes: [{dst: 192.168.0.0/16, via: gateway}]
      nsg:
        - {name: no, direction: inbound, priority: 100, action: deny, protocol: Tcp, src: VirtualNetwork, dst: 10.0.0.0/16, port: 22}
        - {direction: outbound, priority: 200, action: allow, dst: Any}
`,
    {
      fabric: {
        vnet: [range('10.0.0.0/8')],
        peerings: [{ name: 'hub', prefixes: [range('172.20.0.0/16')] }],
        onPremises: [range('192.168.0.0/16')],
        outbound: { type: 'natGateway', ips: [ip('20.50.2.8')] },
        hosts: [{ name: 'fw', ips: [ip('10.9.0.4')], ipForwarding: true, masquerade: true }],
        subnets: [
          {
            name: 'aks',
            prefixes: [range('10.0.0.0/16')],
            routes: [{ dst: range('192.168.0.0/16'), via: 'gateway' }],
            nsg: [
              {
                name: 'no',
                direction: 'inbound',
                priority: 100,
                action: 'deny',
                protocol: 'Tcp',
                src: 'VirtualNetwork',
                dst: range('10.0.0.0/16'),
                port: 22,
                place: { line: 15 },
              },
              { name: 'nsg[1]', direction: 'outbound', priority: 200, action: 'allow' },
            ],
          },
        ],
      },
    },
  ],
])('%s', async ([, text, want]) => {
  const { cluster, problems } = await read(text);
  expect(problems).toEqual([]);
  expect(first(cluster)).toMatchObject(want);
});

test('settings keep the places of their keys', async () => {
  const { cluster } = await read('plugin:\n  name: flannel\n  backend:\n    type: vxlan\nnodes: [{name: n, ip: 10.0.0.1}]\n');
  expect(cluster.plugin.at?.(['backend', 'type'])).toMatchObject({ line: 4, column: 11 });
  expect(cluster.plugin.at?.(['backend', 'type'], 'key')).toMatchObject({ line: 4, column: 5 });
  expect(cluster.plugin.place).toMatchObject({ line: 2, column: 9 });
});

test('several documents add up, and Kubernetes objects may stand among them', async () => {
  const { cluster, problems } = await read(`plugin: flannel
nodes: [{name: a, ip: 10.0.0.1, podCIDR: 10.1.0.0/24}]
---
pods: [{name: x, node: a}]
---
{apiVersion: v1, kind: Pod, metadata: {name: "y", namespace: shop}, spec: {nodeName: a}, status: {phase: Running, podIP: 10.1.0.9}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}}
`);
  expect(problems).toEqual([]);
  expect(cluster.pods.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(['shop/y', 'default/x']);
  expect(cluster.services).toMatchObject([{ name: 's', clusterIPs: [ip('10.96.0.1')], place: { line: 8 } }]);
});

test('the short form adds to objects of the same name, and wins', async () => {
  const { cluster } = await read(`plugin: flannel
nodes: [{name: a, mtu: 1400, labels: {x: short}}]
---
{apiVersion: v1, kind: Node, metadata: {name: a, labels: {x: object, y: object}}, spec: {podCIDR: 10.1.0.0/24}, status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}}
`);
  expect(cluster.nodes).toMatchObject([{ name: 'a', ips: [ip('10.0.0.1')], mtu: 1400, podCIDRs: [range('10.1.0.0/24')], labels: { x: 'short', y: 'object' } }]);
});

test('an inferred range is not held against addresses that the plugin gives from elsewhere', async () => {
  const { cluster, problems } = await read(`
plugin: calico
nodes:
  - {name: node-1, ip: 10.0.0.5, podCIDR: 10.1.15.0/24}
  - {name: node-2, ip: 10.0.0.6}
pods:
  - {name: a, node: node-1, ip: 192.168.5.5}
  - {name: b, node: node-2, ip: 192.168.5.6}
`);
  expect(problems).toEqual([]);
  expect(cluster.subnets.pods).toEqual([range('10.1.0.0/16')]);
});
