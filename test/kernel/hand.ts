import type { Fabric, Port, Segment } from '../../src/fabric/fabric.ts';
import { indexPorts } from '../../src/fabric/ports.ts';
import type { World } from '../../src/fabric/world.ts';
import { createNetns, type NetnsDraft } from '../../src/linux/build.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { type Ip, parseIp } from '../../src/net/ip.ts';
import { type Mac, macFromIp } from '../../src/net/mac.ts';
import { defaultPrefix, type Prefix, parseCidr, parsePrefix } from '../../src/net/prefix.ts';

export const ip = (text: string): Ip => parseIp(text)!;
export const net = (text: string): Prefix => parsePrefix(text)!;
const cidr = (text: string) => parseCidr(text)!;

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
  const fabric: Fabric = { kind: 'l2', segments: built, segment: (name) => built.find((segment) => segment.name === name) };
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

/** A node on `lan`: eth0, a default route, forwarding on. */
export const handNode = (id: string, address: string, gateway: string): NetnsDraft => {
  const node = createNetns(id, 'node');
  Object.assign(node.sysctls, ROUTER_SYSCTLS);
  addNic(node, 'eth0', 'lan', macFromIp('52:54', cidr(address).ip), [address]);
  addDefault(node, gateway);
  return node;
};

/** A bridge with its own address and a pod behind each of `pods`; pod ids are `node/pod-n`. */
export const addPods = (node: NetnsDraft, bridge: string, gateway: string, pods: readonly string[], mtu: number): NetnsDraft[] => {
  const own = cidr(gateway);
  node.addLink({ kind: 'bridge', ifname: bridge, mtu, up: true, address: macFromIp('7a:00', own.ip) });
  node.addAddress(bridge, own.ip, own.len);
  return pods.map((text, index) => {
    const address = ip(text);
    const pod = createNetns(`${node.id}/pod-${index}`, 'pod');
    const veth = `veth${index}`;
    node.addLink({ kind: 'veth', ifname: veth, mtu, up: true, master: bridge, address: macFromIp('3a:00', address), peer: { netns: pod.id, ifname: 'eth0' } });
    pod.addLink({ kind: 'veth', ifname: 'eth0', mtu, up: true, address: macFromIp('46:00', address), peer: { netns: node.id, ifname: veth } });
    pod.addAddress('eth0', address, own.len);
    pod.addRoute({ dst: defaultPrefix(4), nexthops: [{ gateway: own.ip, dev: 'eth0' }] });
    return pod;
  });
};

/** The router between `lan` and `wan`. */
export const handGateway = (lan: string, wan: string, isp: string): NetnsDraft => {
  const gateway = createNetns('gateway', 'router');
  Object.assign(gateway.sysctls, ROUTER_SYSCTLS);
  addNic(gateway, 'lan', 'lan', '52:54:00:00:01:01', [lan]);
  addNic(gateway, 'wan', 'wan', '52:54:00:00:02:01', [wan]);
  addDefault(gateway, isp, 'wan');
  return gateway;
};
