import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkDoc } from '../../src/linux/json/link.ts';
import { routeDoc } from '../../src/linux/json/route.ts';
import type { Match } from '../../src/linux/netfilter.ts';
import { parseIpAddr, parseIpRoute } from '../../src/linux/parse/ip-json.ts';
import { parseIptablesSave } from '../../src/linux/parse/iptables.ts';
import { parseRoute, parseRoutes } from '../../src/linux/parse/route.ts';
import { printTable } from '../../src/linux/print/iptables-save.ts';
import { printRoute, routeLines } from '../../src/linux/print/route.ts';
import { iptablesTable, route } from './arbitrary.ts';
import { busyNode, ip, net } from './state.ts';

// A property holds unless it throws; what `expect` returns says nothing.
const always = <T>(values: fc.Arbitrary<T>, check: (value: T) => void): void =>
  fc.assert(
    fc.property(values, (value) => {
      check(value);
    }),
  );

describe('what is printed reads back the same', () => {
  test.for([4, 6] as const)('routes of IPv%s: text', (family) => {
    always(route(family), (one) => expect(parseRoute(printRoute(one), family)).toEqual(one));
  });
  test.for([4, 6] as const)('routes of IPv%s: next hops on lines of their own', (family) => {
    always(fc.array(route(family)), (all) => expect(parseRoutes(all.flatMap(routeLines).join('\n'), family)).toEqual(all));
  });
  test.for([4, 6] as const)('routes of IPv%s: JSON', (family) => {
    always(route(family), (one) => expect(parseIpRoute([routeDoc(one)], family)).toEqual([one]));
  });
  test.for([4, 6] as const)('iptables tables of IPv%s', (family) => {
    always(iptablesTable(family), (table) => expect(parseIptablesSave(printTable(table).join('\n'), family)).toEqual({ tables: [table], unknown: [] }));
  });
  test('addresses: JSON', () => {
    const node = busyNode();
    const docs = node.links.map((link) => linkDoc(link, node));
    expect(
      parseIpAddr(docs)
        .addresses.map(({ local }) => local)
        .toSorted(),
    ).toEqual(node.addresses.map(({ local }) => local).toSorted());
    expect(parseIpAddr(docs).links[2]).toEqual({
      ifindex: 3,
      ifname: 'flannel.1',
      mtu: 1450,
      up: true,
      address: '5e:89:db:49:c6:01',
      kind: 'vxlan',
      info: { id: 1, local: '192.168.1.12', link: 'eth0', port: 8472, learning: false },
    });
  });
});

const one = (line: string) => parseIptablesSave(`*filter\n:FORWARD DROP [0:0]\n:KUBE-FORWARD - [0:0]\n${line}\nCOMMIT`, 4);

test.for([
  ['-A FORWARD -j MARK --or-mark 0x4000', { target: 'MARK', value: 0x4000, mask: 0x4000 }],
  ['-A FORWARD -j MARK --set-mark 0x1/0xf', { target: 'MARK', value: 1, mask: 0xf }],
  ['-A FORWARD -j MARK --and-mark 0xf', { target: 'MARK', value: 0, mask: 0xfffffff0 }],
  ['[12:720] -A FORWARD -j KUBE-FORWARD', { target: 'jump', chain: 'KUBE-FORWARD' }],
  ['-A FORWARD -j REJECT', { target: 'REJECT', with: 'icmp-port-unreachable' }],
] as const)('%s', ([line, action]) => expect(one(line).tables[0]?.chains[0]?.rules[0]?.action).toEqual(action));

test.for<[string, Match[]]>([
  ['-m nfacct --nfacct-name ct_state_invalid_dropped_pkts', [{ match: 'nfacct', name: 'ct_state_invalid_dropped_pkts' }]],
  ['-m recent --name K --rcheck --seconds 9 --reap', [{ match: 'recent', op: 'rcheck', name: 'K', seconds: 9, reap: true }]],
  ['-m recent --set -p tcp -m tcp', [{ match: 'recent', op: 'set', name: 'DEFAULT' }, { match: 'l4proto', protocol: 'tcp' }, { match: 'dport', ports: [[0, 65535]] }]],
  ['-m tcp -p tcp -d 10.0.0.1 --dport 80', [{ match: 'l4proto', protocol: 'tcp' }, { match: 'daddr', prefix: net('10.0.0.1/32') }, { match: 'dport', ports: [[80, 80]] }]],
  ['-m ipvs --vaddr 10.0.0.1 --vproto tcp --vport 80', [{ match: 'ipvs', vaddr: ip('10.0.0.1'), protocol: 'tcp', vport: 80 }]],
  ['-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL', [{ match: 'physdev', dir: 'is-in', not: true }, { match: 'addrtype', side: 'src', type: 'LOCAL', not: true }]],
  ['-m physdev --physdev-is-bridged --physdev-out veth0', [{ match: 'physdev', dir: 'out', ifname: 'veth0', bridged: true }]],
  ['-m policy --dir out --pol none -m mark --mark 0x20000/0x20000', [{ match: 'policy', dir: 'out', pol: 'none' }, { match: 'mark', value: 0x20000, mask: 0x20000 }]],
  ['-m state --state NEW', [{ match: 'ctstate', states: ['NEW'], module: 'state' }]],
  ['-m statistic --mode random --probability 0.5', [{ match: 'statistic', probability: 0.5 }]],
])('%s', ([text, matches]) => expect(one(`-A FORWARD ${text} -j DROP`)).toMatchObject({ unknown: [], tables: [{ chains: [{ rules: [{ matches }] }, {}] }] })); // biome-ignore format: a table

test.for([
  ['-A FORWARD -m recent --update --name K --rsource -j DROP', '--update --name'],
  ['-A FORWARD -m recent --rcheck --name K --mask 255.255.255.0 --rsource -j DROP', '--rcheck --name'],
  ['-A FORWARD -m policy --dir in --pol ipsec --mode tunnel -j DROP', '--dir in'],
  ['-A FORWARD -m ipvs --vdir REPLY -j DROP', '--vdir REPLY'],
  ['-A FORWARD -m tcp --tcp-flags SYN SYN -j DROP', '--tcp-flags SYN'],
  ['-A FORWARD -j LOG --log-prefix "a b"', '-j LOG --log-prefix a b'],
  ['-A FORWARD -j NO-SUCH-CHAIN', '-j NO-SUCH-CHAIN'],
  ['-A FORWARD -s fd00::1 -j DROP', '-s fd00::1'],
] as const)('%s is not understood', ([line, words]) => expect(one(line).unknown).toEqual([{ line: 4, text: line, words }]));

test('what is no route is left out', () => {
  const text = '# ip route\n10.0.0.0/8 via 10.1.1.1 dev eth0 proto bird metric 32 linkdown \nError: nothing\n';
  expect(parseRoutes(text, 4).map(printRoute)).toEqual(['10.0.0.0/8 via 10.1.1.1 dev eth0 proto bird metric 32']);
});
