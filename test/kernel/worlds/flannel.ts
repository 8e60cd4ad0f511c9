import type { NetnsDraft } from '../../../src/linux/build.ts';
import type { NfRule, Table } from '../../../src/linux/netfilter.ts';
import type { Ip } from '../../../src/net/ip.ts';
import { formatIp } from '../../../src/net/ip.ts';
import { formatPrefix, type Prefix, parseCidr, subnetAt } from '../../../src/net/prefix.ts';
import { addDefault, addNic, addPods, handNode, handWorld, ip, net } from '../hand.ts';
import type { Cluster } from '../lab.ts';

export type Backend = 'vxlan' | 'directRouting' | 'host-gw' | 'udp' | 'ipip';

/** What flannel and its surroundings can be told; written by hand from the reference, without a plugin's help. */
export type FlannelSpec = {
  readonly backend: Backend;
  /** How many nodes on each LAN. */
  readonly lans?: readonly number[];
  readonly pods?: number;
  readonly network?: string;
  readonly network6?: string;
  readonly mtu?: number;
  /** Pods' MTU, where it is not what flannel tells. */
  readonly podMtu?: number;
  readonly masq?: 'iptables' | 'nft' | 'none';
  readonly forwardDrop?: boolean;
  readonly forwardRules?: boolean;
  readonly bridgeNf?: 0 | 1;
  readonly rpFilter?: 0 | 1 | 2;
  readonly promisc?: boolean;
  readonly hairpin?: boolean;
  /** The router outside sends pod ranges to the first node. */
  readonly podsFromOutside?: boolean;
};

const OVERHEAD: Readonly<Record<Backend, number>> = { vxlan: 50, directRouting: 50, 'host-gw': 0, udp: 28, ipip: 20 };

const rule = (matches: NfRule['matches'], action: NfRule['action']): NfRule => ({ matches, action });
const from = (prefix: Prefix, no = false) => ({ match: 'saddr', prefix, ...(no && { not: true }) }) as const;
const to = (prefix: Prefix, no = false) => ({ match: 'daddr', prefix, ...(no && { not: true }) }) as const;
const RETURN = { target: 'RETURN' } as const;
const MASQUERADE = { target: 'MASQUERADE', fullyRandom: true } as const;

const multicast = (prefix: Prefix): Prefix => net(typeof prefix.addr === 'number' ? '224.0.0.0/4' : 'ff00::/8');

const masqRules = (network: Prefix, own: Prefix, nft: boolean): NfRule[] => [
  rule([{ match: 'mark', value: 0x4000, mask: nft ? 0xffffffff : 0x4000 }], RETURN),
  rule([from(own), to(network)], RETURN),
  rule([from(network), to(own)], RETURN),
  nft ? rule([from(own, true), to(network)], RETURN) : rule([from(network, true), to(own)], RETURN),
  rule([from(network), to(multicast(network), true)], MASQUERADE),
  rule([from(network, true), to(network)], MASQUERADE),
];

const tablesFor = (network: Prefix, own: Prefix, spec: FlannelSpec): Table[] => {
  const family = typeof network.addr === 'number' ? 'ip' : 'ip6';
  const tables: Table[] = [];
  const masq = spec.masq ?? 'iptables';
  const accept = [rule([from(network)], { target: 'ACCEPT' }), rule([to(network)], { target: 'ACCEPT' })];
  if (masq === 'nft') {
    const name = family === 'ip' ? 'flannel-ipv4' : 'flannel-ipv6';
    const nat = { type: 'nat', hook: 'postrouting', priority: 100, policy: 'ACCEPT' } as const;
    const filter = { type: 'filter', hook: 'forward', priority: 0, policy: 'ACCEPT' } as const;
    const chains = [
      { name: 'postrtg', base: nat, rules: masqRules(network, own, true) },
      { name: 'forward', base: filter, rules: accept },
    ];
    tables.push({ tool: 'nft', family, name, chains });
  }
  if (masq === 'iptables')
    tables.push({
      tool: 'iptables',
      family,
      name: 'nat',
      chains: [
        {
          name: 'POSTROUTING',
          base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'ACCEPT' },
          rules: [rule([], { target: 'jump', chain: 'FLANNEL-POSTRTG' })],
        },
        { name: 'FLANNEL-POSTRTG', rules: masqRules(network, own, false) },
      ],
    });
  const forwarding = spec.forwardRules ?? masq !== 'nft';
  if (forwarding || spec.forwardDrop)
    tables.push({
      tool: 'iptables',
      family,
      name: 'filter',
      chains: [
        {
          name: 'FORWARD',
          base: { type: 'filter', hook: 'forward', priority: 0, policy: spec.forwardDrop ? 'DROP' : 'ACCEPT' },
          rules: forwarding ? [rule([], { target: 'jump', chain: 'FLANNEL-FWD' })] : [],
        },
        ...(forwarding ? [{ name: 'FLANNEL-FWD', rules: accept }] : []),
      ],
    });
  return tables;
};

type Peer = { readonly n: number; readonly lan: number; readonly ip: Ip; readonly ip6: Ip; readonly lease: Prefix; readonly lease6: Prefix | undefined };

const mac = (n: number): string => `5e:89:db:49:c6:${n.toString(16).padStart(2, '0')}`;

const addTunnel = (node: NetnsDraft, spec: FlannelSpec, me: Peer, network: Prefix): void => {
  const mtu = (spec.mtu ?? 1500) - OVERHEAD[spec.backend];
  if (spec.backend === 'vxlan' || spec.backend === 'directRouting') {
    node.addLink({ kind: 'vxlan', ifname: 'flannel.1', mtu, up: true, address: mac(me.n), id: 1, local: me.ip, dev: 'eth0', port: 8472, learning: false });
    node.addAddress('flannel.1', me.lease.addr, 32);
    if (me.lease6) {
      const v6mac = `5e:89:db:49:c7:${me.n.toString(16).padStart(2, '0')}`;
      node.addLink({
        kind: 'vxlan',
        ifname: 'flannel-v6.1',
        mtu: mtu - 20,
        up: true,
        address: v6mac,
        id: 1,
        local: me.ip6,
        dev: 'eth0',
        port: 8472,
        learning: false,
      });
      node.addAddress('flannel-v6.1', me.lease6.addr, 128);
    }
  }
  if (spec.backend === 'ipip') {
    node.addLink({ kind: 'ipip', ifname: 'flannel.ipip', mtu, up: true, noarp: true, local: me.ip, ttl: 0, pmtudisc: false });
    node.addAddress('flannel.ipip', me.lease.addr, 32);
  }
  if (spec.backend === 'udp') {
    node.addLink({ kind: 'tun', ifname: 'flannel0', mtu, up: true, noarp: true });
    node.addAddress('flannel0', me.lease.addr, 32);
    node.addRoute({ dst: network, nexthops: [{ dev: 'flannel0' }], scope: 'global' });
  }
};

const addPeer = (node: NetnsDraft, spec: FlannelSpec, me: Peer, peer: Peer): void => {
  const same = me.lan === peer.lan;
  if (spec.backend === 'host-gw' || (spec.backend === 'directRouting' && same)) {
    node.addRoute({ dst: peer.lease, nexthops: [{ gateway: peer.ip, dev: 'eth0' }] });
    if (peer.lease6) node.addRoute({ dst: peer.lease6, nexthops: [{ gateway: peer.ip6, dev: 'eth0' }] });
  } else if (spec.backend === 'ipip') node.addRoute({ dst: peer.lease, nexthops: [{ gateway: peer.ip, dev: 'flannel.ipip', onlink: true }] });
  else if (spec.backend !== 'udp') {
    const add = (dev: string, subnet: Prefix, lladdr: string, vtep: Ip) => {
      node.addRoute({ dst: subnet, nexthops: [{ gateway: subnet.addr, dev, onlink: true }] });
      node.neighbours.push({ dst: subnet.addr, dev, lladdr, state: 'permanent' });
      node.fdb.push({ mac: lladdr, ifname: dev, dst: vtep, state: 'permanent' });
    };
    add('flannel.1', peer.lease, mac(peer.n), peer.ip);
    if (peer.lease6) add('flannel-v6.1', peer.lease6, `5e:89:db:49:c7:${peer.n.toString(16).padStart(2, '0')}`, peer.ip6);
  }
};

/** A flannel cluster: node-N and its pods `node-N/pod-M`, LANs 192.168.L.0/24 behind one gateway, a wan. */
export const flannelCluster = (spec: FlannelSpec): Cluster => {
  const network = net(spec.network ?? '10.244.0.0/16');
  const network6 = spec.network6 === undefined ? undefined : net(spec.network6);
  const lans = spec.lans ?? [2];
  const peers = lans.flatMap((count, lan) =>
    Array.from({ length: count }, (_, i): Peer => {
      const n = lans.slice(0, lan).reduce((sum, c) => sum + c, 0) + i + 1;
      const lease6 = network6 && subnetAt(network6, 64, n - 1);
      return { n, lan, ip: ip(`192.168.${lan + 1}.${10 + n}`), ip6: ip(`fd00:192:168:${lan + 1}::${10 + n}`), lease: subnetAt(network, 24, n - 1)!, lease6 };
    }),
  );
  const mtu = spec.mtu ?? 1500;
  const podMtu = spec.podMtu ?? mtu - OVERHEAD[spec.backend];
  const nodes = peers.flatMap((me) => {
    const addresses = [`${formatIp(me.ip)}/24`, ...(me.lease6 ? [`${formatIp(me.ip6)}/64`] : [])];
    const node = handNode(`node-${me.n}`, addresses, `192.168.${me.lan + 1}.1`, `lan${me.lan + 1}`, mtu);
    if (me.lease6) addDefault(node, `fd00:192:168:${me.lan + 1}::1`);
    const rp = spec.rpFilter ?? 0;
    Object.assign(node.sysctls, {
      'net.bridge.bridge-nf-call-iptables': spec.bridgeNf ?? 1,
      'net.bridge.bridge-nf-call-ip6tables': spec.bridgeNf ?? 1,
      'net.ipv4.conf.all.rp_filter': rp,
      'net.ipv4.conf.default.rp_filter': rp,
    });
    addTunnel(node, spec, me, network);
    const gateways = [me.lease, ...(me.lease6 ? [me.lease6] : [])].map((lease) => formatPrefix(lease));
    const bridge = spec.backend === 'udp' ? 'docker0' : 'cni0';
    const pods = addPods(node, bridge, gateways, spec.pods ?? 2, podMtu, spec);
    for (const peer of peers) if (peer !== me) addPeer(node, spec, me, peer);
    if (spec.backend === 'udp')
      node.daemons.push({
        name: 'flanneld',
        tun: 'flannel0',
        local: me.ip,
        port: 8285,
        bufferSize: mtu - 28,
        lookup: 'etcd lookup',
        df: true,
        missing: 'no lease',
        routes: peers.filter((peer) => peer !== me).map((peer) => ({ dst: peer.lease, via: peer.ip, port: 8285, line: formatPrefix(peer.lease) })),
      });
    node.tables.push(...tablesFor(network, me.lease, spec), ...(network6 && me.lease6 ? tablesFor(network6, me.lease6, spec) : []));
    return [node, ...pods];
  });
  return withGateway(nodes, lans.length, mtu, [network, ...(network6 ? [network6] : [])], spec.podsFromOutside ? peers[0] : undefined);
};

/** Adds the router between the LANs and the wan, and the world outside; pod ranges are routed to `first` from there, if given. */
export const withGateway = (
  nodes: readonly NetnsDraft[],
  lans: number,
  mtu: number,
  ranges: readonly Prefix[],
  first: { readonly ip: Ip; readonly ip6: Ip } | undefined,
): Cluster => {
  const isp = '00:00:5e:00:01:01';
  const gateway = handNode('gateway', undefined, '198.51.100.1', 'wan', mtu);
  addNic(gateway, 'wan', 'wan', '52:54:00:00:02:01', ['198.51.100.2/24', '2001:db8:51::2/64'], mtu);
  for (const address of ['198.51.100.1', '2001:db8:51::1']) {
    addDefault(gateway, address, 'wan');
    gateway.neighbours.push({ dst: ip(address), dev: 'wan', lladdr: isp, state: 'permanent' });
  }
  const lanNumbers = Array.from({ length: lans }, (_, i) => i + 1);
  for (const lan of lanNumbers) addNic(gateway, `lan${lan}`, `lan${lan}`, `52:54:00:00:01:0${lan}`, [`192.168.${lan}.1/24`, `fd00:192:168:${lan}::1/64`], mtu);
  if (first) for (const dst of ranges) gateway.addRoute({ dst, nexthops: [{ gateway: typeof dst.addr === 'number' ? first.ip : first.ip6, dev: 'lan1' }] });
  const list = [...nodes, gateway];
  const segments = [...lanNumbers.map((lan) => ({ name: `lan${lan}`, kind: 'switch' as const, mtu })), { name: 'wan', kind: 'internet' as const, mtu }];
  const cidr = (text: string) => parseCidr(text)!;
  const outside = {
    segment: 'wan',
    mac: isp,
    addresses: [cidr('198.51.100.1/24'), cidr('203.0.113.10/32'), cidr('2001:db8:51::1/64'), cidr('2001:db8:113::10/128')],
    gateways: [ip('198.51.100.2'), ip('2001:db8:51::2')],
    behind: [...lanNumbers.flatMap((lan) => [net(`192.168.${lan}.0/24`), net(`fd00:192:168:${lan}::/64`)]), ...(first ? ranges : [])],
  };
  return { world: handWorld(list, segments), ids: list.map(({ id }) => id), outside };
};
