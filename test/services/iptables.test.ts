import { describe, expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { splitWords } from '../../src/linux/parse/words.ts';
import { printTable } from '../../src/linux/print/iptables-save.ts';
import type { Service } from '../../src/model/service.ts';
import { addIptables } from '../../src/services/iptables/index.ts';
import { addKubelet } from '../../src/services/kube-chains.ts';
import { groupBy } from '../../src/services/memo.ts';
import { createServiceTable } from '../../src/services/table.ts';
import type { ProxyConfig, ProxySite } from '../../src/services/types.ts';
import { describeWith, needs } from '../support/needs.ts';
import { canonical } from './argv.ts';
import { type Suite, siteOf } from './flows.ts';
import { cluster, flowCases, ip, portSpec, prefix, service, slice } from './support.ts';

const lines = ({ tables }: Netns, name: string, family: 'ip' | 'ip6' = 'ip'): string[] => {
  const table = tables.find((one) => one.name === name && one.family === family);
  return table ? printTable(table).filter((line) => line.startsWith('-A')) : [];
};

type Golden = Suite & { expect: { chains: Record<string, Record<string, string[][]>> } };

describeWith([needs.shared()], "the ruleset that kube-proxy's own test expects", () => {
  const golden = () => flowCases<Golden[]>('goldenRulesets').find(({ proxy }) => proxy.mode === 'iptables')!;
  // Rules that are there only to count: kube-proxy writes them where the kernel could make the counter.
  const counts = (argv: readonly string[]) => argv.includes('localhost_nps_accepted_pkts');
  const builtin = ['INPUT', 'FORWARD', 'OUTPUT', 'PREROUTING', 'POSTROUTING'];

  test.for([
    ['filter', 10],
    ['nat', 52],
  ] as const)('every chain and rule of %s, in order', ([name, count]) => {
    const expected = Object.entries(golden().expect.chains[name] ?? {}).map(
      ([chain, rules]) => [chain, rules.filter((argv) => !counts(argv)).map(canonical)] as const,
    );
    const words = lines(addIptables(siteOf(golden()), createNetns('test-node', 'node')), name).map(splitWords);
    const byChain = groupBy(words, ([, chain = '']) => (builtin.includes(chain) ? [] : [chain]));
    const built = [...byChain].map(([chain, rules]) => [chain, rules.map(([, , ...argv]) => canonical(argv))]);
    expect(Object.fromEntries(built)).toEqual(Object.fromEntries(expected));
    expect(expected.flatMap(([, rules]) => rules)).toHaveLength(count);
  });
});

const CONFIG: ProxyConfig = {
  mode: 'iptables',
  detectLocal: { mode: 'ClusterCIDR' },
  clusterCIDRs: [prefix('10.244.0.0/16')],
  masqueradeAll: false,
  masqueradeMark: 0x4000,
  localhostNodePorts: true,
  nodePortAddresses: [],
  scheduler: '',
  strictARP: false,
  serviceCIDRs: [],
};
const NODE: ProxySite['node'] = { name: 'node-1', ips: [ip('192.168.1.11'), ip('10.244.1.1')], primary: ip('192.168.1.11'), podCIDRs: [], beLiberal: false };
const NODE6: ProxySite['node'] = { ...NODE, ips: [ip('2001:db8::11')], primary: ip('2001:db8::11') };

const endpoints = (...ips: string[]) =>
  slice({ endpoints: ips.map((one) => ({ addresses: [ip(one)], ready: true, serving: true, terminating: false, nodeName: 'node-1' })) });
type Given = { config?: Partial<ProxyConfig>; node?: Partial<ProxySite['node']>; services?: Service[]; ends?: string[]; netns?: Netns };
const built = ({ config, node, services = [], ends = [], netns = createNetns('node-1', 'node') }: Given, family: 4 | 6 = 4) => {
  const addressType = family === 4 ? 'IPv4' : 'IPv6';
  const table = createServiceTable(cluster({ services, slices: ends.length > 0 ? [{ ...endpoints(...ends), addressType }] : [] }));
  return addIptables({ table, config: { ...CONFIG, ...config }, family, node: { ...(family === 4 ? NODE : NODE6), ...node } }, netns);
};
const jumps = (netns: Netns, table: string, chain: string, family: 'ip' | 'ip6' = 'ip') =>
  lines(netns, table, family).flatMap((line) => (line.startsWith(`-A ${chain} `) ? [line.split(' -j ')[1] ?? ''] : []));

describe('jumps from built-in chains', () => {
  const kubelet = () => addKubelet(createNetns('node-1', 'node'), 4);
  test.for<[who: string, netns: () => Netns, table: string, chain: string, to: string[]]>([
    ['alone', () => createNetns('n', 'node'), 'filter', 'INPUT', ['KUBE-FIREWALL', 'KUBE-PROXY-FIREWALL', 'KUBE-NODEPORTS', 'KUBE-EXTERNAL-SERVICES']],
    ['alone', () => createNetns('n', 'node'), 'filter', 'FORWARD', ['KUBE-PROXY-FIREWALL', 'KUBE-FORWARD', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES']],
    ['alone', () => createNetns('n', 'node'), 'filter', 'OUTPUT', ['KUBE-FIREWALL', 'KUBE-PROXY-FIREWALL', 'KUBE-SERVICES']],
    ['alone', () => createNetns('n', 'node'), 'nat', 'PREROUTING', ['KUBE-SERVICES']],
    ['alone', () => createNetns('n', 'node'), 'nat', 'OUTPUT', ['KUBE-SERVICES']],
    ['alone', () => createNetns('n', 'node'), 'nat', 'POSTROUTING', ['KUBE-POSTROUTING']],
    ['after kubelet', kubelet, 'filter', 'INPUT', ['KUBE-PROXY-FIREWALL', 'KUBE-NODEPORTS', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FIREWALL']],
    ['after kubelet', kubelet, 'filter', 'OUTPUT', ['KUBE-PROXY-FIREWALL', 'KUBE-SERVICES', 'KUBE-FIREWALL']],
    ['a second time', () => built({}), 'filter', 'INPUT', ['KUBE-FIREWALL', 'KUBE-PROXY-FIREWALL', 'KUBE-NODEPORTS', 'KUBE-EXTERNAL-SERVICES']],
  ])('%s: %s %s %s', ([, netns, table, chain, to]) => expect(jumps(built({ netns: netns() }), table, chain)).toEqual(to)); // biome-ignore format: a table

  test('their words', () => {
    expect(lines(built({}), 'filter').filter((line) => /^-A (INPUT|FORWARD)/.test(line))).toEqual([
      '-A INPUT -j KUBE-FIREWALL',
      '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
      '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
      '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
      '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
    ]);
  });
});

describe('nodePortAddresses and localhostNodePorts', () => {
  const LAST = '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"';
  const LOCAL = '-m addrtype --dst-type LOCAL';
  const firewall = [
    '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
  ];
  test.for<[what: string, config: Partial<ProxyConfig>, family: 4 | 6, tests: string[], localnet: number | undefined]>([
    ['all', {}, 4, [`${LAST} ${LOCAL}`], 1],
    ['all, said so', { nodePortAddresses: [prefix('0.0.0.0/0'), prefix('10.0.0.0/8')] }, 4, [`${LAST} ${LOCAL}`], 1],
    ['ranges of the other family only', { nodePortAddresses: [prefix('2001:db8::/64')] }, 4, [`${LAST} ${LOCAL}`], 1],
    ['all but localhost', { localhostNodePorts: false }, 4, [`! -d 127.0.0.0/8 ${LAST} ${LOCAL}`], undefined],
    ['IPv6', {}, 6, [`! -d ::1/128 ${LAST} ${LOCAL}`], undefined],
    ['the ranges of one address', { nodePortAddresses: [prefix('192.168.0.0/16')] }, 4, [`-d 192.168.1.11/32 ${LAST}`], undefined],
    ['the primary one', { nodePortAddresses: 'primary' }, 4, [`-d 192.168.1.11/32 ${LAST}`], undefined],
    ['localhost as well', { nodePortAddresses: [prefix('127.0.0.0/8'), prefix('10.0.0.0/8')] }, 4, [`-d 127.0.0.1/32 ${LAST}`, `-d 10.244.1.1/32 ${LAST}`], 1],
    ['localhost, not allowed', { localhostNodePorts: false, nodePortAddresses: [prefix('127.0.0.0/8')] }, 4, [], undefined],
  ])('%s', ([, config, family, tests, localnet]) => {
    const netns = built({ config }, family);
    const of = family === 4 ? 'ip' : 'ip6';
    expect(lines(netns, 'nat', of).filter((line) => line.endsWith('-j KUBE-NODEPORTS'))).toEqual(tests.map((one) => `-A KUBE-SERVICES ${one} -j KUBE-NODEPORTS`));
    expect(netns.sysctls['net.ipv4.conf.all.route_localnet']).toBe(localnet);
    expect(lines(netns, 'filter', of).filter((line) => line.startsWith('-A KUBE-FIREWALL'))).toEqual(localnet ? firewall : []);
  }); // biome-ignore format: a table

  test("kubelet's rule stays where kube-proxy has none", () => {
    const netns = built({ config: { localhostNodePorts: false }, netns: addKubelet(createNetns('node-1', 'node'), 4) });
    expect(lines(netns, 'filter').filter((line) => line.startsWith('-A KUBE-FIREWALL'))).toEqual(firewall);
  });
});

describe('chains of a Service', () => {
  const [WEB] = ['KUBE-SVC-LOLE4ISW44XBNF3G'];
  const chain = (netns: Netns, name: string, of: 'ip' | 'ip6' = 'ip') =>
    lines(netns, 'nat', of).flatMap((line) => (line.startsWith(`-A ${name} `) ? [line.slice(name.length + 4)] : []));
  const sep = (netns: Netns, n: number) => chain(netns, WEB!).at(n)?.split(' -j ')[1] ?? '';

  test.for<[detector: string, config: Partial<ProxyConfig>, node: Partial<ProxySite['node']>, test: string | undefined]>([
    ['ClusterCIDR', {}, {}, '! -s 10.244.0.0/16 -d 10.96.0.10/32'],
    ['NodeCIDR', { detectLocal: { mode: 'NodeCIDR' } }, { podCIDRs: [prefix('10.244.1.0/24')] }, '! -s 10.244.1.0/24 -d 10.96.0.10/32'],
    ['BridgeInterface', { detectLocal: { mode: 'BridgeInterface', bridge: 'cni0' } }, {}, '-d 10.96.0.10/32 ! -i cni0'],
    ['InterfaceNamePrefix', { detectLocal: { mode: 'InterfaceNamePrefix', prefix: 'cali' } }, {}, '-d 10.96.0.10/32 ! -i cali+'],
    ['none', { detectLocal: { mode: 'none' } }, {}, undefined],
    ['masqueradeAll', { masqueradeAll: true }, {}, '-d 10.96.0.10/32'],
    ['masqueradeAll, none', { masqueradeAll: true, detectLocal: { mode: 'none' } }, {}, '-d 10.96.0.10/32'],
  ])('%s decides what is masqueraded', ([, config, node, expected]) => {
    const netns = built({ config, node, services: [service()], ends: ['10.244.1.5'] });
    const masquerades = chain(netns, WEB!).filter((line) => line.endsWith('-j KUBE-MARK-MASQ'));
    expect(masquerades).toEqual(
      expected === undefined ? [] : [`${expected} -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`],
    );
  });

  test('three endpoints, as the kernel keeps the lots, in the order of their text', () => {
    const netns = built({ services: [service()], ends: ['10.244.1.5', '10.244.1.30', '10.244.1.4'] });
    expect(
      chain(netns, WEB!)
        .slice(1)
        .map((line) => line.split(' -j ')[0]),
    ).toEqual([
      '-m comment --comment "default/web -> 10.244.1.30:8080" -m statistic --mode random --probability 0.33333333349',
      '-m comment --comment "default/web -> 10.244.1.4:8080" -m statistic --mode random --probability 0.50000000000',
      '-m comment --comment "default/web -> 10.244.1.5:8080"',
    ]);
    expect(chain(netns, sep(netns, -1))).toEqual([
      '-s 10.244.1.5/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ',
      '-p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.5:8080',
    ]);
  });

  test('affinity, IPv6', () => {
    const web = service({ clusterIPs: [ip('fd00:96::10')], affinitySeconds: 60 });
    const netns = built({ services: [web], ends: ['fd00::5'], config: { detectLocal: { mode: 'none' } } }, 6);
    const name = chain(netns, WEB!, 'ip6')[1]?.split(' -j ')[1] ?? '';
    const mask = '--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource';
    expect(chain(netns, WEB!, 'ip6')).toEqual([
      `-m comment --comment "default/web -> [fd00::5]:8080" -m recent --rcheck --seconds 60 --reap --name ${name} ${mask} -j ${name}`,
      `-m comment --comment "default/web -> [fd00::5]:8080" -j ${name}`,
    ]);
    expect(chain(netns, name, 'ip6')).toEqual([
      '-s fd00::5/128 -m comment --comment "default/web" -j KUBE-MARK-MASQ',
      `-p tcp -m comment --comment "default/web" -m recent --set --name ${name} ${mask} -m tcp -j DNAT --to-destination [fd00::5]:8080`,
    ]);
  });

  test('more than 1000 endpoints: their rules say less', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => `10.244.${i >> 8}.${i & 255}`);
    const commented = (n: number) => lines(built({ services: [service()], ends: many(n) }), 'nat').filter((line) => line.includes('"default/web'));
    expect(commented(1000)).toHaveLength(2 + 1000 * 3);
    expect(commented(1001)).toHaveLength(2);
  });

  test('nf_conntrack_tcp_be_liberal: INVALID packets pass', () => {
    const drops = (beLiberal: boolean) =>
      lines(built({ node: { beLiberal } }), 'filter').filter((line) => line === '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP');
    expect([drops(false).length, drops(true).length]).toEqual([1, 0]);
  });

  test('every rule of a Service tells where the Service stands', () => {
    const web = service({ type: 'NodePort', ports: [portSpec({ nodePort: 30080 })], place: { file: 'web.yaml', line: 7, column: 1 } });
    const { tables } = built({ services: [web], ends: ['10.244.1.5'] });
    const rules = tables.flatMap((table) => table.chains.flatMap((one) => one.rules)).filter(({ comment }) => comment?.includes('default/web'));
    expect(rules.length).toBeGreaterThan(5);
    for (const { origin } of rules)
      expect(origin).toMatchObject({ plugin: 'kube-proxy', kind: 'Service', namespace: 'default', name: 'web', file: 'web.yaml', line: 7 });
  });
});
