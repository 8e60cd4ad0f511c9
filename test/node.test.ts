import { expect, test } from 'vitest';
import { createNetns } from '../src/linux/build.ts';
import type { Table } from '../src/linux/netfilter.ts';
import { nodeSchema } from '../src/linux/schema.ts';
import { describeNode } from '../src/node.ts';
import { busyNode, ip, net, udpNode } from './linux/state.ts';

const node = udpNode();
const origin = { plugin: 'flannel', name: 'node-2' };
node.daemons.push({
  name: 'flanneld',
  tun: 'flannel0',
  local: ip('192.168.1.11'),
  port: 8285,
  bufferSize: 1472,
  lookup: 'etcd lookup',
  df: true,
  missing: 'no lease',
  routes: [{ dst: net('10.1.20.0/24'), via: ip('192.168.1.12'), port: 8285, line: '/coreos.com/network/subnets/10.1.20.0-24', origin }],
});

test('only sections with content are there, each under its command', () => {
  expect(describeNode(node).sections.map(({ command }) => command)).toEqual([
    'ip addr',
    'ip route',
    'ip route show table local',
    'ip neigh',
    'bridge fdb',
    'etcd lookup',
    'iptables-save',
    'sysctl -a',
  ]);
  expect(describeNode(busyNode()).sections.map(({ command }) => command)).toEqual([
    'ip addr',
    'ip -d link show dev flannel.1',
    'ip rule',
    'ip -6 rule',
    'ip route',
    'ip route show table 100',
    'ip route show table local',
    'ip -6 route',
    'ip -6 route show table local',
    'ip neigh',
    'ip neigh show proxy',
    'bridge fdb',
    'ip xfrm policy',
  ]);
});

test('ip route', () =>
  expect(describeNode(node).sections.find(({ command }) => command === 'ip route')?.lines).toEqual([
    'default via 192.168.1.1 dev eth0',
    '10.1.0.0/16 dev flannel0',
    '10.1.15.0/24 dev docker0 proto kernel scope link src 10.1.15.1',
    '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.11',
  ]));

test('the daemon shows its table, and who filled it', () => {
  const { daemons, sections } = describeNode(node);
  expect(daemons[0]?.routes).toEqual([{ dst: '10.1.20.0/24', via: '192.168.1.12', port: 8285, line: '/coreos.com/network/subnets/10.1.20.0-24', origin }]);
  expect(sections.find(({ command }) => command === 'etcd lookup')).toEqual({
    title: 'flanneld on flannel0, udp 192.168.1.11:8285',
    command: 'etcd lookup',
    lines: ['/coreos.com/network/subnets/10.1.20.0-24'],
  });
});

test('the document is plain JSON', () => {
  const doc = describeNode(busyNode());
  expect(JSON.parse(JSON.stringify(doc))).toEqual(doc);
});

test("nft's sets and maps, as data that the schema knows and as text", () => {
  const origin = { plugin: 'kube-proxy', kind: 'Service', namespace: 'default', name: 'web' };
  const nft: Table = {
    tool: 'nft',
    family: 'ip',
    name: 'kube-proxy',
    chains: [{ name: 'reject-chain', rules: [], comment: 'helper' }],
    sets: [
      { name: 'cluster-ips', fields: ['daddr'], elements: ['10.96.0.1'], comment: 'Active ClusterIPs' },
      { name: 'affinity-A', fields: ['saddr'], elements: [], flags: ['dynamic', 'timeout'], timeout: 10800 },
    ],
    maps: [
      {
        name: 'service-ips',
        fields: ['daddr', 'l4proto', 'dport'],
        elements: [{ key: '10.96.0.1 . tcp . 443', action: { target: 'goto', chain: 'reject-chain' }, origin, comment: 'default/web' }],
      },
    ],
  };
  const doc = describeNode({ ...createNetns('node-1', 'node'), tables: [nft] });
  expect(nodeSchema.parse(doc)).toEqual(doc);
  const inTable = { family: 'ip', table: 'kube-proxy' };
  expect(doc.nftsets).toEqual([
    { ...inTable, name: 'cluster-ips', type: ['ipv4_addr'], comment: 'Active ClusterIPs', elem: ['10.96.0.1'] },
    { ...inTable, name: 'affinity-A', type: ['ipv4_addr'], flags: ['dynamic', 'timeout'], timeout: 10800, elem: [] },
  ]);
  const elem = [{ key: '10.96.0.1 . tcp . 443', verdict: 'goto reject-chain', comment: 'default/web', origin }];
  expect(doc.nftmaps).toEqual([{ ...inTable, name: 'service-ips', type: ['ipv4_addr', 'inet_proto', 'inet_service'], map: 'verdict', elem }]);
  expect(doc.netfilter.map(({ chain, comment }) => [chain, comment])).toEqual([['reject-chain', 'helper']]);
  expect(doc.sections.find(({ command }) => command === 'nft list ruleset')?.lines).toContain(
    '\t\telements = { 10.96.0.1 . tcp . 443 comment "default/web" : goto reject-chain }',
  );
});
