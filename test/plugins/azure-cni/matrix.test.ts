import { expect, test } from 'vitest';
import { walkProbe } from '../../../src/dataplane/index.ts';
import { formatIp } from '../../../src/net/ip.ts';
import { planOf, type Short } from '../../support/cluster.ts';
import { ip } from '../../support/world.ts';

// Which source the destination sees, by mode; `pod` and `node` are those of the sender.

const VNET = { vnet: '10.0.0.0/8', peerings: [{ name: 'hub', prefixes: '172.20.0.0/16' }], onPremises: '192.168.0.0/16' };
const FABRIC = { kind: 'azure', ...VNET, hosts: [{ name: 'vm', ip: '10.1.0.4' }] };

const cluster = (mode: string, pods: string, more: Readonly<Record<string, unknown>> = {}): Short => {
  const own = mode === 'node-subnet' || mode === 'bridge';
  const [a, b] = own ? ['10.240.0.1', '10.240.0.2'] : [`${pods}.0.1`, `${pods}.1.1`];
  return {
    plugin: { name: 'azure-cni', mode, ...(mode === 'pod-subnet' && { networkContainers: { n1: { primaryIP: `${pods}.0.4` } } }), ...more },
    subnets: { nodes: '10.240.0.0/16', services: '10.0.0.0/16', ...(!own && { pods: `${pods}.0.0/16` }) },
    nodes: [
      { name: 'n1', ip: '10.240.0.4', ...(mode === 'overlay' && { podCIDR: `${pods}.0.0/24` }) },
      { name: 'n2', ip: '10.240.0.5', ...(mode === 'overlay' && { podCIDR: `${pods}.1.0/24` }) },
    ],
    pods: [
      { name: 'a', node: 'n1', ip: `${a}1` },
      { name: 'a2', node: 'n1', ip: `${a}2` },
      { name: 'b', node: 'n2', ip: `${b}3` },
    ],
    fabric: FABRIC,
  };
};

const clusters = {
  'node-subnet': cluster('node-subnet', ''),
  'pod-subnet': cluster('pod-subnet', '10.241'),
  'pod-subnet before 2025-10': cluster('pod-subnet', '10.241', { swift: 'cni' }),
  overlay: cluster('overlay', '10.244'),
  'Cilium overlay': cluster('overlay', '10.244', { dataplane: 'cilium' }),
} as const;
type Name = keyof typeof clusters;

const DESTINATIONS = {
  'pod, same node': ['a2', 'icmp'],
  'pod, other node': ['b', 'icmp'],
  'own node': ['10.240.0.4', 'icmp'],
  'other node': ['10.240.0.5', 'icmp'],
  'VM, same VNet': ['10.1.0.4', 'icmp'],
  'VM, peered VNet': ['172.20.0.9', 'icmp'],
  'on premises': ['192.168.7.7', 'icmp'],
  internet: ['203.0.113.10', 'icmp'],
  'metadata, 80': ['169.254.169.254', 'tcp', 80],
  'platform DNS, tcp': ['168.63.129.16', 'tcp', 53],
  'platform DNS, udp': ['168.63.129.16', 'udp', 53],
  'platform, 80': ['168.63.129.16', 'tcp', 80],
  'platform, 32526': ['168.63.129.16', 'tcp', 32526],
} as const;

const same = (source: string): Readonly<Record<Name, string>> => ({
  'node-subnet': source,
  'pod-subnet': source,
  'pod-subnet before 2025-10': source,
  overlay: source,
  'Cilium overlay': source,
});
const by = (nodeSubnet: string, pods: string, overlay: string, before = pods): Readonly<Record<Name, string>> => ({
  'node-subnet': nodeSubnet,
  'pod-subnet': pods,
  'pod-subnet before 2025-10': before,
  overlay,
  'Cilium overlay': overlay,
});

const MATRIX: Readonly<Record<keyof typeof DESTINATIONS, Readonly<Record<Name, string>>>> = {
  'pod, same node': same('pod'),
  'pod, other node': same('pod'),
  'own node': same('pod'),
  'other node': by('pod', 'pod', 'node'),
  'VM, same VNet': by('pod', 'pod', 'node'),
  'VM, peered VNet': by('node', 'pod', 'node'),
  'on premises': by('node', 'pod', 'node'),
  internet: by('node', 'pod', 'node'),
  'metadata, 80': same('node'),
  'platform DNS, tcp': by('node', 'node', 'node', 'NC'),
  'platform DNS, udp': by('node', 'node', 'node', 'NC'),
  'platform, 80': same('FILTERED'),
  'platform, 32526': same('FILTERED'),
};

const cases = Object.entries(MATRIX).flatMap(([to, sources]) =>
  Object.entries(sources).map(([name, source]) => [name as Name, to as keyof typeof DESTINATIONS, source] as const),
);

test.for(cases)('%s: to %s the source is %s', async ([name, to, source]) => {
  const { world, cluster: planned } = await planOf(clusters[name]);
  const [dst, protocol, port] = DESTINATIONS[to];
  const pod = (wanted: string) => planned.pods.find((one) => one.name === wanted)?.ips[0];
  const probe = { netns: 'default/a', dst: pod(dst) ?? ip(dst), protocol, ...(port !== undefined && { port }), length: 84, df: true };
  const [journey] = walkProbe(world, probe, { reply: true });
  const { forward, replies } = journey!;
  const names = new Map([
    [pod('a'), 'pod'],
    [ip('10.240.0.4'), 'node'],
    [ip('10.241.0.4'), 'NC'],
  ]);
  if (forward.verdict === 'dropped') return expect(forward.reason.code).toBe(source);
  expect(names.get(forward.packet.src) ?? formatIp(forward.packet.src)).toBe(source);
  expect(replies.map((reply) => reply.verdict)).toEqual(['delivered']);
});
