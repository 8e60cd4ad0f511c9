import { expect, test } from 'vitest';
import { printAddresses } from '../../src/linux/print/address.ts';
import { printFdbs } from '../../src/linux/print/fdb.ts';
import { printTables } from '../../src/linux/print/iptables-save.ts';
import { printLinks } from '../../src/linux/print/link.ts';
import { printNeighbours } from '../../src/linux/print/neigh.ts';
import { printRoutes } from '../../src/linux/print/route.ts';
import { printRules } from '../../src/linux/print/rule.ts';
import { printXfrms } from '../../src/linux/print/xfrm.ts';
import { describeWith, needs } from '../support/needs.ts';
import { realNode } from './real-node.ts';
import { busyNode, udpNode } from './state.ts';

const missing = [needs.root(), needs.commands('unshare', 'ip', 'bridge', 'iptables-restore', 'nft', 'ebtables-save', 'ipset')];
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

// The index, and what a veth standing for a network card shows and a card does not.
const physical = (line: string): string =>
  line
    .replace(/^\d+: /, '')
    .replace(/^(eth\d)@\S+:/, '$1:')
    .replace(/^(eth\d: .*qdisc )\S+/, '$1any')
    // A tun device has a carrier while a daemon holds it open; none does here.
    .replace('<NO-CARRIER,POINTOPOINT,MULTICAST,NOARP,UP>', '<POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP>')
    .replace(/^(flannel0: .*) state (DOWN|UNKNOWN)/, '$1 state any');
// What `ip -d` says beyond the model.
const details = (line: string): string =>
  line
    .replace(/ (promiscuity|addrgenmode|forward_delay|priority 32|guard off) .*/, (text) =>
      text.startsWith(' priority') ? (/ hairpin \w+/.exec(text)?.[0] ?? '') : '',
    )
    .replace('persist on', 'persist off');
const blocks = (out: readonly string[] | undefined): string[] =>
  (out ?? [])
    .map(physical)
    .join('\n')
    .split(/\n(?=\S)/)
    .filter((block) => !block.startsWith('far-'))
    .map((block) => (block.startsWith('eth') ? block.replace('\n    veth', '') : block))
    .toSorted();
const unsettled = (out: readonly string[] | undefined): string[] => (out ?? []).map((line) => line.replace(' linkdown', '').replace(' nodad', ''));
// The namespace's own IGMP reports are counted like any packet.
const uncounted = (out: readonly string[] | undefined): string[] =>
  (out ?? []).filter((line) => !line.startsWith('#')).map((line) => line.replace(/\[\d+:\d+\]$/, '[0:0]'));
// Groups that interfaces join by themselves.
const unicast = (out: readonly string[] | undefined): string[] => (out ?? []).filter((line) => !/^(33:33|01:00:5e)|^multicast|far-|dev e\d/.test(line));

// The kernel's link watcher may settle late on a busy machine. Each try makes the state anew, so what differs always still fails.
const AGAIN = { retry: 2 } as const;

describeWith(missing, 'the real tools print what we print', () => {
  test.for([
    ['udp and docker0', udpNode],
    ['vxlan, policy rules, IPv6', busyNode],
  ] as const)('%s', AGAIN, ([, make]) => {
    const node = make();
    const real = realNode(node, [
      'ip addr',
      'ip -d link',
      'ip route',
      'ip route show table local',
      'ip route show table 100 2>/dev/null || true',
      'ip -6 route',
      'ip -6 route show table local',
      'ip rule',
      'ip -6 rule',
      'ip neigh',
      'ip neigh show proxy',
      'bridge fdb',
      'iptables-save',
      'ip xfrm policy',
    ]);
    expect(blocks(unsettled(real.get('ip addr')))).toEqual(blocks(printAddresses(node)));
    expect(
      blocks(
        real
          .get('ip -d link')
          ?.map(details)
          .map((line) => line.trimEnd()),
      ),
    ).toEqual(blocks(printLinks(node)));
    expect(unsettled(real.get('ip route'))).toEqual(printRoutes(node));
    expect(unsettled(real.get('ip route show table local'))).toEqual(printRoutes(node, 255));
    expect(unsettled(real.get('ip route show table 100 2>/dev/null || true'))).toEqual(printRoutes(node, 100));
    expect(unsettled(real.get('ip -6 route'))).toEqual(printRoutes(node, 254, 6));
    expect(unicast(real.get('ip -6 route show table local'))).toEqual(printRoutes(node, 255, 6));
    expect(real.get('ip rule')).toEqual(printRules(node));
    expect(real.get('ip -6 rule')).toEqual(printRules(node, 6));
    expect(real.get('ip neigh')?.toSorted()).toEqual(printNeighbours(node).toSorted());
    expect(real.get('ip neigh show proxy')).toEqual(printNeighbours(node, true));
    expect(unicast(real.get('bridge fdb')).toSorted()).toEqual(printFdbs(node).toSorted());
    expect(uncounted(real.get('iptables-save'))).toEqual(lines(printTables(node.tables, 'ip')));
    expect(real.get('ip xfrm policy')).toEqual(printXfrms(node));
  });
});
