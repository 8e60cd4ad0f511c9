import { describe, expect, test } from 'vitest';
import type { Netns } from '../../../src/linux/netns.ts';
import { printEbtables } from '../../../src/linux/print/ebtables.ts';
import { printNeigh } from '../../../src/linux/print/index.ts';
import { printTables } from '../../../src/linux/print/iptables-save.ts';
import { printRoutes } from '../../../src/linux/print/route.ts';
import { formatIp } from '../../../src/net/ip.ts';
import { azvName } from '../../../src/plugins/azure-cni/naming.ts';
import { netnsOf, planOf } from '../../support/cluster.ts';

// What is on a node and in a pod, held against dumps of AKS nodes and the worked examples.

const rulesOf = ({ tables }: Netns): string[] =>
  printTables(tables, 'ip')
    .split('\n')
    .filter((line) => line.startsWith('-A'))
    .map((line) => line.replace(/ -m comment --comment "[^"]*"/, ''));
const addressesOf = ({ addresses }: Netns, dev: string): string[] =>
  addresses.filter((one) => one.dev === dev).map(({ local, prefixlen }) => `${formatIp(local)}/${prefixlen}`);
const dhcp = (subnet: string, dev = 'eth0') =>
  ['168.63.129.16', '169.254.169.254'].map((ip) => `${ip} via ${subnet}.1 dev ${dev} proto dhcp src ${subnet}.4 metric 100`);

test.for([
  ['nginx', 'azvc440f455693'],
  ['a1', 'azv5cce677186e'],
  ['a2', 'azvf932eb697ec'],
  ['b1', 'azv947a4e9318d'],
] as const)('the veth of default/%s is %s', ([name, veth]) => expect(azvName({ namespace: 'default', name })).toBe(veth));

describe.for([
  ['node-subnet', '10.224.0', [], ['10.224.0.11', '10.224.0.12'], 16],
  ['pod-subnet', '10.240.0', ['10.241.0.0/16 via 10.240.0.1 dev eth0 proto static'], ['10.241.0.5', '10.241.0.6'], 16],
  ['pod-subnet-static', '10.240.0', ['10.40.0.0/13 via 10.240.0.1 dev eth0 proto static'], ['10.40.0.20', '10.40.0.33'], 13],
  ['overlay', '10.224.0', [], ['10.244.0.5', '10.244.0.6'], 16],
] as const)('transparent mode: %s', async ([fixture, subnet, extra, [a1, a2], len]) => {
  const plan = await planOf(`azure-cni/${fixture}`);
  const node = netnsOf(plan, 'node-1');
  const pod = netnsOf(plan, 'default/a1');

  test('routes of the node', () =>
    expect(printRoutes(node).toSorted()).toEqual(
      [
        `default via ${subnet}.1 dev eth0 proto dhcp src ${subnet}.4 metric 100`,
        `${subnet.replace(/\.0$/, '.0.0')}/16 dev eth0 proto kernel scope link src ${subnet}.4`,
        ...extra,
        `${a1} dev azv5cce677186e proto static`,
        `${a2} dev azvf932eb697ec proto static`,
        ...dhcp(subnet),
      ].toSorted(),
    ));

  test('veths: one MAC, no address, proxy ARP, no bridge', () => {
    const veths = node.links.filter(({ kind }) => kind === 'veth');
    expect(veths.map(({ ifname, address, mtu, master }) => [ifname, address, mtu, master])).toEqual([
      ['azv5cce677186e', 'aa:aa:aa:aa:aa:aa', 1500, undefined],
      ['azvf932eb697ec', 'aa:aa:aa:aa:aa:aa', 1500, undefined],
    ]);
    expect(veths.flatMap(({ ifname }) => addressesOf(node, ifname))).toEqual([]);
    expect(veths.map(({ ifname }) => node.sysctls[`net.ipv4.conf.${ifname}.proxy_arp`])).toEqual([1, 1]);
  });

  test('the pod', () => {
    expect(addressesOf(pod, 'eth0')).toEqual([`${a1}/${len}`]);
    expect(printRoutes(pod)).toEqual(['default via 169.254.1.1 dev eth0 proto static', '169.254.1.1 dev eth0 proto static scope link']);
    expect(pod.neighbours.map(printNeigh)).toEqual(['169.254.1.1 dev eth0 lladdr aa:aa:aa:aa:aa:aa REACHABLE']);
  });
});

const BLOCKED = ['-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 32526 -j DROP', '-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP'];
const agent = (spared: string) => [
  '-A POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT',
  `-A IP-MASQ-AGENT -d ${spared} -j RETURN`,
  '-A IP-MASQ-AGENT -j MASQUERADE',
];
const snat = (chain: string, subnet: string, dst: string, protocol: string, port: number, to: string) =>
  `-A ${chain} -s ${subnet} -d ${dst}/32 -p ${protocol} -m addrtype ! --dst-type LOCAL -m ${protocol} --dport ${port} -j SNAT --to-source ${to}`;
const DNS = '168.63.129.16';
const IMDS = '169.254.169.254';
const swift = (subnet: string, nc: string) => [
  '-A POSTROUTING -j SWIFT-POSTROUTING',
  '-A POSTROUTING -j SWIFT',
  // Each was inserted in front of the one before.
  snat('SWIFT', subnet, IMDS, 'tcp', 80, '10.240.0.4'),
  snat('SWIFT', subnet, DNS, 'tcp', 53, nc),
  snat('SWIFT', subnet, DNS, 'udp', 53, nc),
  snat('SWIFT-POSTROUTING', subnet, DNS, 'udp', 53, '10.240.0.4'),
  snat('SWIFT-POSTROUTING', subnet, DNS, 'tcp', 53, '10.240.0.4'),
  snat('SWIFT-POSTROUTING', subnet, IMDS, 'tcp', 80, '10.240.0.4'),
];

test.for([
  ['node-subnet', agent('10.224.0.0/12')],
  ['overlay', agent('10.244.0.0/16')],
  ['cilium', agent('10.244.0.0/16')],
  ['bridge', agent('10.0.0.0/8')],
  ['pod-subnet', swift('10.241.0.0/16', '10.241.0.4')],
  ['pod-subnet-static', swift('10.40.0.0/13', '10.240.0.4')],
] as const)('rules of the node: %s', async ([fixture, nat]) => {
  expect(rulesOf(netnsOf(await planOf(`azure-cni/${fixture}`), 'node-1'))).toEqual([...BLOCKED, ...nat]);
});

test('sysctls of the image, and none of them against what the input states', async () => {
  const node = { name: 'n', ip: '10.224.0.4', sysctls: { 'net.ipv4.conf.all.rp_filter': 2 } };
  const plan = await planOf({ plugin: 'azure-cni', subnets: { nodes: '10.224.0.0/16' }, nodes: [node] });
  const { sysctls } = netnsOf(plan, 'n');
  expect(['ip_forward', 'conf.all.rp_filter', 'conf.default.rp_filter', 'conf.all.send_redirects'].map((key) => sysctls[`net.ipv4.${key}`])).toEqual([
    1, 2, 1, 0,
  ]);
});

test('bridge mode: eth0 is a port of azure0, which has its address and routes', async () => {
  const plan = await planOf('azure-cni/bridge');
  const node = netnsOf(plan, 'node-1');
  const ports = node.links.filter(({ master }) => master === 'azure0');
  expect(ports.map(({ kind, hairpin }) => [kind, hairpin])).toEqual([
    ['physical', true],
    ['veth', true],
    ['veth', true],
  ]);
  expect([addressesOf(node, 'eth0'), addressesOf(node, 'azure0')]).toEqual([[], ['10.240.0.4/16']]);
  expect(printRoutes(node)).toEqual([
    'default via 10.240.0.1 dev azure0 proto dhcp src 10.240.0.4 metric 100',
    '10.240.0.0/16 dev azure0 proto kernel scope link src 10.240.0.4',
    ...dhcp('10.240.0', 'azure0'),
  ]);
  const [eth0, , second] = ports.map((link) => (link.kind === 'veth' ? link.peer.leaf?.mac : link.address));
  const rules = printEbtables(node.tables);
  expect(rules.filter((line) => line.includes('10.240.0.4 ') || line.includes('10.240.0.12') || !line.includes('10.240'))).toEqual([
    '*nat',
    ':PREROUTING ACCEPT',
    ':OUTPUT ACCEPT',
    ':POSTROUTING ACCEPT',
    `-A PREROUTING -p ARP --arp-op Request --arp-ip-dst 10.240.0.4 -j arpreply --arpreply-mac ${eth0}`,
    '-A PREROUTING -p ARP -i eth0 --arp-op Reply -j dnat --to-dst ff:ff:ff:ff:ff:ff --dnat-target ACCEPT',
    `-A PREROUTING -p ARP --arp-op Request --arp-ip-dst 10.240.0.12 -j arpreply --arpreply-mac ${second}`,
    `-A PREROUTING -p IPv4 -i eth0 --ip-dst 10.240.0.12 -j dnat --to-dst ${second} --dnat-target ACCEPT`,
    `-A POSTROUTING -s Unicast -o eth0 -j snat --to-src ${eth0} --snat-arp --snat-target ACCEPT`,
  ]);
  expect(node.neighbours.map(printNeigh)).toContain(`10.240.0.12 dev azure0 lladdr ${second} PERMANENT`);
  expect(printRoutes(netnsOf(plan, 'default/a1'))).toEqual([
    'default via 10.240.0.1 dev eth0',
    '10.240.0.0/16 dev eth0 proto kernel scope link src 10.240.0.11',
  ]);
});
