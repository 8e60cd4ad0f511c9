import { describe, expect, test } from 'vitest';
import { type Journey, type Probe, walkProbe } from '../../src/dataplane/index.ts';
import type { Walk } from '../../src/dataplane/walk.ts';
import type { NetnsDraft } from '../../src/linux/build.ts';
import type { VirtualServer } from '../../src/linux/ipvs.ts';
import type { Hook, Match, NfRule, Table } from '../../src/linux/netfilter.ts';
import { formatIp } from '../../src/net/ip.ts';
import { addBridge, addPod, ip, machine, prefix, router, worldOf } from '../support/world.ts';

const VIP = '10.96.0.1';
const server = (to: readonly (readonly [address: string, weight?: number])[], given: Partial<VirtualServer> = {}): VirtualServer => ({
  protocol: 'tcp',
  ip: ip(VIP),
  port: 80,
  scheduler: 'rr',
  realServers: to.map(([address, weight = 1]) => ({ ip: ip(address), port: 8080, weight })),
  ...given,
});

const chain = (name: string, hook: Hook, rules: readonly NfRule[]): Table => ({
  tool: 'iptables',
  family: 'ip',
  name,
  chains: [{ name: hook.toUpperCase(), rules, base: { type: name === 'nat' ? 'nat' : 'filter', hook, priority: name === 'nat' ? 100 : 0, policy: 'ACCEPT' } }],
});
const masquerade = (...matches: readonly Match[]): Table => chain('nat', 'postrouting', [{ matches, action: { target: 'MASQUERADE' } }]);

/** One node with pods a, b and c on a bridge, the virtual address on a link that is down, and a router. */
const clusterWith = (servers: readonly VirtualServer[], set: (node: NetnsDraft) => void = () => undefined) => {
  const node = machine('node', 'node', '192.168.1.11');
  addBridge(node, 'br0', '10.1.1.1', 1500);
  const pods = ['a', 'b', 'c'].map((id, i) => addPod(node, 'br0', id, `10.1.1.${i + 2}`, '10.1.1.1', 1500));
  node.addLink({ kind: 'dummy', ifname: 'kube-ipvs0', mtu: 1500, up: false, noarp: true, address: '2e:00:00:00:00:01' });
  node.addAddress('kube-ipvs0', ip(VIP), 32);
  node.ipvs = { servers };
  node.sysctls['net.ipv4.vs.conntrack'] = 1;
  set(node);
  const outside = router();
  outside.addRoute({ dst: prefix('10.0.0.0/8'), nexthops: [{ dev: 'eth0', gateway: ip('192.168.1.11') }] });
  return worldOf([node, ...pods, outside]);
};
const ask = (world: ReturnType<typeof clusterWith>, from = 'a', given: Partial<Probe> = {}): readonly Journey[] =>
  walkProbe(world, { netns: from, dst: ip(VIP), protocol: 'tcp', port: 80, length: 60, df: true, ...given }, { reply: true });

const ends = ({ packet, netns, verdict, reason }: Walk): string =>
  `${netns} ${verdict} ${formatIp(packet.src)} > ${formatIp(packet.dst)}${verdict === 'delivered' ? '' : ` ${reason.code}`}`;
const both = (journeys: readonly Journey[]): readonly string[] => journeys.flatMap(({ forward, replies }) => [forward, ...replies].map(ends));

describe('scheduling', () => {
  test.for<[what: string, server: VirtualServer, want: readonly (readonly [string, number])[]]>([
    ['one server', server([['10.1.1.3']]), [['b', 1]]],
    [
      'each as likely',
      server([['10.1.1.3'], ['10.1.1.4']]),
      [
        ['b', 0.5],
        ['c', 0.5],
      ],
    ],
    [
      'rr looks at no weight',
      server([
        ['10.1.1.3', 3],
        ['10.1.1.4', 1],
      ]),
      [
        ['b', 0.5],
        ['c', 0.5],
      ],
    ],
    [
      'wrr does',
      server(
        [
          ['10.1.1.3', 3],
          ['10.1.1.4', 1],
        ],
        { scheduler: 'wrr' },
      ),
      [
        ['b', 0.75],
        ['c', 0.25],
      ],
    ],
    ['weight 0 gets none', server([['10.1.1.3', 0], ['10.1.1.4']]), [['c', 1]]],
    ['any port of a persistent server', server([['10.1.1.3']], { port: 0, persistent: 60 }), [['b', 1]]],
  ])(/* biome-ignore format: a table */ '%s', ([, one, want]) => {
    expect(ask(clusterWith([one])).map(({ forward }) => [forward.netns, forward.probability])).toEqual(want);
  });

  test.for<[what: string, server: VirtualServer, probe: Partial<Probe>, want: readonly string[]]>([
    ['no server', server([]), {}, ['node rejected 10.1.1.2 > 10.96.0.1 IPVS_NO_DESTINATION']],
    ['none with a weight', server([['10.1.1.3', 0]]), {}, ['node rejected 10.1.1.2 > 10.96.0.1 IPVS_NO_DESTINATION']],
    // The port is the node's own, for who listens on all its addresses.
    ['another port', server([['10.1.1.3']]), { port: 81 }, ['node delivered 10.1.1.2 > 10.96.0.1', 'a delivered 10.96.0.1 > 10.1.1.2']],
    ['another protocol', server([['10.1.1.3']]), { protocol: 'udp' }, ['node delivered 10.1.1.2 > 10.96.0.1', 'a delivered 10.96.0.1 > 10.1.1.2']],
    [
      'any port of a server that is not persistent',
      server([['10.1.1.3']], { port: 0 }),
      {},
      ['node delivered 10.1.1.2 > 10.96.0.1', 'a delivered 10.96.0.1 > 10.1.1.2'],
    ],
  ])('%s', ([, one, probe, want]) => {
    expect(both(ask(clusterWith([one]), 'a', probe))).toEqual(want);
  });

  test('the sender is told where no server is left, by the virtual address', () => {
    for (const [from, src] of [
      ['a', '10.1.1.2'],
      ['node', VIP],
    ] as const) {
      const error = ask(clusterWith([server([])]), from)[0]?.forward.error;
      expect(error && ends(error)).toBe(`${from} delivered ${VIP} > ${src}`);
      expect(error?.packet.l4).toMatchObject({ proto: 'icmp', type: 3, code: 3 });
    }
  });
});

describe('the way of a request', () => {
  const hooks = (walk: Walk | undefined): readonly string[] =>
    (walk?.steps ?? []).flatMap((step) => (step.netns === 'node' && step.kind === 'filter' ? [step.hook] : []));
  const all = (['input', 'forward', 'output', 'postrouting'] as const).map((hook) => chain('filter', hook, [{ matches: [], action: { target: 'ACCEPT' } }]));

  test('INPUT, OUTPUT and POSTROUTING there, FORWARD back', () => {
    const [journey] = ask(clusterWith([server([['10.1.1.3']])], (node) => node.tables.push(...all.map((table, i) => ({ ...table, name: `filter${i}` })))));
    expect(hooks(journey?.forward)).toEqual(['input', 'output', 'postrouting']);
    expect(hooks(journey?.replies[0])).toEqual(['forward', 'postrouting']);
  });

  test.for<[what: string, from: string, ipvs: string, set: (node: NetnsDraft) => void, want: readonly string[]]>([
    ['bridged answers are seen', 'a', '10.1.1.3', () => undefined, ['b delivered 10.1.1.2 > 10.1.1.3', 'a delivered 10.96.0.1 > 10.1.1.2']],
    [
      'bridged answers pass by',
      'a',
      '10.1.1.3',
      (node) => {
        node.sysctls['net.bridge.bridge-nf-call-iptables'] = 0;
      },
      ['b delivered 10.1.1.2 > 10.1.1.3', 'a dropped 10.1.1.3 > 10.1.1.2 REPLY_NOT_RECOGNISED'],
    ],
    ['masqueraded', 'a', '10.1.1.3', (node) => node.tables.push(masquerade()), ['b delivered 10.1.1.1 > 10.1.1.3', 'a delivered 10.96.0.1 > 10.1.1.2']],
    [
      'not masqueraded where conntrack is not kept',
      'a',
      '10.1.1.3',
      (node) => {
        node.tables.push(masquerade());
        node.sysctls['net.ipv4.vs.conntrack'] = 0;
      },
      ['b delivered 10.1.1.2 > 10.1.1.3', 'a delivered 10.96.0.1 > 10.1.1.2'],
    ],
    [
      "the node's own, as the virtual address that it has",
      'node',
      '10.1.1.3',
      () => undefined,
      ['b delivered 10.96.0.1 > 10.1.1.3', 'node delivered 10.96.0.1 > 10.96.0.1'],
    ],
    ['to the node itself', 'a', '192.168.1.11', () => undefined, ['node delivered 10.1.1.2 > 192.168.1.11', 'a delivered 10.96.0.1 > 10.1.1.2']],
    ['from the node to itself', 'node', '192.168.1.11', () => undefined, ['node delivered 10.96.0.1 > 192.168.1.11', 'node delivered 10.96.0.1 > 10.96.0.1']],
    [
      'no route to the server',
      'a',
      '172.16.0.1',
      (node) => node.addRoute({ type: 'blackhole', dst: prefix('172.16.0.0/12') }),
      ['node dropped 10.1.1.2 > 10.96.0.1 BLACKHOLE_ROUTE'],
    ],
  ])('%s', ([, from, to, set, want]) => {
    expect(both(ask(clusterWith([server([[to]])], set), from))).toEqual(want);
  });

  test('a packet from 127.0.0.1 goes to no other host', () => {
    expect(both(ask(clusterWith([server([['10.1.1.3']])]), 'node', { src: ip('127.0.0.1') }))).toEqual(['node dropped 127.0.0.1 > 10.96.0.1 MARTIAN_SOURCE']);
  });

  test.for<[what: string, match: Partial<Extract<Match, { match: 'ipvs' }>>, code: string]>([
    ['of this virtual server', {}, 'FILTERED'],
    ['of another port', { vport: 81 }, 'DELIVERED'],
    ['of another address', { vaddr: ip('10.96.0.2') }, 'DELIVERED'],
    ['of another protocol', { protocol: 'udp' }, 'DELIVERED'],
  ])('a rule that asks for connections %s', ([, given, code]) => {
    const rule: NfRule = { matches: [{ match: 'ipvs', vaddr: ip(VIP), protocol: 'tcp', vport: 80, ...given }], action: { target: 'DROP' } };
    const world = clusterWith([server([['10.1.1.3']])], (node) => node.tables.push(chain('filter', 'output', [rule])));
    expect(ask(world)[0]?.forward.reason.code).toBe(code);
  });
});

test('steps say what was rewritten, by which server, and that others were as likely', () => {
  const [journey] = ask(clusterWith([server([['10.1.1.3'], ['10.1.1.4']])]));
  const steps = (walk: Walk | undefined) =>
    (walk?.steps ?? []).flatMap((step) => (step.kind === 'translate' ? [`${step.nat} ${step.table} ${step.hook} ${step.because[0]?.line}`] : []));
  expect(steps(journey?.forward)).toEqual(['dnat ipvs input -a -t 10.96.0.1:80 -r 10.1.1.3:8080 -m -w 1']);
  expect(steps(journey?.replies[0])).toEqual(['un-dnat ipvs forward -a -t 10.96.0.1:80 -r 10.1.1.3:8080 -m -w 1']);
  expect(journey?.forward.steps.find(({ kind }) => kind === 'translate')?.note).toBe(
    'ip_vs takes the packet for a virtual server and sends it to one of 2 real servers: the servers take turns, so which one it is depends on the connections before.',
  );
});

test('an error about a masqueraded packet leaves the node that sends it by the route to the client, and not by lo', () => {
  const [journey] = ask(clusterWith([server([['10.1.1.99']])], (node) => node.tables.push(masquerade())));
  const { reason, error } = journey!.forward;
  expect([reason.code, error && ends(error), error?.packet.ttl]).toEqual(['NEIGHBOUR_UNRESOLVED', 'a delivered 10.96.0.1 > 10.1.1.2', 64]);
  expect(error?.taps.filter(({ netns }) => netns === 'node').map(({ dev, dir }) => `${dev} ${dir}`)).toEqual(['br0 out', 'vetha out']);
});
