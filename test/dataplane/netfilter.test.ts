import { describe, expect, test } from 'vitest';
import { walkProbe } from '../../src/dataplane/index.ts';
import type { NetnsDraft } from '../../src/linux/build.ts';
import type { BaseChain, Chain, Hook, NfRule, Table } from '../../src/linux/netfilter.ts';
import { formatIp } from '../../src/net/ip.ts';
import { addBridge, addPod, ip, machine, prefix, router, worldOf } from '../support/world.ts';

const PRIORITY = { raw: -300, mangle: -150, filter: 0 } as const;
const base = (hook: Hook, type: BaseChain['type'], priority: number, policy: 'ACCEPT' | 'DROP' = 'ACCEPT'): BaseChain => ({ type, hook, priority, policy });
const table = (name: string, chains: Chain[]): Table => ({ tool: 'iptables', family: 'ip', name, chains });
const nat = (hook: Hook, rules: NfRule[]): Table =>
  table('nat', [{ name: hook.toUpperCase(), base: base(hook, 'nat', hook === 'prerouting' || hook === 'output' ? -100 : 100), rules }]);
const filter = (hook: Hook, rules: NfRule[], policy: 'ACCEPT' | 'DROP' = 'ACCEPT', more: Chain[] = []): Table =>
  table('filter', [{ name: hook.toUpperCase(), base: base(hook, 'filter', PRIORITY.filter, policy), rules }, ...more]);

// One node with pods a, b and c on a bridge, and a gateway to the outside.
const cluster = (set: (node: NetnsDraft) => void) => {
  const node = machine('node', 'node', '192.168.1.11');
  addBridge(node, 'br0', '10.1.1.1', 1500);
  const pods = ['a', 'b', 'c'].map((id, i) => addPod(node, 'br0', id, `10.1.1.${i + 2}`, '10.1.1.1', 1500));
  const outside = router();
  outside.addRoute({ dst: prefix('10.1.1.0/24'), nexthops: [{ dev: 'eth0', gateway: ip('192.168.1.11') }] });
  set(node);
  return worldOf([node, ...pods, outside]);
};
const ask = (world: ReturnType<typeof cluster>, from: string, to: string, port?: number) =>
  walkProbe(world, { netns: from, dst: ip(to), protocol: port ? 'tcp' : 'icmp', ...(port && { port }), length: 60, df: true }, { reply: true });

describe('FORWARD', () => {
  const accept: NfRule = { matches: [{ match: 'saddr', prefix: prefix('10.1.1.0/24') }], action: { target: 'ACCEPT' } };
  const drop: NfRule = { matches: [{ match: 'daddr', prefix: prefix('10.1.1.3/32') }], action: { target: 'DROP' } };
  const jump: NfRule = { matches: [], action: { target: 'jump', chain: 'SUB' } };
  const gone: NfRule = { matches: [], action: { target: 'goto', chain: 'SUB' } };
  const back: NfRule = { matches: [], action: { target: 'RETURN' } };
  const sub = (rules: NfRule[]): Chain => ({ name: 'SUB', rules });
  test.for([
    ['policy DROP stops what is routed', [filter('forward', [], 'DROP')], 1, '203.0.113.10', 'FILTER_POLICY_DROP'],
    ['policy DROP stops what is bridged while br_netfilter calls', [filter('forward', [], 'DROP')], 1, '10.1.1.3', 'FILTER_POLICY_DROP'],
    ['policy DROP does not see what is bridged otherwise', [filter('forward', [], 'DROP')], 0, '10.1.1.3', 'DELIVERED'],
    ['a rule before the policy', [filter('forward', [accept], 'DROP')], 1, '10.1.1.3', 'DELIVERED'],
    ['a rule that drops', [filter('forward', [drop])], 1, '10.1.1.3', 'FILTERED'],
    ['the first match decides', [filter('forward', [accept, drop])], 1, '10.1.1.3', 'DELIVERED'],
    ['a jump returns', [filter('forward', [jump, drop], 'ACCEPT', [sub([])])], 1, '10.1.1.3', 'FILTERED'],
    ['RETURN in a chain goes back to the caller', [filter('forward', [jump, drop], 'ACCEPT', [sub([back, accept])])], 1, '10.1.1.3', 'FILTERED'],
    ['RETURN in the base chain is the policy', [filter('forward', [back, drop], 'ACCEPT')], 1, '10.1.1.3', 'DELIVERED'],
    ['a goto does not return', [filter('forward', [gone, drop], 'ACCEPT', [sub([])])], 1, '10.1.1.3', 'DELIVERED'],
    [
      'ACCEPT of one table does not save from the next',
      [filter('forward', [accept]), { ...filter('forward', [drop]), name: 'other', tool: 'nft' as const }],
      1,
      '10.1.1.3',
      'FILTERED',
    ],
  ] as const)('%s', ([, tables, call, to, code]) => {
    const world = cluster((node) => {
      node.tables.push(...tables);
      node.sysctls['net.bridge.bridge-nf-call-iptables'] = call;
    });
    expect(ask(world, 'a', to)[0]!.forward.reason.code).toBe(code === 'DELIVERED' && to.startsWith('203') ? 'TO_INTERNET' : code);
  });
});

const dnat = (to: string): NfRule => ({
  matches: [
    { match: 'daddr', prefix: prefix('10.96.0.1/32') },
    { match: 'l4proto', protocol: 'tcp' },
    { match: 'dport', ports: [[80, 80]] },
  ],
  action: { target: 'DNAT', to: { ip: ip(to), port: 8080 } },
});

describe('nat', () => {
  test('a destination is translated once, and the answer back', () => {
    const world = cluster((node) => node.tables.push(nat('prerouting', [dnat('10.1.1.3')])));
    const [journey] = ask(world, 'a', '10.96.0.1', 80);
    expect(journey!.forward).toMatchObject({
      verdict: 'delivered',
      netns: 'b',
      packet: { src: ip('10.1.1.2'), dst: ip('10.1.1.3'), ttl: 64, l4: { dport: 8080 } },
    });
    expect(journey!.replies[0]).toMatchObject({ verdict: 'delivered', netns: 'a', packet: { src: ip('10.96.0.1'), l4: { sport: 80 } } });
    expect(journey!.forward.steps.filter((s) => s.kind === 'translate')).toHaveLength(1);
  });
  test('without br_netfilter the answer bypasses the translation', () => {
    const world = cluster((node) => {
      node.tables.push(nat('prerouting', [dnat('10.1.1.3')]));
      node.sysctls['net.bridge.bridge-nf-call-iptables'] = 0;
    });
    const [journey] = ask(world, 'a', '10.96.0.1', 80);
    expect(journey!.forward).toMatchObject({ verdict: 'delivered', netns: 'b', packet: { ttl: 63 } });
    expect(journey!.replies[0]).toMatchObject({ verdict: 'dropped', reason: { code: 'REPLY_NOT_RECOGNISED' } });
  });
  test('back to the sender itself needs a hairpin port', () => {
    const hairpin = (on: boolean) =>
      ask(
        cluster((node) => {
          node.tables.push(nat('prerouting', [dnat('10.1.1.2')]));
          node.links = node.links.map((l) => (l.ifname === 'vetha' ? { ...l, hairpin: on } : l));
        }),
        'a',
        '10.96.0.1',
        80,
      )[0]!.forward;
    expect(hairpin(false).reason.code).toBe('BRIDGE_NO_HAIRPIN');
    expect(hairpin(true)).toMatchObject({ netns: 'a', packet: { dst: ip('10.1.1.2') } });
  });
  test('lots are drawn: two back ends are two ways', () => {
    const half: NfRule = { ...dnat('10.1.1.3'), matches: [...dnat('10.1.1.3').matches, { match: 'statistic', probability: 0.25 }] };
    const world = cluster((node) => node.tables.push(nat('prerouting', [half, dnat('10.1.1.4')])));
    const ways = ask(world, 'a', '10.96.0.1', 80).map((j) => [j.forward.netns, j.forward.probability]);
    expect(Object.fromEntries(ways)).toEqual({ b: 0.25, c: 0.75 });
  });
  test('a masqueraded error is translated back for the pod', () => {
    const world = cluster((node) => node.tables.push(nat('postrouting', [{ matches: [], action: { target: 'MASQUERADE' } }])));
    const [journey] = walkProbe(world, { netns: 'a', dst: ip('203.0.113.10'), protocol: 'icmp', length: 84, df: true, ttl: 2 }, { reply: true });
    expect(journey!.forward).toMatchObject({ reason: { code: 'TTL_EXPIRED' }, netns: 'gateway' });
    expect(journey!.forward.error).toMatchObject({
      verdict: 'delivered',
      netns: 'a',
      packet: { src: ip('192.168.1.1'), dst: ip('10.1.1.2'), l4: { about: { src: ip('10.1.1.2') } } },
    });
  });
  test('from outside to a pod, and the answer home', () => {
    const world = cluster(() => {});
    const [journey] = walkProbe(
      world,
      { netns: 'internet', src: ip('203.0.113.10'), dst: ip('10.1.1.3'), protocol: 'tcp', port: 80, length: 60, df: true },
      { reply: true },
    );
    expect(journey!.forward).toMatchObject({ verdict: 'delivered', netns: 'b', packet: { ttl: 62 } });
    expect(journey!.replies[0]).toMatchObject({ verdict: 'delivered', packet: { dst: ip('203.0.113.10') } });
  });
});

test('REJECT tells the sender, DROP does not', () => {
  const reject: NfRule = {
    matches: [
      { match: 'dport', ports: [[80, 80]] },
      { match: 'l4proto', protocol: 'tcp' },
    ],
    action: { target: 'REJECT', with: 'icmp-port-unreachable' },
  };
  const world = cluster((node) => node.tables.push(filter('forward', [reject])));
  const { verdict, error } = ask(world, 'a', '203.0.113.10', 80)[0]!.forward;
  expect([verdict, error && formatIp(error.packet.src), error?.netns]).toEqual(['rejected', '10.1.1.1', 'a']);
});

test('rp_filter: strict wants the way back by the same link, loose any way back', () => {
  const verdict = (mode: number) => {
    const world = cluster((node) => {
      node.sysctls['net.ipv4.conf.all.rp_filter'] = mode;
      node.addRoute({ dst: prefix('203.0.113.0/24'), nexthops: [{ dev: 'br0' }] });
    });
    return walkProbe(world, { netns: 'internet', dst: ip('10.1.1.3'), protocol: 'icmp', length: 84, df: true }, { reply: false })[0]!.forward.reason.code;
  };
  expect([verdict(0), verdict(1), verdict(2)]).toEqual(['DELIVERED', 'RP_FILTER', 'DELIVERED']);
});

test('two next hops are two ways, by weight; routes that point at each other are a loop', () => {
  const left = machine('left', 'node', '192.168.1.11');
  const [r1, r2] = [machine('r1', 'router', '192.168.1.12'), machine('r2', 'router', '192.168.1.13')];
  left.addRoute({
    dst: prefix('172.20.0.0/16'),
    nexthops: [
      { dev: 'eth0', gateway: ip('192.168.1.12'), weight: 3 },
      { dev: 'eth0', gateway: ip('192.168.1.13'), weight: 1 },
    ],
  });
  r1.addRoute({ dst: prefix('172.20.0.0/16'), nexthops: [{ dev: 'eth0', gateway: ip('192.168.1.13') }] });
  r2.addRoute({ dst: prefix('172.20.0.0/16'), nexthops: [{ dev: 'eth0', gateway: ip('192.168.1.12') }] });
  const ways = walkProbe(worldOf([left, r1, r2]), { netns: 'left', dst: ip('172.20.1.1'), protocol: 'icmp', length: 84, df: true }, { reply: true });
  expect(ways.map((w) => [w.forward.probability, w.forward.verdict, w.forward.reason.code])).toEqual([
    [0.75, 'looped', 'LOOP'],
    [0.25, 'looped', 'LOOP'],
  ]);
});

test('a packet too big for a link further on: the sender is told, or, where a rule swallows that, never learns', () => {
  const ask1500 = (swallow: boolean) => {
    const world = cluster((node) => {
      node.tables.push(nat('postrouting', [{ matches: [], action: { target: 'MASQUERADE' } }]));
      const unreachable: NfRule = {
        matches: [
          { match: 'l4proto', protocol: 'icmp' },
          { match: 'icmp', type: 3 },
        ],
        action: { target: 'DROP' },
      };
      if (swallow) node.tables.push(filter('forward', [unreachable]));
    });
    const gateway = world.netns('gateway')!;
    const narrow = { ...gateway, links: gateway.links.map((l) => (l.ifname === 'wan' ? { ...l, mtu: 1400 } : l)) };
    const narrowed = { ...world, netns: (id: string) => (id === 'gateway' ? narrow : world.netns(id)) };
    return walkProbe(narrowed, { netns: 'a', dst: ip('203.0.113.10'), protocol: 'icmp', length: 1500, df: true }, { reply: false })[0]!.forward;
  };
  const told = ask1500(false);
  expect([told.reason.code, told.netns, told.error?.verdict, told.error?.packet.l4]).toMatchObject([
    'MTU_EXCEEDED_DF',
    'gateway',
    'delivered',
    { type: 3, code: 4, mtu: 1400 },
  ]);
  expect([ask1500(true).reason.code, ask1500(true).error?.reason.code]).toEqual(['PMTU_BLACKHOLE', 'FILTERED']);
});
