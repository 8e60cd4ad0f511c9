import { expect, test } from 'vitest';
import type { LinkDoc, NeighDoc, RouteDoc, RuleDoc } from '../../src/linux/document.ts';
import { linkDoc } from '../../src/linux/json/link.ts';
import { neighDoc } from '../../src/linux/json/others.ts';
import { routeDoc, ruleDoc } from '../../src/linux/json/route.ts';
import type { Address } from '../../src/linux/link.ts';
import { parseIpAddr, parseIpRoute } from '../../src/linux/parse/ip-json.ts';
import { parseIptablesSave } from '../../src/linux/parse/iptables.ts';
import { printTables } from '../../src/linux/print/iptables-save.ts';
import { sortRoutes } from '../../src/linux/print/route.ts';
import type { Route } from '../../src/linux/route.ts';
import { formatIp } from '../../src/net/ip.ts';
import { describeWith, needs } from '../support/needs.ts';
import { realNode } from './real-node.ts';
import { busyNode, udpNode } from './state.ts';

const byDev = (a: Address, b: Address): number => (`${a.dev} ${formatIp(a.local)}` < `${b.dev} ${formatIp(b.local)}` ? -1 : 1);
const byDst = (a: NeighDoc, b: NeighDoc): number => (a.dst < b.dst ? -1 : 1);
// What the kernel fills in.
const weighed = (route: Route): Route => (route.nexthops.length < 2 ? route : { ...route, nexthops: route.nexthops.map((hop) => ({ weight: 1, ...hop })) });
// No daemon holds the tun device open, so its routes have no carrier.
const settled = (doc: RouteDoc): RouteDoc => ({ ...doc, flags: doc.flags.filter((flag) => flag !== 'linkdown') });

// The kernel's link watcher may settle late on a busy machine. Each try makes the state anew, so what differs always still fails.
const AGAIN = { retry: 2 } as const;

describeWith([needs.root(), needs.commands('unshare', 'ip', 'bridge', 'iptables-restore')], 'the JSON of iproute2', () => {
  test.for([
    ['udp and docker0', udpNode],
    ['vxlan, policy rules, IPv6', busyNode],
  ] as const)('%s', AGAIN, ([, make]) => {
    const node = make();
    const real = realNode(node, ['ip -j route', 'ip -6 -j route', 'ip -j rule', 'ip -j neigh', 'ip -d -j addr', 'iptables-save']);
    const json = <T>(command: string): T[] => JSON.parse(real.get(command)?.join('') || '[]');

    expect(json<RouteDoc>('ip -j route').map(settled)).toEqual(sortRoutes(node.routes, 254, 4).map(routeDoc));
    expect(json<RouteDoc>('ip -6 -j route').map(settled)).toEqual(sortRoutes(node.routes, 254, 6).map(routeDoc));
    const rules = node.rules.filter(({ family }) => family === 4).toSorted((a, b) => a.priority - b.priority);
    expect(json<RuleDoc>('ip -j rule')).toEqual(rules.map(ruleDoc));
    const neighbours = node.neighbours.filter(({ proxy }) => !proxy);
    expect(json<NeighDoc>('ip -j neigh').toSorted(byDst)).toEqual(neighbours.map(neighDoc).toSorted(byDst));
    const links = json<LinkDoc>('ip -d -j addr');
    for (const doc of node.links.map((link) => linkDoc(link, node))) {
      const { ifname, mtu, link_type, addr_info, master, address, linkinfo } = doc;
      const common = { ifname, mtu, link_type, ...(master && { master }), ...(address && { address }), addr_info };
      // A veth stands for the network card, so its kind is not the card's.
      expect(links.find((link) => link.ifname === ifname)).toMatchObject(linkinfo ? { ...common, linkinfo } : common);
    }

    const far = (address: Address) => !/^far-/.test(address.dev);
    expect(parseIpAddr(links).addresses.filter(far).toSorted(byDev)).toEqual(node.addresses.toSorted(byDev));
    expect(parseIpRoute(json('ip -j route'), 4)).toEqual(sortRoutes(node.routes, 254, 4).map(weighed));
    expect(parseIpRoute(json('ip -6 -j route'), 6).map(routeDoc)).toEqual(sortRoutes(node.routes, 254, 6).map(routeDoc));
    const dump = parseIptablesSave(real.get('iptables-save')?.join('\n') ?? '', 4);
    expect(dump.unknown).toEqual([]);
    expect(printTables(dump.tables, 'ip')).toEqual(printTables(node.tables, 'ip'));
  });
});
