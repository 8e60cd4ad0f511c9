import type { Fabric, Port, Segment } from '../../src/fabric/fabric.ts';
import { indexPorts } from '../../src/fabric/ports.ts';
import type { World } from '../../src/fabric/world.ts';
import { createNetns, type NetnsDraft } from '../../src/linux/build.ts';
import type { Match, Table, Target } from '../../src/linux/netfilter.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { addToIp, formatIp, type Ip, parseIp } from '../../src/net/ip.ts';
import { type Mac, macFromIp } from '../../src/net/mac.ts';
import { defaultPrefix, type Prefix, parseCidr, parsePrefix } from '../../src/net/prefix.ts';

export const ip = (text: string): Ip => parseIp(text)!;
export const net = (text: string): Prefix => parsePrefix(text)!;
const cidr = (text: string) => parseCidr(text)!;

/** Rules of one iptables table, by chain; the tests of a rule and what it does. */
export const iptables = (name: string, chains: Readonly<Record<string, readonly (readonly [readonly Match[], Target])[]>>): Table => {
  const hooks = { PREROUTING: 'prerouting', INPUT: 'input', FORWARD: 'forward', OUTPUT: 'output', POSTROUTING: 'postrouting' } as const;
  const isHook = (chain: string): chain is keyof typeof hooks => chain in hooks;
  const nat = name === 'nat';
  return {
    tool: 'iptables',
    family: 'ip',
    name,
    chains: Object.entries(chains).map(([chain, rules]) => ({
      name: chain,
      rules: rules.map(([matches, action]) => ({ matches, action })),
      ...(isHook(chain) && {
        base: {
          type: nat ? 'nat' : 'filter',
          hook: hooks[chain],
          priority: nat ? (chain === 'PREROUTING' || chain === 'OUTPUT' ? -100 : 100) : 0,
          policy: 'ACCEPT',
        },
      }),
    })),
  };
};
export const src = (text: string): Match => ({ match: 'saddr', prefix: net(text) });
export const dst = (text: string): Match => ({ match: 'daddr', prefix: net(text) });
export const not = (match: Match): Match => ({ ...match, not: true });
export const udpPort = (port: number): readonly Match[] => [
  { match: 'l4proto', protocol: 'udp' },
  { match: 'dport', ports: [[port, port]] },
];

/** A World of namespaces written by hand: no plugin had a part in it. */
export const handWorld = (
  list: readonly Netns[],
  segments: readonly { readonly name: string; readonly kind: Segment['kind']; readonly mtu?: number }[],
): World => {
  const ports = (segment: string): Port[] =>
    list.flatMap((netns) =>
      netns.links.flatMap((link) =>
        link.kind === 'physical' && link.segment === segment
          ? [
              {
                netns: netns.id,
                dev: link.ifname,
                mac: link.address!,
                ips: netns.addresses.filter(({ dev }) => dev === link.ifname).map(({ local }) => local),
                forwarding: true,
              },
            ]
          : [],
      ),
    );
  const built = segments.map(({ name, kind, mtu = 1500 }): Segment => ({ name, kind, mtu, prefixes: [], ports: indexPorts(() => ports(name)) }));
  const fabric: Fabric = {
    kind: 'l2',
    segments: built,
    segment: (name) => built.find((segment) => segment.name === name),
    ...(list.some(({ id }) => id === 'gateway') && { gateway: { netns: 'gateway', wan: 'wan' } }),
  };
  return { fabric, netns: (id) => list.find((netns) => netns.id === id) };
};

const ROUTER_SYSCTLS = { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 };

export const addNic = (netns: NetnsDraft, dev: string, segment: string, mac: Mac, addresses: readonly string[], mtu = 1500): void => {
  netns.addLink({ kind: 'physical', ifname: dev, segment, mtu, up: true, address: mac });
  for (const text of addresses) netns.addAddress(dev, cidr(text).ip, cidr(text).len);
};

export const addDefault = (netns: NetnsDraft, gateway: string, dev = 'eth0'): void => {
  const via = ip(gateway);
  netns.addRoute({ dst: defaultPrefix(typeof via === 'number' ? 4 : 6), nexthops: [{ gateway: via, dev }] });
};

/** A forwarding host, with eth0 on `segment` and a default route where addresses are given. */
export const handNode = (id: string, addresses: readonly string[] | undefined, gateway: string, segment = 'lan', mtu = 1500): NetnsDraft => {
  const node = createNetns(id, addresses ? 'node' : 'router');
  Object.assign(node.sysctls, ROUTER_SYSCTLS);
  const [first] = addresses ?? [];
  if (!addresses || first === undefined) return node;
  addNic(node, 'eth0', segment, macFromIp('52:54', cidr(first).ip), addresses, mtu);
  addDefault(node, gateway);
  return node;
};

type BridgeSpec = { readonly promisc?: boolean; readonly hairpin?: boolean };

/** A bridge that has the first address of each subnet, and `count` pods behind it; pod ids are `node/pod-0` and so on. */
export const addPods = (node: NetnsDraft, bridge: string, subnets: readonly string[], count: number, mtu: number, spec: BridgeSpec = {}): NetnsDraft[] => {
  const ranges = subnets.map(net);
  const [main] = ranges;
  const gateways = ranges.map(({ addr }) => addToIp(addr, 1));
  node.addLink({ kind: 'bridge', ifname: bridge, mtu, up: true, address: macFromIp('7a:00', addToIp(main!.addr, 1)), ...(spec.promisc && { promisc: true }) });
  for (const [i, gateway] of gateways.entries()) node.addAddress(bridge, gateway, ranges[i]!.len);
  return Array.from({ length: count }, (_, index) => {
    const own = addToIp(main!.addr, index + 2);
    const pod = createNetns(`${node.id}/pod-${index}`, 'pod');
    const veth = `veth${index}`;
    const peer = { netns: pod.id, ifname: 'eth0' };
    node.addLink({ kind: 'veth', ifname: veth, mtu, up: true, master: bridge, address: macFromIp('3a:00', own), peer, ...(spec.hairpin && { hairpin: true }) });
    pod.addLink({ kind: 'veth', ifname: 'eth0', mtu, up: true, address: macFromIp('46:00', own), peer: { netns: node.id, ifname: veth } });
    for (const [i, range] of ranges.entries()) {
      pod.addAddress('eth0', addToIp(range.addr, index + 2), range.len);
      addDefault(pod, formatIp(gateways[i]!));
    }
    return pod;
  });
};
