import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import type { Chain, NfRule, Table } from '../../src/linux/netfilter.ts';
import type { EndpointSlice, Service } from '../../src/model/service.ts';
import type { Ip } from '../../src/net/ip.ts';
import { contains } from '../../src/net/prefix.ts';
import { addIptables } from '../../src/services/iptables/index.ts';
import { portChains } from '../../src/services/names.ts';
import { createServiceTable } from '../../src/services/table.ts';
import { LARGE, type ProxyConfig, type ServicePort, type ServiceTable } from '../../src/services/types.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';
import { type FlowSuite, outcomeOf, suitesOf } from './flows.ts';
import { cluster, ip, portSpec, prefix, service, slice } from './support.ts';

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
const node = { name: 'node-1', ips: [ip('192.168.1.11')], primary: ip('192.168.1.11'), podCIDRs: [], beLiberal: false };
const tablesOf = (table: ServiceTable): Record<string, Table> =>
  Object.fromEntries(addIptables({ table, config: CONFIG, family: 4, node }, createNetns('node-1', 'node')).tables.map((one) => [one.name, one]));

// So few addresses and ports that many Services share them, as only broken clusters have it.
const shared = (i: number) => ip(`10.96.0.${i}`);
const few = fc.integer({ min: 1, max: 4 });
const arbitraryService = fc
  .record({ clusterIP: few, externalIPs: fc.array(few, { maxLength: 2 }), vips: fc.array(few, { maxLength: 2 }), ranged: fc.boolean(), local: fc.boolean(), ports: fc.uniqueArray(few, { minLength: 1 }), nodePort: fc.option(few), udp: fc.boolean(), ends: fc.constantFrom('none', 'here', 'elsewhere') })
  .map(({ clusterIP, externalIPs, vips, ranged, local, ports, nodePort, udp, ends }) => ({
    given: {
      type: 'LoadBalancer',
      clusterIPs: [shared(clusterIP)],
      externalIPs: externalIPs.map(shared),
      ingress: vips.map((one) => ({ ip: shared(one) })),
      loadBalancerSourceRanges: ranged ? [prefix('10.0.0.0/8')] : [],
      externalTrafficPolicy: local ? 'Local' : 'Cluster',
      internalTrafficPolicy: local ? 'Local' : 'Cluster',
      ports: ports.map((port) => portSpec({ name: `p${port}`, port, protocol: udp ? 'UDP' : 'TCP', ...(nodePort !== null && { nodePort }) })),
    } satisfies Partial<Service>,
    ends,
  })); // biome-ignore format: a table

const ready = { ready: true, serving: true, terminating: false };
const sliceFor = (name: string, ports: Service['ports'], ends: string, i: number): EndpointSlice[] =>
  ends === 'none'
    ? []
    : [
        slice({
          name,
          service: name,
          ports: ports.map(({ name: port, protocol }) => ({ name: port, protocol, port: 8080 })),
          endpoints: [{ ...ready, addresses: [ip(`10.244.${i >> 8}.${i & 255}`)], nodeName: ends === 'here' ? 'node-1' : 'node-2' }],
        }),
      ];

const SHARED = [
  ['nat', 'KUBE-SERVICES'],
  ['nat', 'KUBE-NODEPORTS'],
  ['filter', 'KUBE-SERVICES'],
  ['filter', 'KUBE-EXTERNAL-SERVICES'],
  ['filter', 'KUBE-PROXY-FIREWALL'],
] as const;

const mayMatch = (rule: NfRule, dst: Ip, dport: number | undefined): boolean =>
  rule.matches.every((match) => {
    if (match.match === 'daddr') return contains(match.prefix, dst) !== (match.not ?? false);
    if (match.match === 'dport') return match.ports.some(([from, to]) => dport !== undefined && dport >= from && dport <= to);
    return true;
  });

test('what is narrowed to a destination is what the whole chain has for it, in order', { timeout: 30_000 }, () => {
  const destination = fc.tuple(
    fc.constantFrom(...[1, 2, 3, 4, 5].map(shared), ip('192.168.1.11'), ip('127.0.0.1')),
    fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  );
  const services = fc.array(arbitraryService, { minLength: LARGE + 1, maxLength: LARGE + 20, size: 'max' });
  let rules = 0;
  fc.assert(
    fc.property(services, fc.array(destination, { minLength: 20, maxLength: 20 }), (all, destinations) => {
      const made = all.map(({ given, ends }, i) => ({ service: service({ name: `s${i}`, ...given }), ends, i }));
      const slices = made.flatMap(({ service: { name, ports }, ends, i }) => sliceFor(name, ports, ends, i));
      const tables = tablesOf(createServiceTable(cluster({ services: made.map((one) => one.service), slices })));
      for (const [table, name] of SHARED) {
        const chain = tables[table]?.lazy?.chain(name) ?? tables[table]?.chains.find((one) => one.name === name);
        for (const [dst, dport] of destinations) {
          const narrowed = chain?.narrow?.(dst, dport);
          rules += narrowed?.length ?? 0;
          expect(narrowed).toEqual(chain?.rules.filter((rule) => mayMatch(rule, dst, dport)));
        }
      }
    }),
    { numRuns: 10 },
  );
  expect(rules).toBeGreaterThan(1000);
});

describe('5,000 Services', () => {
  const SERVICES = 5000;
  const address = (i: number) => 0x0a600000 + i;
  const many = Array.from({ length: SERVICES }, (_, i) =>
    service({ name: `s${i}`, clusterIPs: [address(i)], ports: [portSpec({ name: 'p', nodePort: 20000 + i })] }),
  );
  const counted = () => {
    const slices = many.flatMap(({ name, ports }, i) => [0, 1].flatMap((j) => sliceFor(`${name}`, ports, 'elsewhere', 2 * i + j)));
    const table = createServiceTable(cluster({ services: many, slices }));
    const asked = new Set<ServicePort>();
    const spied: ServiceTable = {
      ...table,
      backends: (port, where) => {
        asked.add(port);
        return table.backends(port, where);
      },
    };
    return { asked, nat: tablesOf(spied)['nat']!, filter: tablesOf(spied)['filter']! };
  };
  const names = (chains: readonly Chain[]) => chains.map(({ name }) => name);

  test('only those that a packet can match have their endpoints derived', () => {
    const { asked, nat, filter } = counted();
    expect(asked.size).toBe(0);
    const [rule, ...rest] = nat.lazy?.chain('KUBE-SERVICES')?.narrow?.(address(77), 80) ?? [];
    expect(rule?.comment).toBe('default/s77:p cluster IP');
    expect(rest).toHaveLength(1);
    expect(nat.lazy?.chain('KUBE-NODEPORTS')?.narrow?.(ip('192.168.1.11'), 20078)).toHaveLength(1);
    expect(filter.chains.find(({ name }) => name === 'KUBE-SERVICES')?.narrow?.(address(77), 80)).toEqual([]);
    expect([...asked].map(({ name }) => name)).toEqual(['default/s77:p', 'default/s78:p']);
  });

  test('the chains of a Service are found by the names of its jumps, without making those of others', () => {
    const { asked, nat } = counted();
    const jump = nat.lazy?.chain('KUBE-SERVICES')?.narrow?.(address(77), 80)[0]?.action;
    const svc = nat.lazy?.chain(jump?.target === 'jump' ? jump.chain : '');
    expect(svc?.rules.map(({ comment }) => comment)).toEqual(['default/s77:p cluster IP', undefined, undefined]);
    const sep = svc?.rules.at(-1)?.action;
    expect(nat.lazy?.chain(sep?.target === 'jump' ? sep.chain : '')?.rules).toHaveLength(2);
    // Whether rules of endpoints have comments depends on 1001 endpoints, two of a Service: the 78th is one of them.
    expect(asked.size).toBe(501);
  });

  test('a name that no jump has brought up is found all the same, and one that is not there is not', () => {
    const { nat } = counted();
    const { svc, svl } = portChains({ name: 'default/s4999:p', protocol: 'tcp' });
    expect(nat.lazy?.chain(svc)?.rules).toHaveLength(3);
    expect(nat.lazy?.chain(svl)).toBeUndefined();
    expect(nat.lazy?.chain('KUBE-HOSTPORTS')).toBeUndefined();
    expect(nat.lazy?.chain('KUBE-MARK-MASQ')?.rules).toHaveLength(1);
  });

  test('all chains of table nat', () => {
    const { nat } = counted();
    // A chain for the Service, one for its node port and one for each of two endpoints; and the fixed ones.
    expect(nat.chains).toHaveLength(SERVICES * 4 + 3 + 1 + 4);
    expect(new Set(names(nat.chains)).size).toBe(nat.chains.length);
  });
});

describeWith([needs.shared()], 'the same flows where they are among many Services', () => {
  // Beside them, so that their rules are found and not listed.
  const padded = (suite: FlowSuite): FlowSuite => {
    const of = (i: number) => (suite.proxy.ipFamily === 'IPv4' ? `172.31.${i >> 8}.${i & 255}` : `fd00:172:31::${i.toString(16)}`);
    const more = Array.from({ length: LARGE + 1 }, (_, i) => ({
      namespace: 'other',
      name: `s${i}`,
      type: 'ClusterIP' as const,
      clusterIP: of(i),
      ports: [{ port: 80, protocol: 'TCP' as const }],
    }));
    return { ...suite, services: [...more.slice(0, 100), ...suite.services, ...more.slice(100)] };
  };
  for (const suite of sharedCases === undefined ? [] : suitesOf('iptables'))
    test(suite.id, () => {
      for (const flow of suite.flows) expect([flow.name, outcomeOf(padded(suite), flow, addIptables)]).toEqual([flow.name, flow.expect]);
    });
});
