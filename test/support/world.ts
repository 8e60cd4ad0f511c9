import type { Fabric, Port, Segment } from '../../src/fabric/fabric.ts';
import { indexPorts } from '../../src/fabric/ports.ts';
import type { World } from '../../src/fabric/world.ts';
import { createNetns, type NetnsDraft } from '../../src/linux/build.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { type Ip, parseIp } from '../../src/net/ip.ts';
import { macFromIp } from '../../src/net/mac.ts';
import { type Prefix, parsePrefix } from '../../src/net/prefix.ts';

export const ip = (text: string): Ip => {
  const value = parseIp(text);
  if (value === undefined) throw new Error(`no address: ${text}`);
  return value;
};
export const prefix = (text: string): Prefix => {
  const value = parsePrefix(text);
  if (!value) throw new Error(`no prefix: ${text}`);
  return value;
};

/** A machine with one NIC on a segment and a default gateway. */
export const machine = (id: string, kind: Netns['kind'], address: string, segment = 'lan', gateway = '192.168.1.1'): NetnsDraft => {
  const netns = createNetns(id, kind);
  netns.sysctls['net.ipv4.ip_forward'] = 1;
  netns.addLink({ kind: 'physical', ifname: 'eth0', mtu: 1500, up: true, segment, address: macFromIp('52:54', ip(address)) });
  netns.addAddress('eth0', ip(address), 24);
  netns.addRoute({ dst: prefix('0.0.0.0/0'), nexthops: [{ dev: 'eth0', gateway: ip(gateway) }] });
  return netns;
};

export const addBridge = (node: NetnsDraft, ifname: string, address: string, mtu: number): void => {
  node.addLink({ kind: 'bridge', ifname, mtu, up: true, address: macFromIp('7a:00', ip(address)) });
  node.addAddress(ifname, ip(address), 24);
};

/** A pod on a bridge of its node. */
export const addPod = (node: NetnsDraft, bridge: string, id: string, address: string, gateway: string, mtu: number): NetnsDraft => {
  const pod = createNetns(id, 'pod');
  const veth = `veth${id}`;
  node.addLink({ kind: 'veth', ifname: veth, mtu, up: true, master: bridge, address: macFromIp('3a:00', ip(address)), peer: { netns: id, ifname: 'eth0' } });
  pod.addLink({ kind: 'veth', ifname: 'eth0', mtu, up: true, address: macFromIp('46:00', ip(address)), peer: { netns: node.id, ifname: veth } });
  pod.addAddress('eth0', ip(address), 24);
  pod.addRoute({ dst: prefix('0.0.0.0/0'), nexthops: [{ dev: 'eth0', gateway: ip(gateway) }] });
  return pod;
};

/** The router of the segment, with its way out. */
export const router = (address = '192.168.1.1', segment = 'lan'): NetnsDraft => {
  const netns = createNetns('gateway', 'router');
  netns.sysctls['net.ipv4.ip_forward'] = 1;
  netns.addLink({ kind: 'physical', ifname: 'eth0', mtu: 1500, up: true, segment, address: '52:54:00:00:01:01' });
  netns.addAddress('eth0', ip(address), 24);
  netns.addLink({ kind: 'physical', ifname: 'wan', mtu: 1500, up: true, segment: 'internet', address: '52:54:00:00:02:01' });
  netns.addAddress('wan', ip('198.51.100.2'), 24);
  netns.addRoute({ dst: prefix('0.0.0.0/0'), nexthops: [{ dev: 'wan', gateway: ip('198.51.100.1') }] });
  netns.neighbours.push({ dst: ip('198.51.100.1'), dev: 'wan', lladdr: '00:00:5e:00:01:01', state: 'permanent' });
  return netns;
};

const portsOf = (all: readonly Netns[], segment: string): Port[] =>
  all.flatMap((netns) =>
    netns.links.flatMap((link) =>
      link.kind === 'physical' && link.segment === segment
        ? [
            {
              netns: netns.id,
              dev: link.ifname,
              mac: link.address ?? '',
              ips: netns.addresses.filter((a) => a.dev === link.ifname).map((a) => a.local),
              forwarding: true,
            },
          ]
        : [],
    ),
  );

/** Puts namespaces into a world with the segments `lan` and `internet`. */
export const worldOf = (all: readonly Netns[], lan: Partial<Segment> = {}): World => {
  const byId = new Map(all.map((netns) => [netns.id, netns]));
  const segments: Segment[] = [
    { name: 'lan', kind: 'switch', prefixes: [prefix('192.168.1.0/24')], mtu: 1500, ports: indexPorts(() => portsOf(all, 'lan')), ...lan },
    { name: 'internet', kind: 'internet', prefixes: [], mtu: 65535, ports: indexPorts(() => []) },
  ];
  const fabric: Fabric = {
    kind: 'l2',
    segments,
    segment: (name) => segments.find((s) => s.name === name),
    ...(byId.has('gateway') && { gateway: { netns: 'gateway', wan: 'wan' } }),
  };
  return { fabric, netns: (id) => byId.get(id) };
};
