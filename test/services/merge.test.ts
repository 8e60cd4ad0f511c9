import { describe, expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import type { Chain, Table } from '../../src/linux/netfilter.ts';
import { printTable } from '../../src/linux/print/iptables-save.ts';
import { ACCEPT, createRules, dport, jump, l4, mark, RETURN, rule } from '../../src/linux/rules.ts';
import { addKubelet, fromPod, kubePostrouting, markMasq } from '../../src/services/kube-chains.ts';
import { type Addition, mergeTables } from '../../src/services/merge.ts';
import type { ProxyConfig } from '../../src/services/types.ts';
import { prefix } from '../support/world.ts';

const MARK = { masqueradeMark: 0x4000 };
const named = (comment: string, chain: string) => rule([], jump(chain), { comment });
const addition = (more: Partial<Addition> = {}): Addition => ({ name: 'nat', chains: [], inserts: [], ...more });
const plugin = (set: (rules: ReturnType<typeof createRules>) => void) => {
  const rules = createRules(4);
  set(rules);
  return { ...createNetns('node-1', 'node'), tables: rules.tables() };
};
const saved = (tables: readonly Table[], name: string) => printTable(tables.find((table) => table.name === name)!).filter((line) => line.startsWith('-A'));
// A side that says when it is made to name all its chains.
const lazily = (chains: readonly Chain[]) => {
  const asked: string[] = [];
  const find = (name: string) => {
    asked.push(name);
    return chains.find((chain) => chain.name === name);
  };
  const all = () => {
    asked.push('all');
    return chains;
  };
  return { asked, find, all };
};
const SUB: Chain = { name: 'KUBE-SVC-A', rules: [rule([], ACCEPT)] };
const OTHER: Chain = { name: 'OTHER', rules: [rule([], RETURN)] };

describe('mergeTables', () => {
  test('the last insert stands first, all before what was there', () => {
    const netns = plugin((rules) => rules.append('nat', 'POSTROUTING', named('flanneld masq', 'FLANNEL-POSTRTG')));
    const inserts = [
      { into: 'POSTROUTING', rule: named('one', 'A') },
      { into: 'POSTROUTING', rule: named('two', 'B') },
      { into: 'OUTPUT', rule: named('three', 'C') },
    ];
    expect(saved(mergeTables(netns, 4, [addition({ inserts })]).tables, 'nat')).toEqual([
      '-A OUTPUT -m comment --comment three -j C',
      '-A POSTROUTING -m comment --comment two -j B',
      '-A POSTROUTING -m comment --comment one -j A',
      '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
    ]);
  });

  test("kubenet's own KUBE-MARK-MASQ and KUBE-POSTROUTING are written anew, its jump stays in its place", () => {
    const comment = 'kubernetes postrouting rules';
    const netns = plugin((rules) => {
      rules.append('nat', 'KUBE-MARK-MASQ', rule([], { target: 'MARK', value: 1, mask: 1 }));
      rules.append('nat', 'KUBE-POSTROUTING', rule([mark(1)], { target: 'MASQUERADE' }));
      rules.append('nat', 'KUBE-HOSTPORTS', rule([l4('tcp'), dport(80)], jump('KUBE-MARK-MASQ')));
      rules.append('nat', 'POSTROUTING', named('first', 'KUBE-HOSTPORTS'), rule([], jump('KUBE-POSTROUTING'), { comment, origin: { plugin: 'kubelet' } }));
    });
    const inserts = [{ into: 'POSTROUTING', rule: named(comment, 'KUBE-POSTROUTING') }];
    const merged = mergeTables(netns, 4, [addition({ inserts, chains: [markMasq(MARK), kubePostrouting(MARK)] })]);
    expect(saved(merged.tables, 'nat')).toEqual([
      '-A POSTROUTING -m comment --comment first -j KUBE-HOSTPORTS',
      '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
      '-A KUBE-HOSTPORTS -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ',
      '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
      '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
      '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
      '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ]);
  });

  test('families and tools are kept apart, and the policy of a chain stays', () => {
    const netns = plugin((rules) => rules.policy('FORWARD', 'DROP'));
    const nft: Table = { tool: 'nft', family: 'ip', name: 'filter', chains: [] };
    const inserts = [{ into: 'FORWARD', rule: named('x', 'X') }];
    const { tables } = mergeTables({ ...netns, tables: [nft, ...netns.tables] }, 6, [addition({ name: 'filter', inserts })]);
    expect(tables.map(({ tool, family, name }) => `${tool} ${family} ${name}`)).toEqual(['nft ip filter', 'iptables ip filter', 'iptables ip6 filter']);
    const [, four, six] = mergeTables({ ...netns, tables }, 4, [addition({ name: 'filter', inserts })]).tables;
    expect(printTable(four!)).toContain(':FORWARD DROP [0:0]');
    expect(printTable(four!)).toContain('-A FORWARD -m comment --comment x -j X');
    expect(printTable(six!)).toContain(':FORWARD ACCEPT [0:0]');
  });

  test('a chain that is only ensured keeps its rules', () => {
    const netns = plugin((rules) => rules.append('nat', OTHER.name, ...OTHER.rules));
    expect(mergeTables(netns, 4, [addition({ ensure: [OTHER.name, 'NEW'] })]).tables[0]?.chains).toEqual([OTHER, { name: 'NEW', rules: [] }]);
  });

  test('chains of the new side are made only when asked for', () => {
    const { asked, find, all } = lazily([SUB]);
    const lazy: Addition = {
      name: 'nat',
      inserts: [{ into: 'OUTPUT', rule: named('x', SUB.name) }],
      get chains() {
        return all();
      },
      chain: find,
    };
    const netns = plugin((rules) => rules.append('nat', OTHER.name, rule([], RETURN)));
    const table = mergeTables(netns, 4, [lazy]).tables[0]!;
    expect(table.lazy?.bases.map(({ name }) => name)).toEqual(['OUTPUT']);
    expect(asked).toEqual([]);
    expect(table.lazy?.chain(SUB.name)).toBe(SUB);
    expect(table.lazy?.chain('OUTPUT')?.rules).toHaveLength(1);
    expect(table.lazy?.chain(OTHER.name)).toEqual(OTHER);
    expect(table.lazy?.chain('NONE')).toBeUndefined();
    expect(asked).not.toContain('all');
    expect(table.chains.map(({ name }) => name)).toEqual(['OUTPUT', OTHER.name, SUB.name]);
    expect(table.chains).toBe(table.chains);
  });

  test('chains of the old side are made only when asked for', () => {
    const { asked, find, all } = lazily([OTHER, { ...SUB, rules: [] }]);
    const old: Table = {
      tool: 'iptables',
      family: 'ip',
      name: 'nat',
      get chains() {
        return all();
      },
      lazy: { bases: [], chain: find },
    };
    const inserts = [{ into: 'OUTPUT', rule: named('x', SUB.name) }];
    const netns = mergeTables({ ...createNetns('node-1', 'node'), tables: [old] }, 4, [addition({ chains: [SUB], inserts })]);
    // A second program adds to what is lazy by now.
    const table = mergeTables(netns, 4, [addition({ inserts: [{ into: 'OUTPUT', rule: named('y', OTHER.name) }] })]).tables[0]!;
    expect(table.lazy?.bases[0]?.rules.map(({ comment }) => comment)).toEqual(['y', 'x']);
    expect(asked).toEqual([]);
    expect(table.lazy?.chain(SUB.name)).toBe(SUB);
    expect(table.lazy?.chain(OTHER.name)).toBe(OTHER);
    expect(asked).toEqual([OTHER.name]);
    expect(table.chains).toEqual([expect.objectContaining({ name: 'OUTPUT' }), OTHER, SUB]);
  });
});

test("kubelet's chains, IPv4 and IPv6, once each", () => {
  const twice = addKubelet(addKubelet(createNetns('node-1', 'node'), 4), 4);
  const { tables } = addKubelet(twice, 6);
  expect(tables.flatMap((table) => table.chains.map(({ name, rules }) => `${table.family} ${table.name} ${name} ${rules.length}`))).toEqual([
    'ip mangle KUBE-IPTABLES-HINT 0',
    'ip mangle KUBE-KUBELET-CANARY 0',
    'ip nat KUBE-KUBELET-CANARY 0',
    'ip filter INPUT 1',
    'ip filter OUTPUT 1',
    'ip filter KUBE-KUBELET-CANARY 0',
    'ip filter KUBE-FIREWALL 1',
    'ip6 mangle KUBE-IPTABLES-HINT 0',
    'ip6 mangle KUBE-KUBELET-CANARY 0',
    'ip6 nat KUBE-KUBELET-CANARY 0',
    'ip6 filter KUBE-KUBELET-CANARY 0',
  ]);
  expect(saved(tables, 'filter').at(-1)).toBe(
    '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
  );
});

test.for<[ProxyConfig['detectLocal'], 4 | 6, string | undefined]>([
  [{ mode: 'ClusterCIDR' }, 4, '-s 10.244.0.0/16'],
  [{ mode: 'ClusterCIDR' }, 6, '-s fd00::/48'],
  [{ mode: 'NodeCIDR' }, 4, '-s 10.244.1.0/24'],
  [{ mode: 'NodeCIDR' }, 6, undefined],
  [{ mode: 'BridgeInterface', bridge: 'cni0' }, 4, '-i cni0'],
  [{ mode: 'InterfaceNamePrefix', prefix: 'cali' }, 6, '-i cali+'],
  [{ mode: 'none' }, 4, undefined],
])('how %o tells pods in IPv%i', ([detectLocal, family, expected]) => {
  const config: ProxyConfig = {
    mode: 'iptables',
    detectLocal,
    clusterCIDRs: [prefix('fd00::/48'), prefix('10.244.0.0/16'), prefix('10.99.0.0/16')],
    masqueradeAll: false,
    ...MARK,
    localhostNodePorts: true,
    nodePortAddresses: [],
    scheduler: '',
    strictARP: false,
    serviceCIDRs: [],
  };
  const match = fromPod({ config, family, node: { name: 'node-1', ips: [], primary: undefined, podCIDRs: [prefix('10.244.1.0/24')], beLiberal: false } });
  const table: Table = { tool: 'iptables', family: 'ip', name: 'nat', chains: [{ name: 'C', rules: match ? [rule([match], RETURN)] : [] }] };
  expect(printTable(table).find((line) => line.startsWith('-A'))).toBe(expected && `-A C ${expected} -j RETURN`);
});
