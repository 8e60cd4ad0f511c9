import { expect, test } from 'vitest';
import { walkProbe } from '../../src/dataplane/index.ts';
import type { Overlay } from '../../src/fabric/fabric.ts';
import { indexPorts } from '../../src/fabric/ports.ts';
import type { World } from '../../src/fabric/world.ts';
import type { Netns } from '../../src/linux/netns.ts';
import type { OverlayTransport } from '../../src/linux/overlay.ts';
import { formatIp } from '../../src/net/ip.ts';
import { ip, machine, worldOf } from '../support/world.ts';

// Three hosts whose stack is itself on the overlay: eth1 of each is a veth whose other end the switch has. left - middle - right.

const HOSTS = ['left', 'middle', 'right'] as const;
type Host = (typeof HOSTS)[number];
const underlay = (host: Host) => ip(`192.168.1.1${HOSTS.indexOf(host)}`);
const inner = (host: Host) => ip(`10.0.0.1${HOSTS.indexOf(host)}`);
const mac = (host: Host) => `02:00:00:00:00:1${HOSTS.indexOf(host)}`;

const vxlan: OverlayTransport = { kind: 'vxlan', dev: 'tun0', port: 4789 };
const udp: OverlayTransport = { kind: 'udp', port: 7000, overhead: 60, mtu: 1440 };

type Options = { readonly datapath?: boolean; readonly transport?: OverlayTransport; readonly cut?: boolean; readonly portMtu?: number };

const host = (name: Host, { datapath = true, transport = vxlan, cut = false, portMtu = 1450 }: Options): Netns => {
  const netns = machine(name, 'node', formatIp(underlay(name)));
  const up = { up: true } as const;
  if (datapath) netns.addLink({ ...up, kind: 'openvswitch', ifname: 'dp', mtu: 1450, address: '02:00:00:00:01:00' });
  netns.addLink({ ...up, kind: 'veth', ifname: 'eth1', mtu: 1450, address: mac(name), peer: { netns: name, ifname: 'port' } });
  netns.addLink({
    ...up,
    kind: 'veth',
    ifname: 'port',
    mtu: portMtu,
    address: '02:00:00:00:01:01',
    peer: { netns: name, ifname: 'eth1' },
    ...(datapath && { master: 'dp' }),
  });
  if (datapath)
    netns.addLink({
      ...up,
      kind: 'vxlan',
      ifname: 'tun0',
      mtu: 65485,
      address: '02:00:00:00:01:02',
      id: 0,
      port: 4789,
      learning: false,
      external: true,
      master: 'dp',
    });
  netns.addAddress('eth1', inner(name), 24);
  // Entries by hand, for MACs that nobody would answer with.
  netns.neighbours.push({ dst: ip('10.0.0.98'), dev: 'eth1', lladdr: '02:00:00:00:00:98', state: 'permanent' });
  netns.neighbours.push({ dst: ip('10.0.0.97'), dev: 'eth1', lladdr: mac('right'), state: 'permanent' });
  netns.neighbours.push({ dst: ip('10.0.0.96'), dev: 'eth1', lladdr: mac(name), state: 'permanent' });
  const towards = (peer: string): Host | undefined => {
    const next = HOSTS[HOSTS.indexOf(name) + (HOSTS.indexOf(peer as Host) > HOSTS.indexOf(name) ? 1 : -1)];
    return cut && [name, peer].includes('right') ? undefined : next;
  };
  const connection = (peer: Host) => ({ peer, local: underlay(name), remote: underlay(peer), transport, line: `to ${peer}` });
  const one = {
    daemon: 'switchd',
    command: 'switchctl list',
    overlay: 'lan0',
    port: 'port',
    ...(datapath && { datapath: 'dp' }),
    vni: () => 77,
    via: (peer: string) => {
      const next = towards(peer);
      return next && connection(next);
    },
    connections: HOSTS.filter((peer) => peer !== name).map(connection),
  };
  return { ...netns, overlays: [one] };
};

const build = (options: Options = {}): World => {
  const netnses = HOSTS.map((name) => host(name, options));
  const world = worldOf(netnses);
  const ports = indexPorts(() => HOSTS.map((name) => ({ netns: name, dev: 'port', mac: mac(name), ips: [inner(name)], forwarding: true })));
  const overlay: Overlay = { name: 'lan0', ports };
  return { ...world, fabric: { ...world.fabric, overlay: (name) => (name === 'lan0' ? overlay : undefined) } };
};

const ask = (world: World, to: string, more: { readonly length?: number; readonly df?: boolean } = {}) => {
  const [journey] = walkProbe(world, { netns: 'left', dst: ip(to), protocol: 'icmp', length: 84, df: true, ...more }, { reply: true });
  const { forward, replies } = journey!;
  const outers = forward.taps
    .filter(({ dev, dir }) => dev === 'eth0' && dir === 'out')
    .map(({ netns, packet }) => `${netns} ${formatIp(packet.dst)} ${packet.length}`);
  return { code: forward.reason.code, where: forward.netns, ttl: forward.packet.ttl, outers, back: replies.map((r) => r.verdict), forward };
};

test.for([
  ['a neighbour, by the datapath', {}, '10.0.0.11', ['left 192.168.1.11 134'], 'middle'],
  ['beyond it, by the datapath: handed on as it is', {}, '10.0.0.12', ['left 192.168.1.11 134', 'middle 192.168.1.12 134'], 'right'],
  ['by the daemon, out of a datapath', { transport: udp }, '10.0.0.12', ['left 192.168.1.11 144', 'middle 192.168.1.12 144'], 'right'],
  ['by the daemon alone', { transport: udp, datapath: false }, '10.0.0.12', ['left 192.168.1.11 144', 'middle 192.168.1.12 144'], 'right'],
] as const)('%s', ([, options, to, outers, where]) => {
  const got = ask(build(options), to);
  expect([got.code, got.where, got.ttl, got.outers, got.back]).toEqual(['DELIVERED', where, 64, outers, ['delivered']]);
});

test('the VNI is that of the two ends, also on the second stretch', () => {
  const { forward } = ask(build(), '10.0.0.12');
  const vnis = forward.steps.flatMap((s) =>
    s.kind === 'encapsulate' && 'carries' in s.outer.l4 && s.outer.l4.carries?.kind === 'vxlan' ? [s.outer.l4.carries.vni] : [],
  );
  expect(vnis).toEqual([77, 77]);
  const flows = forward.steps.filter(({ kind }) => kind === 'bridge').map(({ because }) => because[0]?.line);
  expect(flows[1]).toBe(
    'tunnel(tun_id=0x4d,src=192.168.1.10,dst=192.168.1.11),in_port(tun0),eth(src=02:00:00:00:00:10,dst=02:00:00:00:00:12), actions:set(tunnel(tun_id=0x4d,src=192.168.1.11,dst=192.168.1.12,ttl=64,flags(df))),tun0',
  );
});

test.for([
  ['a MAC that nobody has', {}, '10.0.0.98', 84, true, 'OVERLAY_UNKNOWN_MAC', 'left'],
  ['a MAC to which there is no way', { cut: true }, '10.0.0.97', 84, true, 'OVERLAY_NO_WAY', 'left'],
  ['an own MAC', {}, '10.0.0.96', 84, true, 'OVERLAY_OWN_MAC', 'left'],
  ['an address to which there is no way: not even ARP gets there', { cut: true }, '10.0.0.12', 84, true, 'NEIGHBOUR_UNRESOLVED', 'left'],
  ['longer than the port at the far end', { portMtu: 1400 }, '10.0.0.11', 1420, true, 'MTU_EXCEEDED_BRIDGE', 'middle'],
  ['too long for the daemon, DF', { transport: udp }, '10.0.0.11', 1441, true, 'MTU_EXCEEDED_DF', 'left'],
  ['too long for the daemon, cut', { transport: udp }, '10.0.0.11', 1441, false, 'DELIVERED', 'middle'],
  ['as long as the daemon takes', { transport: udp }, '10.0.0.11', 1440, true, 'DELIVERED', 'middle'],
] as const)('%s', ([, options, to, length, df, code, where]) => {
  const got = ask(build(options), to, { length, df });
  expect([got.code, got.where]).toEqual([code, where]);
});
