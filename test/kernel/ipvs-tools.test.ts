import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runScript } from '../../src/lab/isolate.ts';
import { setupCommands } from '../../src/linux/commands.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { printAddresses } from '../../src/linux/print/address.ts';
import { printIpSets } from '../../src/linux/print/ipset.ts';
import { printTables } from '../../src/linux/print/iptables-save.ts';
import { listIpvs, printIpvs } from '../../src/linux/print/ipvs.ts';
import { printRoutes } from '../../src/linux/print/route.ts';
import { RT_TABLE } from '../../src/linux/route.ts';
import { describeWith, needs } from '../support/needs.ts';
import { ip, net } from './hand.ts';
import { flannelCluster } from './worlds/flannel.ts';
import { type Line, withIpvs } from './worlds/ipvs.ts';

const balancer = { type: 'LoadBalancer', ingress: [{ ip: ip('192.0.2.80') }] } as const;
const services: readonly Line[] = [
  [
    'b',
    '10.96.0.10:80',
    ['node-1@10.244.0.3:8080', 'node-2@10.244.1.3:8080'],
    { ...balancer, nodePort: 30080, affinitySeconds: 10800, externalIPs: [ip('192.0.2.81')], loadBalancerSourceRanges: [net('192.0.2.0/24')] },
  ],
  ['a', '10.96.0.9:53', ['node-1@10.244.0.3:53'], { protocol: 'UDP' }],
  ['l', '10.96.0.8:80', [], { ...balancer, ingress: [{ ip: ip('192.0.2.82') }], nodePort: 30081, externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 }],
  ['s', 'fd00:96::10:80', ['node-1@fd00:244::3:8080'], { type: 'NodePort', nodePort: 30080 }],
];

const SHOWS = [
  'ipvsadm -Sn',
  'ipvsadm -Ln',
  'ipset save',
  'iptables-legacy-save',
  'ip6tables-legacy-save',
  'ip addr show dev kube-ipvs0',
  'ip route show table local dev kube-ipvs0',
  'ip -6 route show table local dev kube-ipvs0',
  'ip -6 route show',
  'sysctl net.ipv4.vs.conntrack net.ipv4.vs.expire_nodest_conn',
] as const;

// Only what kube-proxy brings: the links of a whole cluster are not there.
const script = (node: Netns, results: string): string => {
  const setup = setupCommands(node);
  const ours = (command: string) => command.includes('kube-ipvs0');
  const feed = (command: string, text: string) => `${command} <<'END'\n${text}END`;
  return [
    'set -e',
    ...setup.links.filter(ours),
    ...setup.addresses.filter(ours),
    ...setup.sysctls.filter((command) => command.includes('.vs.')),
    feed('ipset restore', setup.ipsets),
    feed('iptables-legacy-restore', setup.iptables),
    feed('ip6tables-legacy-restore', setup.ip6tables),
    feed('ipvsadm -R', setup.ipvs),
    ...SHOWS.map((show, i) => `${show} >${results}/show-${i}`),
  ].join('\n');
};

const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd()).filter((line) => line !== ''); // biome-ignore format: short
// The tool lists tables and chains in its own order; in a chain the order counts.
const rulesOf = (save: readonly string[]): string[] => {
  let table = '';
  const rules = save.flatMap((line) => {
    if (line.startsWith('*')) table = line;
    return line.startsWith('-A') ? [`${table} ${line}`] : [];
  });
  const place = (rule: string) => rule.split(' ').slice(0, 3).join(' ');
  return rules.toSorted((x, y) => place(x).localeCompare(place(y)));
};
const blocksOf = (list: readonly string[], start: RegExp): string[] =>
  list
    .join('\n')
    .split(start)
    .map((block) => block.trim())
    .toSorted();

describeWith([needs.root(), needs.commands('linux.uml', 'modprobe', 'ipvsadm', 'ipset')], "kube-proxy's state in the words of the tools", () => {
  let node: Netns;
  const shown = new Map<string, readonly string[]>();
  const show = (command: (typeof SHOWS)[number]) => shown.get(command) ?? [];

  beforeAll(async () => {
    node = withIpvs(flannelCluster({ backend: 'host-gw', network6: 'fd00:244::/48' }), services).world.netns('node-1')!;
    const results = mkdtempSync(join(tmpdir(), 'k8snet-ipvs-'));
    try {
      writeFileSync(join(results, 'script'), script(node, results));
      await runScript('uml', join(results, 'script'), results, 60_000);
      for (const [i, command] of SHOWS.entries()) shown.set(command, lines(readFileSync(join(results, `show-${i}`), 'utf8')));
    } finally {
      rmSync(results, { recursive: true, force: true });
    }
  });

  test('ipvsadm -Sn', () => {
    expect(show('ipvsadm -Sn').toSorted()).toEqual(printIpvs(node.ipvs?.servers ?? []).toSorted());
  });

  test('ipvsadm -Ln', () => {
    const ours = listIpvs(node.ipvs?.servers ?? []).map((line) => line.trimEnd());
    expect(blocksOf(show('ipvsadm -Ln'), /\n(?=TCP|UDP|SCTP)/)).toEqual(blocksOf(ours, /\n(?=TCP|UDP|SCTP)/));
  });

  test('ipset save', () => {
    expect(show('ipset save').map((line) => line.replace(/ bucketsize \d+ initval \w+/, '')).toSorted()).toEqual(printIpSets(node.ipsets).toSorted()); // biome-ignore format: short
  });

  test('iptables-save', () => {
    expect(rulesOf(show('iptables-legacy-save'))).toEqual(rulesOf(lines(printTables(node.tables, 'ip'))));
    expect(rulesOf(show('ip6tables-legacy-save'))).toEqual(rulesOf(lines(printTables(node.tables, 'ip6'))));
  });

  test('kube-ipvs0 is down, and its addresses are local', () => {
    const addresses = printAddresses(node, 'kube-ipvs0').map((line) => line.replace(/^\d+: /, '').trimEnd());
    expect(show('ip addr show dev kube-ipvs0').map((line) => line.replace(/^\d+: /, '').replace(' nodad', ''))).toEqual(addresses);
    const local = (family: 4 | 6) =>
      printRoutes(node, RT_TABLE.local, family).flatMap((line) => (line.includes(' dev kube-ipvs0') ? [line.replace(' dev kube-ipvs0', '')] : []));
    expect(show('ip route show table local dev kube-ipvs0')).toEqual(local(4));
    expect(show('ip -6 route show table local dev kube-ipvs0')).toEqual(local(6));
    expect(show('ip -6 route show').filter((line) => line.includes('kube-ipvs0'))).toEqual([]);
  });

  test('sysctls', () => {
    expect(show('sysctl net.ipv4.vs.conntrack net.ipv4.vs.expire_nodest_conn')).toEqual(['net.ipv4.vs.conntrack = 1', 'net.ipv4.vs.expire_nodest_conn = 1']);
  });
});
