import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkDoc } from '../../src/linux/json/link.ts';
import { routeDoc } from '../../src/linux/json/route.ts';
import { parseIpAddr, parseIpRoute } from '../../src/linux/parse/ip-json.ts';
import { parseIptablesSave } from '../../src/linux/parse/iptables.ts';
import { parseRoute, parseRoutes } from '../../src/linux/parse/route.ts';
import { printTable } from '../../src/linux/print/iptables-save.ts';
import { printRoute, routeLines } from '../../src/linux/print/route.ts';
import { iptablesTable, route } from './arbitrary.ts';
import { busyNode } from './state.ts';

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

test.for([
  ['-A FORWARD -m nfacct --nfacct-name ct_state_invalid_dropped_pkts -j DROP', '--nfacct-name ct_state_invalid_dropped_pkts'],
  ['-A FORWARD -j LOG --log-prefix "a b"', '-j LOG --log-prefix a b'],
  ['-A FORWARD -j NO-SUCH-CHAIN', '-j NO-SUCH-CHAIN'],
  ['-A FORWARD -s fd00::1 -j DROP', '-s fd00::1'],
] as const)('%s is not understood', ([line, words]) => expect(one(line).unknown).toEqual([{ line: 4, text: line, words }]));

test('what is no route is left out', () => {
  const text = '# ip route\n10.0.0.0/8 via 10.1.1.1 dev eth0 proto bird metric 32 linkdown \nError: nothing\n';
  expect(parseRoutes(text, 4).map(printRoute)).toEqual(['10.0.0.0/8 via 10.1.1.1 dev eth0 proto bird metric 32']);
});
