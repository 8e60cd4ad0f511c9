import { expect, test } from 'vitest';
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
