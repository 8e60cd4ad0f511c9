import { describe, expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import type { Table } from '../../src/linux/netfilter.ts';
import { printNftRule, printNftRuleset } from '../../src/linux/print/nft.ts';
import type { Service } from '../../src/model/service.ts';
import { parseIp } from '../../src/net/ip.ts';
import { addNftables } from '../../src/services/nftables/index.ts';
import { createServiceTable } from '../../src/services/table.ts';
import type { ServiceTable } from '../../src/services/types.ts';
import { nodeSite } from './site.ts';
import { cluster, ip, portSpec, prefix, service, slice } from './support.ts';

type Given = Parameters<typeof nodeSite>[2];
const tableOf = (of: Parameters<typeof nodeSite>[0], given: Given = {}): Table => {
  const [table] = addNftables(nodeSite(of, 'nftables', given), createNetns('node-1', 'node')).tables;
  if (!table) throw new Error('no table');
  return table;
};
const linesOf = (table: Table, name: string) => table.lazy?.chain(name)?.rules.map((rule) => printNftRule(table, rule));
const endpoint = (address: string, nodeName = 'node-1') => ({ addresses: [ip(address)], ready: true, serving: true, terminating: false, nodeName });
const web = (given: Partial<Service> = {}) =>
  cluster({
    services: [service({ ports: [portSpec({ nodePort: 30080 })], ...given })],
    slices: [slice({ endpoints: [endpoint('10.1.1.2'), endpoint('10.1.2.2', 'node-2')] })],
  });

test('what `nft list table ip kube-proxy` shows on a node with Kubernetes 1.36', () => {
  // Taken from a node with kube-proxy 1.36.2, one Service of its own and one of the cluster's.
  const real = `	set hairpin-connections {
		type ipv4_addr . ipv4_addr . inet_proto . inet_service
		comment "service hairpin connections"
		elements = { 10.244.0.8 . 10.244.0.8 . tcp . 9898,
			     10.244.0.10 . 10.244.0.10 . tcp . 9898 }
	}

	set cluster-ips {
		type ipv4_addr
		comment "Active ClusterIPs"
		elements = { 10.96.0.1, 10.100.192.23 }
	}

	set nodeport-ips {
		type ipv4_addr
		comment "IPs that accept NodePort traffic"
		elements = { 192.168.0.231 }
	}

	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		comment "ClusterIP, ExternalIP and LoadBalancer IP traffic"
		elements = { 10.100.192.23 . tcp . 80 : goto service-YVSKLJHA-kproxy-lab/backend-api/tcp/http,
			     10.96.0.1 . tcp . 443 : goto service-2QRHZV4L-default/kubernetes/tcp/https }
	}

	chain services {
		ip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000 comment "masquerade clusterIP traffic from outside cluster"
		ip daddr . meta l4proto . th dport vmap @service-ips
		ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
	}

	chain masquerading {
		meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random
		ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random
	}

	chain service-2QRHZV4L-default/kubernetes/tcp/https {
		meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 192.168.0.231 . 6443 }
	}

	chain service-YVSKLJHA-kproxy-lab/backend-api/tcp/http {
		meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.0.10 . 9898, 1 : 10.244.0.8 . 9898 }
	}`;
  const https = { name: 'https', protocol: 'TCP' } as const;
  const http = { name: 'http', protocol: 'TCP' } as const;
  const given = cluster({
    services: [
      service({ name: 'kubernetes', clusterIPs: [ip('10.96.0.1')], ports: [portSpec({ ...https, port: 443 })] }),
      service({ namespace: 'kproxy-lab', name: 'backend-api', clusterIPs: [ip('10.100.192.23')], ports: [portSpec({ ...http, port: 80 })] }),
    ],
    slices: [
      // The API server's own endpoint has no node.
      slice({
        name: 'kubernetes',
        service: 'kubernetes',
        ports: [{ ...https, port: 6443 }],
        endpoints: [{ addresses: [ip('192.168.0.231')], ready: true, serving: true, terminating: false }],
      }),
      slice({
        namespace: 'kproxy-lab',
        service: 'backend-api',
        ports: [{ ...http, port: 9898 }],
        endpoints: [endpoint('10.244.0.8'), endpoint('10.244.0.10')],
      }),
    ],
  });
  const own = ip('192.168.0.231');
  const table = tableOf(given, { config: { clusterCIDRs: [prefix('10.244.0.0/16')] }, node: { ips: [own, ip('10.244.0.1')], primary: own } });
  const text = printNftRuleset([table]);
  for (const block of real.split('\n\n')) expect(text.split('\n\n').map((one) => one.replace(/^table.*\n.*\n/, '').replace(/\n}\n$/, ''))).toContain(block);
  expect(text).toContain('table ip kube-proxy {\n\tcomment "rules for kube-proxy"\n\tset hairpin-connections {');
});

const MASQUERADED = 'meta mark set meta mark | 0x00004000 comment "masquerade clusterIP traffic from outside cluster"';
const ALL_NODE_PORTS = 'fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports';
const SOME = 'ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports';

describe('the chain of services, and which addresses take NodePorts', () => {
  test.for<[what: string, given: Given, masquerade: string | undefined, dispatch: string, nodePortIps: string[] | undefined]>([
    ['by cluster range, primary address', {}, `ip daddr @cluster-ips ip saddr != 10.1.0.0/16 ${MASQUERADED}`, SOME, ['192.168.1.11']],
    [
      'by node range',
      { config: { detectLocal: { mode: 'NodeCIDR' } } },
      `ip daddr @cluster-ips ip saddr != 10.1.1.0/24 ${MASQUERADED}`,
      SOME,
      ['192.168.1.11'],
    ],
    [
      'by bridge',
      { config: { detectLocal: { mode: 'BridgeInterface', bridge: 'cni0' } } },
      `ip daddr @cluster-ips iifname != "cni0" ${MASQUERADED}`,
      SOME,
      ['192.168.1.11'],
    ],
    [
      'by prefix',
      { config: { detectLocal: { mode: 'InterfaceNamePrefix', prefix: 'cali' } } },
      `ip daddr @cluster-ips iifname != "cali*" ${MASQUERADED}`,
      SOME,
      ['192.168.1.11'],
    ],
    ['no way to tell pods', { config: { detectLocal: { mode: 'none' } } }, undefined, SOME, ['192.168.1.11']],
    [
      'masqueradeAll, another bit',
      { config: { masqueradeAll: true, masqueradeMark: 0x80 } },
      'ip daddr @cluster-ips meta mark set meta mark | 0x00000080 comment "masquerade all clusterIP traffic"',
      SOME,
      ['192.168.1.11'],
    ],
    ['all addresses', { config: { nodePortAddresses: [] } }, `ip daddr @cluster-ips ip saddr != 10.1.0.0/16 ${MASQUERADED}`, ALL_NODE_PORTS, undefined],
    [
      'all addresses by range',
      { config: { nodePortAddresses: [prefix('192.168.1.0/24'), prefix('0.0.0.0/0')] } },
      `ip daddr @cluster-ips ip saddr != 10.1.0.0/16 ${MASQUERADED}`,
      ALL_NODE_PORTS,
      undefined,
    ],
    [
      'ranges of the other family alone',
      { config: { nodePortAddresses: [prefix('2001:db8::/64')] } },
      `ip daddr @cluster-ips ip saddr != 10.1.0.0/16 ${MASQUERADED}`,
      ALL_NODE_PORTS,
      undefined,
    ],
    [
      'no primary address of the family',
      { node: { primary: undefined } },
      `ip daddr @cluster-ips ip saddr != 10.1.0.0/16 ${MASQUERADED}`,
      ALL_NODE_PORTS,
      undefined,
    ],
    [
      'a range with two addresses of the node, and loopback',
      {
        config: { nodePortAddresses: [prefix('192.168.0.0/16'), prefix('127.0.0.0/8')] },
        node: { ips: [ip('192.168.1.11'), ip('10.1.1.1'), ip('192.168.2.11'), ip('127.0.0.1')] },
      },
      `ip daddr @cluster-ips ip saddr != 10.1.0.0/16 ${MASQUERADED}`,
      SOME,
      ['192.168.1.11', '192.168.2.11'],
    ],
    [
      'a range without an address of the node',
      { config: { nodePortAddresses: [prefix('172.16.0.0/12')] } },
      `ip daddr @cluster-ips ip saddr != 10.1.0.0/16 ${MASQUERADED}`,
      SOME,
      [],
    ],
  ])('%s', ([, given, masquerade, dispatch, nodePortIps]) => {
    const table = tableOf(web(), given);
    expect(linesOf(table, 'services')).toEqual([...(masquerade ? [masquerade] : []), 'ip daddr . meta l4proto . th dport vmap @service-ips', dispatch]);
    expect(table.sets?.find(({ name }) => name === 'nodeport-ips')?.elements).toEqual(nodePortIps);
    expect(linesOf(table, 'nodeport-endpoints-check')).toEqual([
      `${nodePortIps ? 'ip daddr @nodeport-ips' : 'ip daddr != 127.0.0.0/8'} meta l4proto . th dport vmap @no-endpoint-nodeports`,
    ]);
  });
});

describe('IPv6', () => {
  const given = cluster({
    services: [
      service({
        clusterIPs: [ip('10.96.0.10'), ip('fd00:96::10')],
        ingress: [{ ip: ip('2001:db8:1::7') }],
        loadBalancerSourceRanges: [prefix('2001:db8::/64'), prefix('192.0.2.0/24')],
        affinitySeconds: 60,
      }),
    ],
    slices: [slice({ addressType: 'IPv6', endpoints: [endpoint('fd00:1:0:1::2')] })],
  });
  const table = tableOf(given, { family: 6, config: { nodePortAddresses: [], serviceCIDRs: [prefix('10.96.0.0/12'), prefix('fd00:96::/112')] } });
  test.for<[chain: string, lines: string[]]>([
    [
      'services',
      [
        'ip6 daddr @cluster-ips ip6 saddr != fd00:1::/48 meta mark set meta mark | 0x00004000 comment "masquerade clusterIP traffic from outside cluster"',
        'ip6 daddr . meta l4proto . th dport vmap @service-ips',
        'fib daddr type local ip6 daddr != ::1 meta l4proto . th dport vmap @service-nodeports',
      ],
    ],
    [
      'cluster-ips-check',
      [
        'ip6 daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"',
        'ip6 daddr fd00:96::/112 drop comment "Drop traffic to unallocated ClusterIPs"',
      ],
    ],
    // The node's own address is in the range, so what it sends to the VIP from the VIP passes too.
    ['firewall-PFISGYVC-default/web/tcp/', ['ip6 saddr != { 2001:db8::/64, 2001:db8:1::7 } drop']],
    [
      'endpoint-VPTCG5QW-default/web/tcp/__fd00.1.0.1..2/8080',
      ['update @affinity-VPTCG5QW-default/web/tcp/__fd00.1.0.1..2/8080 { ip6 saddr }', 'meta l4proto tcp dnat to [fd00:1:0:1::2]:8080'],
    ],
  ])('%s', ([chain, lines]) => expect(linesOf(table, chain)).toEqual(lines));
});

describe('no endpoint here', () => {
  const lost = (given: Partial<Service>, where: string | undefined) => {
    const slices = where === undefined ? [] : [slice({ endpoints: [endpoint('10.1.2.2', where)] })];
    const services = [
      service({
        type: 'LoadBalancer',
        ports: [portSpec({ name: 'http', nodePort: 30080 })],
        externalIPs: [ip('192.0.2.7')],
        ingress: [{ ip: ip('192.0.2.8') }],
        ...given,
      }),
    ];
    const table = tableOf(cluster({ services, slices: slices.map((one) => ({ ...one, ports: [{ name: 'http', protocol: 'TCP', port: 8080 }] })) }));
    return (table.maps ?? []).flatMap(({ name, elements }) =>
      name.startsWith('no-endpoint') ? elements.map(({ key, action, comment }) => `${key} ${'chain' in action ? action.chain : action.target} ${comment}`) : [],
    );
  };
  const outside = (what: string) => [`192.0.2.7 . tcp . 80 ${what}`, `192.0.2.8 . tcp . 80 ${what}`, `tcp . 30080 ${what}`];
  test.for<[what: string, given: Partial<Service>, where: string | undefined, elements: string[]]>([
    ['none anywhere: all is refused', {}, undefined, ['10.96.0.10 . tcp . 80 reject-chain default/web:http', ...outside('reject-chain default/web:http')]],
    ['elsewhere, policies Cluster: nothing', {}, 'node-2', []],
    ['elsewhere, external policy Local: dropped from outside', { externalTrafficPolicy: 'Local' }, 'node-2', outside('DROP default/web:http')],
    ['elsewhere, internal policy Local: dropped from inside', { internalTrafficPolicy: 'Local' }, 'node-2', ['10.96.0.10 . tcp . 80 DROP default/web:http']],
    ['here', { externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' }, 'node-1', []],
  ])('%s', ([, given, where, elements]) => expect(lost(given, where)).toEqual(elements));
});

test('lines and elements say which Service they are of', () => {
  const table = tableOf(web());
  const origin = { plugin: 'kube-proxy', kind: 'Service', namespace: 'default', name: 'web', file: 'cluster.yaml', line: 1 };
  const made = table.chains.filter(({ name }) => name.includes('/'));
  expect(made.length).toBeGreaterThan(0);
  for (const one of made.flatMap(({ rules }) => rules)) expect(one.origin).toEqual(origin);
  for (const one of table.maps?.flatMap(({ elements }) => elements) ?? []) expect(one.origin).toEqual(origin);
  expect(table.lazy?.chain('services')?.rules.map((one) => one.origin)).toEqual([{ plugin: 'kube-proxy' }, { plugin: 'kube-proxy' }, { plugin: 'kube-proxy' }]);
});

test('a question makes the state of the Services it is about, and of no other', () => {
  const address = (i: number) => parseIp(`10.96.${i >> 8}.${i & 255}`) ?? 0;
  const services = Array.from({ length: 500 }, (_, i) =>
    service({ name: `web-${i}`, clusterIPs: [address(i + 1)], ports: [portSpec({ nodePort: 30000 + i })], affinitySeconds: 60 }),
  );
  const slices = services.map(({ name }) => slice({ service: name, endpoints: [endpoint('10.1.1.2')] }));
  const plain = createServiceTable(cluster({ services, slices }));
  const asked: string[] = [];
  const counting: ServiceTable = {
    ...plain,
    ports: () => {
      throw new Error('all ports were asked for');
    },
    backends: (port, node) => {
      asked.push(port.name);
      return plain.backends(port, node);
    },
  };
  const table = tableOf(counting);
  const map = (name: string) => table.maps?.find((one) => one.name === name);
  expect(asked).toEqual([]);
  const element = map('service-ips')?.find?.('10.96.0.8 . tcp . 80');
  const chain = element && 'chain' in element.action ? element.action.chain : '';
  expect(table.lazy?.chain(chain)?.rules).toHaveLength(2);
  expect(map('service-nodeports')?.find?.('tcp . 30007')?.action).toEqual({ target: 'goto', chain: chain.replace('service-', 'external-') });
  expect(map('no-endpoint-services')?.find?.('10.96.0.8 . udp . 80')).toBeUndefined();
  expect(table.lazy?.set?.('cluster-ips')?.has?.('10.96.0.9')).toBe(true);
  expect(table.lazy?.set?.('cluster-ips')?.has?.('10.97.0.9')).toBe(false);
  expect(table.lazy?.set?.('hairpin-connections')?.has?.('10.1.1.2 . 10.1.1.3 . tcp . 8080')).toBe(false);
  expect(table.lazy?.set?.('affinity-NONE')).toBeUndefined();
  expect(asked).toEqual(['default/web-7']);
});
