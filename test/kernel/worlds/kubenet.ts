import type { NetnsDraft } from '../../../src/linux/build.ts';
import type { Table } from '../../../src/linux/netfilter.ts';
import { formatIp } from '../../../src/net/ip.ts';
import { macFromIp } from '../../../src/net/mac.ts';
import { firstHostOf, subnetAt } from '../../../src/net/prefix.ts';
import { addPods, handNode, ip, net } from '../hand.ts';
import type { Cluster } from '../lab.ts';
import { withGateway } from './flannel.ts';

export type KubenetSpec = {
  readonly nodes?: number;
  readonly promisc?: boolean;
  readonly bridgeNf?: 0 | 1;
  readonly mtu?: number;
  /** Nodes whose pod range the routing fabric knows; all, if not given. */
  readonly routed?: readonly number[];
  readonly rpFilter?: 0 | 1 | 2;
};

const NON_MASQUERADE = '10.0.0.0/8';

const masquerade = (): Table => ({
  tool: 'iptables',
  family: 'ip',
  name: 'nat',
  chains: [
    {
      name: 'POSTROUTING',
      base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'ACCEPT' },
      rules: [
        {
          matches: [
            { match: 'daddr', prefix: net(NON_MASQUERADE), not: true },
            { match: 'addrtype', side: 'dst', type: 'LOCAL', not: true },
          ],
          action: { target: 'MASQUERADE' },
          comment: 'kubenet: SNAT for outbound traffic from cluster',
        },
      ],
    },
  ],
});

const dedup = (gateway: string, subnet: string, mac: string): Table => ({
  tool: 'ebtables',
  family: 'bridge',
  name: 'filter',
  chains: [
    { name: 'INPUT', base: { type: 'filter', hook: 'input', priority: -200, policy: 'ACCEPT' }, rules: [] },
    { name: 'FORWARD', base: { type: 'filter', hook: 'forward', priority: -200, policy: 'ACCEPT' }, rules: [] },
    {
      name: 'OUTPUT',
      base: { type: 'filter', hook: 'output', priority: 200, policy: 'ACCEPT' },
      rules: [{ matches: [], action: { target: 'jump', chain: 'KUBE-DEDUP' } }],
    },
    {
      name: 'KUBE-DEDUP',
      rules: [gateway, subnet].map((text, index) => ({
        matches: [
          { match: 'ether-type', type: 'IPv4' },
          { match: 'ether-saddr', mac },
          { match: 'oifname', ifname: 'veth+' },
          { match: 'saddr', prefix: net(text) },
        ],
        action: { target: index === 0 ? 'ACCEPT' : 'DROP' },
      })),
    },
  ],
});

/** kubenet: cbr0, the masquerade rule, and a router that knows the pod ranges. Nodes have only a default route. */
export const kubenetCluster = (spec: KubenetSpec = {}): Cluster => {
  const network = net('10.244.0.0/16');
  const mtu = spec.mtu ?? 1500;
  const nodes: NetnsDraft[] = [];
  const routes: { readonly dst: ReturnType<typeof net>; readonly via: ReturnType<typeof ip> }[] = [];
  for (let n = 1; n <= (spec.nodes ?? 2); n++) {
    const range = subnetAt(network, 24, n - 1)!;
    const own = ip(`192.168.1.${10 + n}`);
    const node = handNode(`node-${n}`, [`${formatIp(own)}/24`], '192.168.1.1', 'lan1', mtu);
    const rp = spec.rpFilter ?? 0;
    Object.assign(node.sysctls, {
      'net.bridge.bridge-nf-call-iptables': spec.bridgeNf ?? 1,
      'net.ipv4.conf.all.rp_filter': rp,
      'net.ipv4.conf.default.rp_filter': rp,
    });
    const subnet = `${formatIp(range.addr)}/24`;
    const gateway = firstHostOf(range);
    const pods = addPods(node, 'cbr0', [subnet], 2, mtu, { promisc: spec.promisc ?? true });
    node.tables.push(masquerade());
    if (spec.promisc ?? true) node.tables.push(dedup(`${formatIp(gateway)}/32`, subnet, macFromIp('7a:00', gateway)));
    nodes.push(node, ...pods);
    if (spec.routed === undefined || spec.routed.includes(n)) routes.push({ dst: range, via: own });
  }
  const cluster = withGateway(nodes, 1, mtu, [], undefined);
  const gateway = cluster.world.netns('gateway');
  if (!gateway || !('addRoute' in gateway)) throw new Error('no gateway');
  // A router that sends on what came from the same link says so with an ICMP redirect; walks have none.
  Object.assign(gateway.sysctls, { 'net.ipv4.conf.all.send_redirects': 0, 'net.ipv4.conf.lan1.send_redirects': 0 });
  for (const { dst, via } of routes) (gateway as NetnsDraft).addRoute({ dst, nexthops: [{ gateway: via, dev: 'lan1' }] });
  return cluster;
};
