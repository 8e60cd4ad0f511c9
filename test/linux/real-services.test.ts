import { expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import { commandsOf } from '../../src/linux/commands.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { printTables } from '../../src/linux/print/iptables-save.ts';
import type { Service } from '../../src/model/service.ts';
import { addIptables } from '../../src/services/iptables/index.ts';
import { addKubelet } from '../../src/services/kube-chains.ts';
import { createServiceTable } from '../../src/services/table.ts';
import type { ProxyConfig } from '../../src/services/types.ts';
import { type Suite, siteOf } from '../services/flows.ts';
import { cluster, flowCases, ip, portSpec, prefix, service, slice } from '../services/support.ts';
import { inNamespace } from '../support/namespace.ts';
import { describeWith, needs } from '../support/needs.ts';

/** Services with everything that kube-proxy writes a rule for. */
const SERVICES: Service[] = [
  service({ name: 'web', clusterIPs: [ip('10.96.0.10'), ip('fd00:96::10')], ports: [portSpec({ name: 'http' }), portSpec({ name: 'dns', port: 53, protocol: 'UDP' }), portSpec({ name: 'sig', port: 3868, protocol: 'SCTP' })] }),
  service({ name: 'sticky', clusterIPs: [ip('10.96.0.11'), ip('fd00:96::11')], affinitySeconds: 10800, internalTrafficPolicy: 'Local' }),
  service({ name: 'public', type: 'LoadBalancer', clusterIPs: [ip('10.96.0.12'), ip('fd00:96::12')], externalIPs: [ip('198.51.100.7')], ingress: [{ ip: ip('203.0.113.1') }, { ip: ip('2001:db8:1::1') }], loadBalancerSourceRanges: [prefix('192.168.0.0/16'), prefix('203.0.113.0/25'), prefix('2001:db8::/32')], ports: [portSpec({ nodePort: 30080 })] }),
  service({ name: 'here', type: 'LoadBalancer', clusterIPs: [ip('10.96.0.13'), ip('fd00:96::13')], externalTrafficPolicy: 'Local', healthCheckNodePort: 32000, ingress: [{ ip: ip('203.0.113.2') }, { ip: ip('2001:db8:1::2') }], ports: [portSpec({ nodePort: 30081 })] }),
  service({ name: 'elsewhere', type: 'NodePort', clusterIPs: [ip('10.96.0.14'), ip('fd00:96::14')], externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local', externalIPs: [ip('198.51.100.8')], ports: [portSpec({ nodePort: 30082 })] }),
  service({ name: 'nobody', type: 'NodePort', clusterIPs: [ip('10.96.0.15'), ip('fd00:96::15')], externalIPs: [ip('198.51.100.9'), ip('2001:db8:1::9')], ports: [portSpec({ nodePort: 30083 })] }),
]; // biome-ignore format: a table

const ready = { ready: true, serving: true, terminating: false };
const slices = SERVICES.filter(({ name }) => name !== 'nobody').flatMap(({ name, ports }, i) =>
  (['IPv4', 'IPv6'] as const).map((addressType) => {
    const address = (n: number) => ip(addressType === 'IPv4' ? `10.244.1.${10 * i + n}` : `fd00::1:${10 * i + n}`);
    const nodeName = name === 'elsewhere' ? 'node-2' : 'node-1';
    return slice({
      name: `${name}-${addressType}`,
      service: name,
      addressType,
      ports: ports.map(({ name: port, protocol }) => ({ name: port, protocol, port: 8080 })),
      endpoints: [1, 2, 3].map((n) => ({ ...ready, addresses: [address(n)], nodeName })),
    });
  }),
);

const CONFIG: ProxyConfig = {
  mode: 'iptables',
  detectLocal: { mode: 'ClusterCIDR' },
  clusterCIDRs: [prefix('10.244.0.0/16'), prefix('fd00::/64')],
  masqueradeAll: false,
  masqueradeMark: 0x4000,
  localhostNodePorts: true,
  nodePortAddresses: [],
  scheduler: '',
  strictARP: false,
  serviceCIDRs: [],
};
const addresses = { 4: [ip('192.168.1.11')], 6: [ip('2001:db8::11')] } as const;
const built = (config: Partial<ProxyConfig>): Netns => {
  const table = createServiceTable(cluster({ services: SERVICES, slices }));
  return ([4, 6] as const).reduce(
    (netns: Netns, family) => {
      const ips = addresses[family];
      const node = { name: 'node-1', ips, primary: ips[0], podCIDRs: [prefix('10.244.1.0/24')], beLiberal: false };
      return addIptables({ table, config: { ...CONFIG, ...config }, family, node }, addKubelet(netns, family));
    },
    createNetns('node-1', 'node'),
  );
};

const text = (out: readonly string[] | undefined): string[] => (out ?? []).filter((line) => !line.startsWith('#'));
const printed = (netns: Netns, family: 'ip' | 'ip6'): string[] => printTables(netns.tables, family).trimEnd().split('\n');
const tools = [needs.root(), needs.commands('unshare', 'iptables-restore', 'ip6tables-restore')];
// The kernel's link watcher may settle late on a busy machine. Each try makes the state anew, so what differs always still fails.
const AGAIN = { retry: 2 } as const;

describeWith(tools, "the real iptables takes kube-proxy's rules and prints them the same", () => {
  test.for<[what: string, config: Partial<ProxyConfig>]>([
    ['as by default', {}],
    ['pods told by their interface', { detectLocal: { mode: 'InterfaceNamePrefix', prefix: 'veth' } }],
    ['node ports on some addresses', { nodePortAddresses: [prefix('192.168.0.0/16'), prefix('127.0.0.0/8'), prefix('2001:db8::/64')] }],
    ['no localhost, all masqueraded', { localhostNodePorts: false, masqueradeAll: true, detectLocal: { mode: 'none' } }],
  ])('%s', AGAIN, ([, config]) => {
    const netns = built(config);
    const real = inNamespace(commandsOf(netns), ['iptables-save', 'ip6tables-save']);
    expect(text(real.get('iptables-save'))).toEqual(printed(netns, 'ip'));
    expect(text(real.get('ip6tables-save'))).toEqual(printed(netns, 'ip6'));
    expect(printed(netns, 'ip').length).toBeGreaterThan(100);
  });
});

type Golden = Suite & { expect: { chains: Record<string, Record<string, string[][]>> } };

describeWith([...tools, needs.shared()], 'what kube-proxy itself gives to iptables-restore comes out as we print it', () => {
  // `-m nfacct --nfacct-name NAME`: counting alone, and the kernel may lack it.
  const uncounted = (argv: readonly string[]) => (argv.includes('nfacct') ? argv.toSpliced(argv.indexOf('nfacct') - 1, 4) : argv);
  const quoted = (word: string) => (/^[\w./:,!-]+$/.test(word) ? word : `"${word}"`);
  const golden = () => flowCases<Golden[]>('goldenRulesets').find(({ proxy }) => proxy.mode === 'iptables')!;

  test('rule by rule', AGAIN, () => {
    const suite = golden();
    const restore = Object.entries(suite.expect.chains).flatMap(([table, chains]) => [
      `*${table}`,
      ...Object.keys(chains).map((chain) => `:${chain} - [0:0]`),
      ...Object.entries(chains).flatMap(([chain, rules]) =>
        rules
          .filter((argv) => !argv.includes('localhost_nps_accepted_pkts'))
          .map((argv) => ['-A', chain, ...uncounted(argv).map(quoted), ...(argv.at(-1) === 'MASQUERADE' ? ['--random-fully'] : [])].join(' ')),
      ),
      'COMMIT',
    ]);
    const ours = addIptables(siteOf(suite), createNetns('test-node', 'node'));
    const real = inNamespace([`iptables-restore <<'EOF'\n${restore.join('\n')}\nEOF`], ['iptables-save']);
    const chain = (line: string) => line.split(' ')[1] ?? '';
    // By chain, and as they stand inside it.
    const rules = (out: readonly string[]) =>
      out.filter((line) => line.startsWith('-A KUBE-')).toSorted((a, b) => (chain(a) < chain(b) ? -1 : Number(chain(a) > chain(b))));
    expect(rules(printed(ours, 'ip'))).toEqual(rules(text(real.get('iptables-save'))));
  });
});
