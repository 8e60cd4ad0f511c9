import { expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import { commandsOf } from '../../src/linux/commands.ts';
import type { IpSet, Table } from '../../src/linux/netfilter.ts';
import { printEbtables } from '../../src/linux/print/ebtables.ts';
import { printIpSets } from '../../src/linux/print/ipset.ts';
import { printTables } from '../../src/linux/print/iptables-save.ts';
import { printNftRuleset } from '../../src/linux/print/nft.ts';
import { netnsOf, planOf } from '../support/cluster.ts';
import { inNamespace } from '../support/namespace.ts';
import { describeWith, needs } from '../support/needs.ts';
import { iptablesChains, nftChains } from './rules.ts';
import { ip, net, rule, table } from './state.ts';

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
const uncommented = (out: readonly string[] | undefined): string[] => (out ?? []).filter((line) => !line.startsWith('#'));

const sets: IpSet[] = [
  { name: 'nets', type: 'hash:net', family: 4, entries: ['192.168.1.0/24', '10.0.0.0/8', '9.0.0.0/8'] },
  {
    name: 'ports',
    type: 'hash:ip,port',
    family: 4,
    entries: ['10.0.0.9,tcp:256', '10.0.0.1,tcp:53', '10.0.1.0,udp:53', '11.0.0.0,udp:53', '10.0.0.9,tcp:443'],
  },
];
const load = (tables: readonly Table[]) => {
  const node = { ...createNetns('node-1', 'node'), tables, ipsets: tables.some(({ tool }) => tool === 'ebtables') ? [] : sets };
  return { node, commands: commandsOf(node).filter((line) => !/^sysctl|^ip link set dev lo/.test(line)) };
};

// The kernel's link watcher may settle late on a busy machine. Each try makes the state anew, so what differs always still fails.
const AGAIN = { retry: 2 } as const;

describeWith([needs.root(), needs.commands('unshare', 'iptables-restore', 'ip6tables-restore', 'ipset')], 'iptables-save after iptables-restore', () => {
  test('every match and target', AGAIN, () => {
    const tables = Object.entries(iptablesChains).map(([name, chains]) => table('iptables', 'ip', name, chains));
    const { node, commands } = load(tables);
    const real = inNamespace(commands, ['iptables-save', 'ipset save']);
    expect(uncommented(real.get('iptables-save'))).toEqual(lines(printTables(node.tables, 'ip')));
    const settings = / bucketsize \d+ initval \w+/;
    expect(
      real
        .get('ipset save')
        ?.map((line) => line.replace(settings, ''))
        .toSorted(),
    ).toEqual(printIpSets(sets).toSorted());
  });

  test('IPv6', AGAIN, () => {
    const tcp = { match: 'l4proto', protocol: 'tcp' } as const;
    const { node, commands } = load([
      table('iptables', 'ip6', 'filter', [
        { name: 'INPUT', base: { type: 'filter', hook: 'input', priority: 0, policy: 'DROP' }, rules: [
          rule([{ match: 'saddr', prefix: net('fd00::/8') }, { match: 'daddr', prefix: net('fd00::1/128'), not: true }], { target: 'ACCEPT' }),
          rule([{ match: 'l4proto', protocol: 'icmpv6' }, { match: 'icmp', type: 128 }], { target: 'ACCEPT' }),
          rule([], { target: 'REJECT', with: 'icmp-port-unreachable' }),
          rule([], { target: 'REJECT', with: 'icmp-admin-prohibited' }),
          rule([tcp], { target: 'REJECT', with: 'tcp-reset' }),
          rule([{ match: 'recent', op: 'rcheck', name: 'K', seconds: 10, reap: true, v6: true }], { target: 'ACCEPT' }),
        ] },
      ]),
      table('iptables', 'ip6', 'nat', [{ name: 'PREROUTING', rules: [rule([tcp], { target: 'DNAT', to: { ip: ip('fd00::1'), port: 80 } })] }]),
    ]); // biome-ignore format: a table
    expect(uncommented(inNamespace(commands, ['ip6tables-save']).get('ip6tables-save'))).toEqual(lines(printTables(node.tables, 'ip6')));
  });
});

describeWith([needs.root(), needs.commands('unshare', 'nft')], 'nft list ruleset after nft -f', () => {
  test.for(['ip', 'inet'] as const)('every match and target in a table of family %s', (family) => {
    const { node, commands } = load([table('nft', family, 'every', nftChains)]);
    const real = inNamespace(
      commands.filter((line) => !line.startsWith('ipset')),
      ['nft list ruleset'],
    );
    expect(real.get('nft list ruleset')).toEqual(lines(printNftRuleset(node.tables, sets)));
  });

  test('IPv6 and bridge', AGAIN, () => {
    const tcp = { match: 'l4proto', protocol: 'tcp' } as const;
    const { node, commands } = load([
      table('nft', 'ip6', 'six', [
        { name: 'in', rules: [
          rule([{ match: 'saddr', prefix: net('fd00::/8') }, { match: 'daddr', prefix: net('fd00::1/128'), not: true }], { target: 'ACCEPT' }),
          rule([{ match: 'l4proto', protocol: 'icmpv6' }, { match: 'icmp', type: 128 }], { target: 'ACCEPT' }),
          rule([{ match: 'l4proto', protocol: 'icmpv6' }], { target: 'ACCEPT' }),
          rule([], { target: 'REJECT', with: 'icmp-port-unreachable' }),
          rule([], { target: 'REJECT', with: 'icmp-admin-prohibited' }),
          rule([tcp], { target: 'REJECT', with: 'tcp-reset' }),
        ] },
        { name: 'pre', base: { type: 'nat', hook: 'prerouting', priority: -100, policy: 'ACCEPT' }, rules: [rule([tcp], { target: 'DNAT', to: { ip: ip('fd00::1'), port: 80 } })] },
      ]),
      table('nft', 'bridge', 'guard', [
        { name: 'forward', base: { type: 'filter', hook: 'forward', priority: -200, policy: 'ACCEPT' }, rules: [
          rule([{ match: 'ether-saddr', mac: '0a:58:0a:f4:02:01' }, { match: 'ether-type', type: 'IPv4' }, { match: 'saddr', prefix: net('10.244.2.0/24') }], { target: 'DROP' }),
          rule([{ match: 'ether-daddr', mac: 'ff:ff:ff:ff:ff:ff', not: true }, { match: 'ether-type', type: 'ARP' }], { target: 'ACCEPT' }),
          rule([{ match: 'iifname', ifname: 'veth0' }, { match: 'ether-saddr', mac: '0a:58:0a:f4:02:01', not: true }], { target: 'DROP' }, { comment: 'spoofed' }),
        ] },
      ]),
    ]); // biome-ignore format: a table
    const real = inNamespace(
      commands.filter((line) => !line.startsWith('ipset')),
      ['nft list ruleset'],
    );
    expect(real.get('nft list ruleset')).toEqual(lines(printNftRuleset(node.tables, sets)));
  });
});

describeWith([needs.root(), needs.commands('unshare', 'ebtables', 'ebtables-save')], 'ebtables-save', () => {
  test("kubenet's KUBE-DEDUP and more", () => {
    const { node, commands } = load([
      table('ebtables', 'bridge', 'filter', [
        { name: 'FORWARD', base: { type: 'filter', hook: 'forward', priority: -200, policy: 'ACCEPT' }, rules: [
          rule([{ match: 'ether-type', type: 'IPv4' }, { match: 'ether-saddr', mac: '0a:58:0a:f4:02:01', not: true }, { match: 'iifname', ifname: 'veth0', not: true }, { match: 'daddr', prefix: net('10.0.0.0/8'), not: true }, { match: 'l4proto', protocol: 'tcp' }, { match: 'dport', ports: [[80, 90]] }], { target: 'DROP' }),
          rule([{ match: 'mark', value: 1, mask: 0xf }], { target: 'RETURN' }),
          rule([{ match: 'ether-type', type: 'ARP' }, { match: 'ether-daddr', mac: 'ff:ff:ff:ff:ff:ff' }], { target: 'none' }),
        ] },
        { name: 'OUTPUT', base: { type: 'filter', hook: 'output', priority: -200, policy: 'ACCEPT' }, rules: [rule([], { target: 'jump', chain: 'KUBE-DEDUP' })] },
        { name: 'KUBE-DEDUP', rules: [
          rule([{ match: 'ether-type', type: 'IPv4' }, { match: 'ether-saddr', mac: '0a:58:0a:f4:02:01' }, { match: 'oifname', ifname: 'veth+' }, { match: 'saddr', prefix: net('10.244.2.1/32') }], { target: 'ACCEPT' }),
          rule([{ match: 'ether-saddr', mac: '0a:58:0a:f4:02:01' }, { match: 'oifname', ifname: 'veth+' }, { match: 'saddr', prefix: net('10.244.2.0/24') }], { target: 'DROP' }),
        ] },
      ]),
    ]); // biome-ignore format: a table
    expect(uncommented(inNamespace(commands, ['ebtables-save']).get('ebtables-save'))).toEqual(printEbtables(node.tables));
  });

  test("Azure CNI's MAC addresses of a bridge", async () => {
    const { node, commands } = load(netnsOf(await planOf('azure-cni/bridge'), 'node-1').tables.filter(({ tool }) => tool === 'ebtables'));
    expect(printEbtables(node.tables)).toHaveLength(11);
    expect(uncommented(inNamespace(commands, ['ebtables-save']).get('ebtables-save'))).toEqual(printEbtables(node.tables));
  });
});
