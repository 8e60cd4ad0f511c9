import { describe, expect, test } from 'vitest';
import { createDataplane } from '../../src/dataplane/index.ts';
import { createNetns } from '../../src/linux/build.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { lineOfRule } from '../../src/linux/print/index.ts';
import { printIpvs } from '../../src/linux/print/ipvs.ts';
import type { EndpointSlice, Service } from '../../src/model/service.ts';
import { formatIp, type Ip } from '../../src/net/ip.ts';
import { addIpvs } from '../../src/services/ipvs/index.ts';
import { createServiceTable } from '../../src/services/table.ts';
import { LARGE, type ProxyConfig, type ProxySite } from '../../src/services/types.ts';
import { addBridge, addPod, machine, worldOf } from '../support/world.ts';
import { cluster, ip, portSpec, prefix, service, slice } from './support.ts';

const config = (given: Partial<ProxyConfig> = {}): ProxyConfig => ({
  mode: 'ipvs',
  detectLocal: { mode: 'ClusterCIDR' },
  clusterCIDRs: [prefix('10.1.0.0/16')],
  masqueradeAll: false,
  masqueradeMark: 0x4000,
  localhostNodePorts: true,
  nodePortAddresses: [],
  scheduler: '',
  strictARP: false,
  serviceCIDRs: [],
  ...given,
});

const siteOf = (services: readonly Service[], slices: readonly EndpointSlice[], given: Partial<ProxyConfig> = {}, family: 4 | 6 = 4): ProxySite => {
  const ips: readonly Ip[] = family === 4 ? [ip('192.168.1.11'), ip('10.1.1.1')] : [ip('fd00::11')];
  return {
    table: createServiceTable(cluster({ services, slices })),
    config: config(given),
    family,
    node: { name: 'n1', ips, primary: ips[0], podCIDRs: [], beLiberal: false },
  };
};

const end = (address: string, nodeName: string, ready = true) => ({ addresses: [ip(address)], ready, serving: ready, terminating: false, nodeName });
const here = slice({ endpoints: [end('10.1.1.2', 'n1'), end('10.1.2.2', 'n2')] });
const elsewhere = slice({ endpoints: [end('10.1.2.2', 'n2')] });
const built = (given: Partial<Service>, slices: readonly EndpointSlice[] = [here], settings: Partial<ProxyConfig> = {}): Netns =>
  addIpvs(siteOf([service(given)], slices, settings), createNetns('n1', 'node'));

const rules = (node: Netns, table: string, chain: string): readonly string[] => {
  const found = node.tables.find((one) => one.name === table);
  const rulesOf = found?.chains.find(({ name }) => name === chain);
  return found && rulesOf
    ? rulesOf.rules.map((rule) =>
        lineOfRule(found, rulesOf, rule)
          .replace(`-A ${chain} `, '')
          .replace(/-m comment --comment "[^"]*" /, ''),
      )
    : [];
};
const entries = (node: Netns, set: string): readonly string[] | undefined => node.ipsets.find(({ name }) => name === set)?.entries;

const A = (at: string, more = '') => `-A -t ${at} -s rr${more}`;
const a = (at: string, to: string) => `-a -t ${at} -r ${to}:8080 -m -w 1`;
const onBoth = (at: string) => [A(at), a(at, '10.1.1.2'), a(at, '10.1.2.2')];
const onOne = (at: string, to = '10.1.1.2') => [A(at), a(at, to)];
const local = { type: 'NodePort', ports: [portSpec({ nodePort: 30080 })], externalTrafficPolicy: 'Local' } as const;

test.for<[what: string, given: Partial<Service>, want: readonly string[], slices?: readonly EndpointSlice[], settings?: Partial<ProxyConfig>]>([
  ['a ClusterIP', {}, onBoth('10.96.0.10:80')],
  ['internalTrafficPolicy Local', { internalTrafficPolicy: 'Local' }, onOne('10.96.0.10:80')],
  ['internalTrafficPolicy Local, none here', { internalTrafficPolicy: 'Local' }, [A('10.96.0.10:80')], [elsewhere]],
  ['affinity', { affinitySeconds: 60 }, [A('10.96.0.10:80', ' -p 60'), ...onBoth('10.96.0.10:80').slice(1)]],
  [
    'a node port at each address',
    { type: 'NodePort', ports: [portSpec({ nodePort: 30080 })] },
    [...onBoth('10.96.0.10:80'), ...onBoth('192.168.1.11:30080'), ...onBoth('10.1.1.1:30080')],
  ],
  [
    'nodePortAddresses',
    { type: 'NodePort', ports: [portSpec({ nodePort: 30080 })] },
    [...onBoth('10.96.0.10:80'), ...onBoth('192.168.1.11:30080')],
    [here],
    { nodePortAddresses: [prefix('192.168.0.0/16')] },
  ],
  [
    'nodePortAddresses of the node alone',
    { type: 'NodePort', ports: [portSpec({ nodePort: 30080 })] },
    [...onBoth('10.96.0.10:80'), ...onBoth('192.168.1.11:30080')],
    [here],
    { nodePortAddresses: 'primary' },
  ],
  ['nodePortAddresses that the node has not', local, onBoth('10.96.0.10:80'), [here], { nodePortAddresses: [prefix('172.16.0.0/12')] }],
  ['externalTrafficPolicy Local', local, [...onBoth('10.96.0.10:80'), ...onOne('192.168.1.11:30080'), ...onOne('10.1.1.1:30080')]],
  [
    'externalTrafficPolicy Local, none here: all of them',
    local,
    [...onOne('10.96.0.10:80', '10.1.2.2'), ...onOne('192.168.1.11:30080', '10.1.2.2'), ...onOne('10.1.1.1:30080', '10.1.2.2')],
    [elsewhere],
  ],
  [
    'an external IP and a load balancer',
    { type: 'LoadBalancer', externalIPs: [ip('192.0.2.1')], ingress: [{ ip: ip('192.0.2.2') }] },
    [...onBoth('10.96.0.10:80'), ...onBoth('192.0.2.1:80'), ...onBoth('192.0.2.2:80')],
  ],
  ['a load balancer that proxies', { type: 'LoadBalancer', ingress: [{ ip: ip('192.0.2.2'), ipMode: 'Proxy' }] }, onBoth('10.96.0.10:80')],
  ['another scheduler', {}, ['-A -t 10.96.0.10:80 -s mh -b mh-port', ...onBoth('10.96.0.10:80').slice(1)], [here], { scheduler: 'mh' }],
  ['SCTP', { ports: [portSpec({ protocol: 'SCTP' })] }, ['-A --sctp-service 10.96.0.10:80 -s rr'], []],
])(/* biome-ignore format: a table */ 'virtual servers: %s', ([, given, want, slices, settings]) => {
  expect(printIpvs(built(given, slices, settings).ipvs?.servers ?? [])).toEqual(want);
});

describe('kube-ipvs0', () => {
  const node = built({ externalIPs: [ip('192.0.2.1'), ip('192.168.1.11')] });

  test('is down and has every address that the node has not', () => {
    expect(node.links.find(({ ifname }) => ifname === 'kube-ipvs0')).toMatchObject({ kind: 'dummy', up: false });
    expect(node.addresses.filter(({ dev }) => dev === 'kube-ipvs0').map(({ local: one, prefixlen }) => `${formatIp(one)}/${prefixlen}`)).toEqual([
      '10.96.0.10/32',
      '192.0.2.1/32',
    ]);
    expect(entries(node, 'KUBE-IPVS-IPS')).toEqual(['10.96.0.10', '192.0.2.1']);
    expect(node.routes.flatMap((route) => (route.nexthops[0]?.dev === 'kube-ipvs0' ? [route.type] : []))).toEqual(['local', 'local']);
  });

  test('is one for both families, whose sets have names of their own', () => {
    const six = service({ name: 'six', clusterIPs: [ip('fd00:96::1')], ports: [portSpec({ nodePort: 30080 })], type: 'NodePort' });
    const both = addIpvs(siteOf([six], [], {}, 6), node);
    expect(both.links.filter(({ ifname }) => ifname === 'kube-ipvs0')).toHaveLength(1);
    expect(printIpvs(both.ipvs?.servers ?? []).filter((line) => line.startsWith('-A'))).toEqual([
      A('10.96.0.10:80'),
      A('192.0.2.1:80'),
      A('192.168.1.11:80'),
      A('[fd00:96::1]:80'),
      A('[fd00::11]:30080'),
    ]);
    expect(entries(both, 'KUBE-6-CLUSTER-IP')).toEqual(['fd00:96::1,tcp:80']);
    expect(entries(both, 'KUBE-CLUSTER-IP')).toEqual(['10.96.0.10,tcp:80']);
    expect(both.ipsets.every(({ name }) => name.length <= 31)).toBe(true);
  });

  test('sysctls, and those of strictARP', () => {
    expect(node.sysctls).toEqual({
      'net.ipv4.vs.conntrack': 1,
      'net.ipv4.vs.expire_nodest_conn': 1,
      'net.ipv4.vs.expire_quiescent_template': 1,
      'net.ipv4.ip_forward': 1,
    });
    expect(built({}, [here], { strictARP: true }).sysctls).toMatchObject({ 'net.ipv4.conf.all.arp_ignore': 1, 'net.ipv4.conf.all.arp_announce': 2 });
  });
});

describe('iptables', () => {
  const RETURN = '-s 127.0.0.0/8 -j RETURN';
  const NODE_PORT = '-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT';
  const ACCEPT = '-m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT';
  test.for<[what: string, settings: Partial<ProxyConfig>, want: string]>([
    ['what is not from pods', {}, '! -s 10.1.0.0/16 -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ'],
    ['everything', { masqueradeAll: true }, '-m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ'],
    ["the node's own", { detectLocal: { mode: 'none' } }, '-m set --match-set KUBE-CLUSTER-IP src,dst -j KUBE-MARK-MASQ'],
    [
      'what is not from a bridge',
      { detectLocal: { mode: 'BridgeInterface', bridge: 'cni0' } },
      '! -i cni0 -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ',
    ],
  ])('masquerades %s', ([, settings, want]) => {
    expect(rules(built({}, [here], settings), 'nat', 'KUBE-SERVICES')).toEqual([RETURN, want, NODE_PORT, ACCEPT]);
  });

  test('without Services there are only the fixed rules', () => {
    const node = addIpvs(siteOf([], []), createNetns('n1', 'node'));
    expect(rules(node, 'nat', 'KUBE-SERVICES')).toEqual([RETURN, NODE_PORT]);
    expect(rules(node, 'nat', 'KUBE-NODE-PORT')).toEqual([]);
    expect(rules(node, 'nat', 'KUBE-POSTROUTING')[0]).toBe('-m mark ! --mark 0x4000/0x4000 -j RETURN');
    expect(rules(node, 'filter', 'KUBE-NODE-PORT')).toEqual(['-m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j ACCEPT']);
    expect(rules(node, 'filter', 'KUBE-IPVS-FILTER')).toHaveLength(6);
  });

  const vip = { type: 'LoadBalancer', ingress: [{ ip: ip('192.0.2.2') }] } as const;
  test.for<[what: string, range: string, out: readonly string[], source: readonly string[]]>([
    ['that hold the node', '192.168.0.0/16', [], ['192.0.2.2,tcp:80,192.0.2.2']],
    ['that do not', '172.16.0.0/12', ['-s 192.0.2.2/32 -m ipvs --vproto 6 --vaddr 192.0.2.2 --vport 80 -j DROP'], []],
  ])('source ranges %s', ([, range, out, source]) => {
    const node = built({ ...vip, loadBalancerSourceRanges: [prefix(range)] });
    expect(rules(node, 'filter', 'KUBE-IPVS-OUT-FILTER')).toEqual(out);
    expect(entries(node, 'KUBE-LOAD-BALANCER-SOURCE-IP')).toEqual(source);
    expect(entries(node, 'KUBE-LOAD-BALANCER-SOURCE-CIDR')).toEqual([`192.0.2.2,tcp:80,${range}`]);
    expect(rules(node, 'filter', 'KUBE-PROXY-FIREWALL')).toEqual(['-m set --match-set KUBE-LOAD-BALANCER-FW dst,dst -j KUBE-SOURCE-RANGES-FIREWALL']);
  });

  test('jumps stand in the order that inserting them gives', () => {
    const node = built({});
    const jumps = (table: string, chain: string) => rules(node, table, chain).map((line) => line.replace('-j ', ''));
    expect(jumps('filter', 'INPUT')).toEqual(['KUBE-IPVS-FILTER', 'KUBE-PROXY-FIREWALL', 'KUBE-NODE-PORT']);
    expect(jumps('filter', 'FORWARD')).toEqual(['KUBE-PROXY-FIREWALL', 'KUBE-FORWARD']);
    expect(jumps('filter', 'OUTPUT')).toEqual(['KUBE-IPVS-OUT-FILTER']);
  });

  test('what no endpoint uses may still be sent back to its sender', () => {
    const unready = slice({ endpoints: [end('10.1.1.2', 'n1', false), end('10.1.2.2', 'n2')] });
    expect(entries(built({}, [unready]), 'KUBE-LOOP-BACK')).toEqual(['10.1.1.2,tcp:8080,10.1.1.2']);
  });
});

describe('many Services', () => {
  const count = LARGE + 50;
  const many = Array.from({ length: count }, (_, i) => {
    const kinds: readonly Partial<Service>[] = [
      {},
      { type: 'NodePort', ports: [portSpec({ nodePort: 30000 + i, protocol: i % 2 ? 'UDP' : 'TCP' })] },
      {
        type: 'LoadBalancer',
        ingress: [{ ip: 0xc0000200 + i }],
        loadBalancerSourceRanges: [prefix('10.1.0.0/16')],
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 32000 + i,
      },
      { externalIPs: [0xc6336400 + i], externalTrafficPolicy: i % 2 ? 'Local' : 'Cluster' },
      { type: 'NodePort', ports: [portSpec({ nodePort: 31000 + i, protocol: 'SCTP' })] },
    ];
    return service({ name: `s${i}`, clusterIPs: [0x0a600100 + i], ...kinds[i % kinds.length] });
  });
  const slices = many.map(({ name, ports }, i) =>
    slice({
      name,
      service: name,
      ports: [{ name: '', protocol: ports[0]?.protocol ?? 'TCP', port: 8080 }],
      endpoints: [end('10.1.1.2', 'n1'), end(`10.1.2.${(i % 250) + 2}`, 'n2')],
    }),
  );
  const site = siteOf(many, slices);
  const asked: string[] = [];
  const counted: ProxySite = {
    ...site,
    table: {
      ...site.table,
      backends: (port, node) => {
        asked.push(port.name);
        return site.table.backends(port, node);
      },
    },
  };

  test('a set tells its entries from others without listing them', () => {
    const node = addIpvs(site, createNetns('n1', 'node'));
    for (const set of node.ipsets) {
      if (set.type === 'hash:ip,port,net') continue;
      expect([set.name, set.entries.filter((entry) => !set.has?.(entry))]).toEqual([set.name, []]);
      const others = node.ipsets
        .flatMap((other) => (other.type === set.type && other !== set ? other.entries : []))
        .filter((entry) => !set.entries.includes(entry));
      expect([set.name, others.filter((entry) => set.has?.(entry))]).toEqual([set.name, []]);
    }
    expect(node.ipsets.map(({ name, entries: list }) => [name, list.length > 0])).not.toContainEqual(['KUBE-CLUSTER-IP', false]);
  });

  test('a virtual server is found as it is listed', () => {
    const { ipvs } = addIpvs(site, createNetns('n1', 'node'));
    const servers = ipvs?.servers ?? [];
    expect(servers.length).toBeGreaterThan(count);
    for (const one of servers) expect(ipvs?.find?.(one.protocol, one.ip, one.port)).toEqual(one);
    expect(ipvs?.find?.('tcp', 0x0a600100, 81)).toBeUndefined();
    expect(ipvs?.find?.('udp', 0x0a600100, 80)).toBeUndefined();
  });

  test('a walk asks for the endpoints of its own Service alone', () => {
    const base = machine('n1', 'node', '192.168.1.11');
    addBridge(base, 'br0', '10.1.1.1', 1500);
    const [client, backend] = ['a', 'b'].map((id, i) => addPod(base, 'br0', id, `10.1.1.${3 - i}`, '10.1.1.1', 1500));
    const world = worldOf([addIpvs(counted, base), client!, backend!]);
    asked.length = 0;
    const [near] = createDataplane(world).walk({ netns: 'a', dst: 0x0a600102, protocol: 'tcp', port: 80, length: 60, df: true }, { reply: true });
    expect([near?.forward.netns, near?.forward.packet.dst, near?.replies[0]?.verdict]).toEqual(['b', ip('10.1.1.2'), 'delivered']);
    expect([...new Set(asked)]).toEqual(['default/s2']);
  });
});
