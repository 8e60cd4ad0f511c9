import { expect, test } from 'vitest';
import type { Netns } from '../../../src/linux/netns.ts';
import { printFdb, printNeigh, printXfrm } from '../../../src/linux/print/index.ts';
import { printTables } from '../../../src/linux/print/iptables-save.ts';
import { linkFlags } from '../../../src/linux/print/link-state.ts';
import { printNftRuleset } from '../../../src/linux/print/nft.ts';
import { printRoutes } from '../../../src/linux/print/route.ts';
import { RT_TABLE } from '../../../src/linux/route.ts';
import { formatIp } from '../../../src/net/ip.ts';
import { netnsOf, planOf, type Short, twoNodes } from '../../support/cluster.ts';

const pods = [
  { name: 'a', node: 'node1', ip: '10.244.0.2' },
  { name: 'c', node: 'node2', ip: '10.244.1.2' },
];
const cluster = (plugin: unknown, over: Readonly<Record<string, unknown>> = {}): Short => twoNodes(plugin, { pods, ...over });
const flannel = (backend: unknown, over: Readonly<Record<string, unknown>> = {}) => ({ name: 'flannel', backend, ...over });

const links = (netns: Netns) => netns.links.slice(1).map((link) => `${link.ifname} ${link.kind} mtu ${link.mtu}${link.master ? ` master ${link.master}` : ''}`);
const addresses = (netns: Netns) => netns.addresses.slice(2).map((a) => `${formatIp(a.local)}/${a.prefixlen} ${a.dev}`);
const nodeState = async (short: Short, id: string) => netnsOf(await planOf(short), id);
const rules = (netns: Netns, table: string) =>
  printTables(netns.tables, 'ip')
    .split('\n')
    .filter((line) => line.startsWith('-A') && !line.includes(table === 'nat' ? 'FWD' : 'POSTRTG'));

test('vxlan: both nodes of the worked example', async () => {
  const plan = await planOf('flannel/vxlan-cni0');
  const [node1, node2] = [netnsOf(plan, 'node-1'), netnsOf(plan, 'node-2')];
  expect(links(node1)).toEqual([
    'eth0 physical mtu 1500',
    'flannel.1 vxlan mtu 1450',
    'cni0 bridge mtu 1450',
    expect.stringMatching(/^veth[0-9a-f]{8} veth mtu 1450 master cni0$/),
    expect.stringMatching(/^veth[0-9a-f]{8} veth mtu 1450 master cni0$/),
  ]);
  expect(addresses(node1)).toEqual(['192.168.1.11/24 eth0', '10.244.0.0/32 flannel.1', '10.244.0.1/24 cni0']);
  expect(printRoutes(node1)).toEqual([
    'default via 192.168.1.1 dev eth0',
    '10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1',
    '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink',
    '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.11',
  ]);
  expect(printRoutes(node2)).toEqual([
    'default via 192.168.1.1 dev eth0',
    '10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink',
    '10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1',
    '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.12',
  ]);
  expect(printRoutes(node1, RT_TABLE.local).filter((line) => line.includes('10.244'))).toEqual([
    'local 10.244.0.0 dev flannel.1 proto kernel scope host src 10.244.0.0',
    'local 10.244.0.1 dev cni0 proto kernel scope host src 10.244.0.1',
    'broadcast 10.244.0.255 dev cni0 proto kernel scope link src 10.244.0.1',
  ]);
  expect(node1.fdb.map(printFdb)[0]).toBe('5e:89:db:49:c6:02 dev flannel.1 dst 192.168.1.12 self permanent');
  expect(node1.fdb.map(printFdb)[1]).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2} dev cni0 master cni0 permanent$/);
  expect(node2.fdb.map(printFdb)[0]).toBe('5e:89:db:49:c6:01 dev flannel.1 dst 192.168.1.11 self permanent');
  expect(node1.neighbours.map(printNeigh)).toEqual(['10.244.1.0 dev flannel.1 lladdr 5e:89:db:49:c6:02 PERMANENT']);
  expect(node2.neighbours.map(printNeigh)).toEqual(['10.244.0.0 dev flannel.1 lladdr 5e:89:db:49:c6:01 PERMANENT']);
  const pod = netnsOf(plan, 'default/a');
  expect(printRoutes(pod)).toEqual([
    'default via 10.244.0.1 dev eth0',
    '10.244.0.0/24 dev eth0 proto kernel scope link src 10.244.0.2',
    '10.244.0.0/16 via 10.244.0.1 dev eth0',
  ]);
  expect(node1.links.filter(({ master }) => master).every(({ hairpin }) => hairpin)).toBe(true);
});

test('udp with docker0: the node of the worked example', async () => {
  const plan = await planOf('flannel/udp-docker0');
  const node = netnsOf(plan, 'node-1');
  const tun = node.links.find(({ ifname }) => ifname === 'flannel0')!;
  expect([linkFlags(tun, node), tun.mtu, tun.address]).toEqual([['POINTOPOINT', 'MULTICAST', 'NOARP', 'UP', 'LOWER_UP'], 1472, undefined]);
  expect(addresses(node)).toEqual(['192.168.1.11/24 eth0', '10.1.15.0/32 flannel0', '10.1.15.1/24 docker0']);
  expect(printRoutes(node)).toEqual([
    'default via 192.168.1.1 dev eth0',
    '10.1.0.0/16 dev flannel0',
    '10.1.15.0/24 dev docker0 proto kernel scope link src 10.1.15.1',
    '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.11',
  ]);
  expect(node.daemons[0]).toMatchObject({ name: 'flanneld', port: 8285, bufferSize: 1472, df: true, lookup: 'etcd lookup' });
  expect(node.daemons[0]?.routes.map(({ line }) => line)).toEqual([
    '10.1.20.0/24 -> 192.168.1.12   (/coreos.com/network/subnets/10.1.20.0-24 = {"PublicIP":"192.168.1.12"})',
  ]);
  const pod = netnsOf(plan, 'default/pod-a');
  expect(pod.links[1]?.address).toBe('02:42:0a:01:0f:02');
  expect(printRoutes(pod)).toEqual(['default via 10.1.15.1 dev eth0', '10.1.15.0/24 dev eth0 proto kernel scope link src 10.1.15.2']);
  expect(node.links.some(({ hairpin }) => hairpin)).toBe(false);
});

test('udp up to v0.10: the address has the length of the network', async () => {
  const node = await nodeState(cluster({ name: 'flannel', version: '0.10.0' }), 'node1');
  expect(addresses(node)).toContain('10.244.0.0/16 flannel0');
  expect(printRoutes(node)).toContain('10.244.0.0/16 dev flannel0 proto kernel scope link src 10.244.0.0');
  expect(printRoutes(node, RT_TABLE.local)).toContain('broadcast 10.244.255.255 dev flannel0 proto kernel scope link src 10.244.0.0');
});

test("udp: the table is in the order of the leases' keys, and the kube manager names the annotation", async () => {
  const nodes = ['10.244.9.0', '10.244.10.0', '10.244.200.0', '10.244.21.0'].map((net, i) => ({
    name: `n${i}`,
    ip: `192.168.1.${11 + i}`,
    podCIDR: `${net}/24`,
  }));
  const etcd = await nodeState(cluster('flannel', { nodes, pods: [] }), 'n0');
  expect(etcd.daemons[0]?.routes.map(({ dst }) => formatIp(dst.addr))).toEqual(['10.244.10.0', '10.244.200.0', '10.244.21.0']);
  const kube = await nodeState(cluster(flannel('udp', { subnetManager: 'kube' }), { nodes, pods: [] }), 'n0');
  expect(kube.daemons[0]?.lookup).toBe('lease lookup');
  expect(kube.daemons[0]?.routes[0]?.line).toBe('10.244.10.0/24 -> 192.168.1.12   (node n1: flannel.alpha.coreos.com/public-ip = 192.168.1.12)');
});

// What each backend leaves on node1: its device, that device's address, the MTU of pods, the routes towards node2.
test.for([
  ['udp', {}, 'flannel0 tun mtu 1472', '10.244.0.0/32 flannel0', 1472, ['10.244.0.0/16 dev flannel0']],
  ['vxlan', {}, 'flannel.1 vxlan mtu 1450', '10.244.0.0/32 flannel.1', 1450, ['10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink']],
  ['vxlan', { vni: 7, mtu: 1400 }, 'flannel.7 vxlan mtu 1350', '10.244.0.0/32 flannel.7', 1350, ['10.244.1.0/24 via 10.244.1.0 dev flannel.7 onlink']],
  ['vxlan', { directRouting: true }, 'flannel.1 vxlan mtu 1450', '10.244.0.0/32 flannel.1', 1450, ['10.244.1.0/24 via 192.168.1.12 dev eth0']],
  ['host-gw', {}, undefined, undefined, 1500, ['10.244.1.0/24 via 192.168.1.12 dev eth0']],
  ['wireguard', {}, 'flannel-wg wireguard mtu 1420', '10.244.0.0/32 flannel-wg', 1420, ['10.244.0.0/16 dev flannel-wg scope link']],
  ['ipip', {}, 'flannel.ipip ipip mtu 1480', '10.244.0.0/32 flannel.ipip', 1480, ['10.244.1.0/24 via 192.168.1.12 dev flannel.ipip onlink']],
  ['ipip', { directRouting: true }, 'flannel.ipip ipip mtu 1480', '10.244.0.0/32 flannel.ipip', 1480, ['10.244.1.0/24 via 192.168.1.12 dev eth0 onlink']],
  ['ipsec', { psk: 'x'.repeat(96) }, undefined, undefined, 1423, []],
  ['ipsec', { psk: 'x'.repeat(96), udpEncap: true }, undefined, undefined, 1415, []],
  ['alloc', {}, undefined, undefined, 1500, []],
] as const)('%s %j', async ([type, options, device, address, mtu, routes]) => {
  const node = await nodeState(cluster(flannel({ type, ...options }, { bridge: 'cni0' })), 'node1');
  const own = links(node).filter((line) => line.startsWith('flannel'));
  expect(own).toEqual(device === undefined ? [] : [device]);
  expect(addresses(node).filter((line) => line.includes('flannel'))).toEqual(address === undefined ? [] : [address]);
  expect(node.links.find(({ ifname }) => ifname === 'cni0')?.mtu).toBe(mtu);
  const stock = ['default', '10.244.0.0/24', '192.168.1.0/24'];
  expect(printRoutes(node).filter((line) => !stock.some((start) => line.startsWith(`${start} `)))).toEqual(routes);
});

test('host-gw adds no device, and cni0 only where pods are', async () => {
  const plan = await planOf(cluster(flannel('host-gw'), { pods: [{ name: 'a', node: 'node1', ip: '10.244.0.2' }] }));
  expect(links(netnsOf(plan, 'node2'))).toEqual(['eth0 physical mtu 1500']);
  expect(printRoutes(netnsOf(plan, 'node2'))).toContain('10.244.0.0/24 via 192.168.1.11 dev eth0');
});

test('DirectRouting asks for each peer whether it is on the link', async () => {
  const plan = await planOf('flannel/vxlan-directrouting');
  expect(printRoutes(netnsOf(plan, 'node-1')).filter((line) => line.startsWith('10.244.'))).toEqual([
    '10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1',
    '10.244.1.0/24 via 192.168.1.12 dev eth0',
    '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink',
  ]);
  expect(netnsOf(plan, 'node-1').neighbours.map(({ dst }) => formatIp(dst))).toEqual(['10.244.2.0']);
});

test('ipsec: three policies per peer, and no route', async () => {
  const node = await nodeState('flannel/ipsec', 'node-1');
  expect(node.xfrm.map(printXfrm)).toEqual([
    'src 10.244.0.0/24 dst 10.244.1.0/24 dir out priority 0 ptype main tmpl src 192.168.1.11 dst 192.168.1.12 proto esp reqid 11 mode tunnel',
    'src 10.244.1.0/24 dst 10.244.0.0/24 dir in priority 0 ptype main tmpl src 192.168.1.12 dst 192.168.1.11 proto esp reqid 11 mode tunnel',
    'src 10.244.1.0/24 dst 10.244.0.0/24 dir fwd priority 0 ptype main tmpl src 192.168.1.12 dst 192.168.1.11 proto esp reqid 11 mode tunnel',
  ]);
});

test('dual stack vxlan: a second device for IPv6, 20 bytes smaller', async () => {
  const node = await nodeState('flannel/dual-stack', 'node-1');
  expect(links(node).slice(0, 4)).toEqual(['eth0 physical mtu 1500', 'flannel.1 vxlan mtu 1450', 'flannel-v6.1 vxlan mtu 1430', 'cni0 bridge mtu 1450']);
  expect(printRoutes(node, RT_TABLE.main, 6)).toEqual([
    'fd00:1::/64 dev eth0 proto kernel metric 256 pref medium',
    'fd00:244:: dev flannel-v6.1 proto kernel metric 256 pref medium',
    'fd00:244::/64 dev cni0 proto kernel metric 256 pref medium',
    'fd00:244:0:1::/64 via fd00:244:0:1:: dev flannel-v6.1 metric 1024 onlink pref medium',
    'default via fd00:1::1 dev eth0 metric 1024 pref medium',
  ]);
  expect(node.fdb.map(printFdb)[1]).toMatch(/ dev flannel-v6\.1 dst fd00:1::12 self permanent$/);
  expect(printTables(node.tables, 'ip6')).toContain('-A FLANNEL-POSTRTG -s fd00:244::/56 ! -d ff00::/8 -m comment --comment "flanneld masq" -j MASQUERADE');
});

test('wireguard: a device per family in mode separate, one in the others', async () => {
  const dual = {
    subnets: { nodes: ['192.168.1.0/24', 'fd00:1::/64'], pods: ['10.244.0.0/16', 'fd00:244::/56'] },
    nodes: [1, 2].map((n) => ({
      name: `node${n}`,
      ip: [`192.168.1.1${n}`, `fd00:1::1${n}`],
      podCIDR: [`10.244.${n}.0/24`, `fd00:244:0:${n}::/64`],
    })),
    pods: [],
  };
  const devices = async (mode: string) => {
    const node = await nodeState(cluster(flannel({ type: 'wireguard', mode }), dual), 'node1');
    return node.links.flatMap((link) =>
      link.kind === 'wireguard'
        ? [
            `${link.ifname} ${link.listenPort}: ${link.peers.map((p) => `${formatIp(p.endpoint.ip)}:${p.endpoint.port} ${p.allowedIps.map((a) => formatIp(a.addr)).join()}`).join()}`,
          ]
        : [],
    );
  };
  expect(await devices('separate')).toEqual(['flannel-wg 51820: 192.168.1.12:51820 10.244.2.0', 'flannel-wg-v6 51821: fd00:1::12:51821 fd00:244:0:2::']);
  expect(await devices('auto')).toEqual(['flannel-wg 51820: 192.168.1.12:51820 10.244.2.0,fd00:244:0:2::']);
  expect(await devices('ipv6')).toEqual(['flannel-wg 51820: fd00:1::12:51820 10.244.2.0,fd00:244:0:2::']);
});

const masq = '-m comment --comment "flanneld masq"';

test('the masquerade rules, in order', async () => {
  expect(rules(await nodeState(cluster(flannel('vxlan')), 'node1'), 'nat')).toEqual([
    `-A POSTROUTING ${masq} -j FLANNEL-POSTRTG`,
    `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${masq} -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.0.0/24 -d 10.244.0.0/16 ${masq} -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.0.0/24 ${masq} -j RETURN`,
    `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/24 ${masq} -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 ${masq} -j MASQUERADE --random-fully`,
    `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 ${masq} -j MASQUERADE --random-fully`,
  ]);
});

test.for([
  [
    '0.20.0',
    [
      `-A POSTROUTING ${masq} -j FLANNEL-POSTRTG`,
      `-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.0.0/16 ${masq} -j RETURN`,
      `-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 ${masq} -j MASQUERADE`,
      `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/24 ${masq} -j RETURN`,
      `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 ${masq} -j MASQUERADE`,
    ],
    3,
  ],
  [
    '0.14.0',
    [
      '-A POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j RETURN',
      '-A POSTROUTING -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE',
      '-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/24 -j RETURN',
      '-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE',
    ],
    2,
  ],
  [
    '0.5.5',
    [
      '-A POSTROUTING -s 10.244.0.0/16 -j FLANNEL',
      '-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE',
      '-A FLANNEL -d 10.244.0.0/16 -j ACCEPT',
      '-A FLANNEL ! -d 224.0.0.0/4 -j MASQUERADE',
    ],
    0,
  ],
] as const)('the rules of v%s', async ([version, want, forwardRules]) => {
  const node = await nodeState(cluster(flannel('vxlan', { version })), 'node1');
  const all = printTables(node.tables, 'ip')
    .split('\n')
    .filter((line) => line.startsWith('-A'));
  const forward = all.filter((line) => /^-A (FORWARD|FLANNEL-FWD)/.test(line));
  expect(all.filter((line) => !forward.includes(line))).toEqual(want);
  expect(forward.length).toBe(forwardRules);
});

test('forward rules do not depend on ip-masq; without it the bridge masquerades', async () => {
  const node = await nodeState('flannel/no-ip-masq', 'node-1');
  const all = printTables(node.tables, 'ip').split('\n');
  expect(all.filter((line) => line.includes('FORWARD -m'))).toEqual(['-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD']);
  const own = all.filter((line) => /-A CNI-/.test(line)).map((line) => line.replace(/CNI-[0-9a-f]{24}/, 'CNI-…').replace(/ -m comment --comment ".*" /, ' … '));
  expect(own).toEqual([
    '-A CNI-… -d 10.244.0.0/24 … -j ACCEPT',
    '-A CNI-… ! -d 224.0.0.0/4 … -j MASQUERADE',
    '-A CNI-… -d 10.244.0.0/24 … -j ACCEPT',
    '-A CNI-… ! -d 224.0.0.0/4 … -j MASQUERADE',
  ]);
  expect(all.filter((line) => line.startsWith('-A POSTROUTING'))).toHaveLength(2);
});

test('nftables', async () => {
  const node = await nodeState('flannel/nftables', 'node-1');
  expect(
    printNftRuleset(node.tables)
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual([
    'table ip flannel-ipv4 {',
    'chain postrtg {',
    'type nat hook postrouting priority srcnat; policy accept;',
    'meta mark 0x00004000 return',
    'ip saddr 10.244.0.0/24 ip daddr 10.244.0.0/16 return',
    'ip saddr 10.244.0.0/16 ip daddr 10.244.0.0/24 return',
    'ip saddr != 10.244.0.0/24 ip daddr 10.244.0.0/16 return',
    'ip saddr 10.244.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random',
    'ip saddr != 10.244.0.0/16 ip daddr 10.244.0.0/16 masquerade fully-random',
    '}',
    '',
    'chain forward {',
    'type filter hook forward priority filter; policy accept;',
    'ip saddr 10.244.0.0/16 accept',
    'ip daddr 10.244.0.0/16 accept',
    '}',
    '}',
    '',
  ]);
  expect(printTables(node.tables, 'ip')).toBe('');
});

test('host ports: the first pod keeps a port that two ask for', async () => {
  const ports = [{ port: 80, hostPort: 8080 }];
  const pods = [
    { name: 'a', node: 'node1', ip: '10.244.0.2', ports },
    { name: 'b', node: 'node1', ip: '10.244.0.3', ports },
  ];
  const node = await nodeState(cluster(flannel('vxlan'), { pods }), 'node1');
  const nat = printTables(node.tables, 'ip').split('\n');
  expect(nat.filter((line) => line.startsWith('-A POSTROUTING')).map((line) => line.replace(/.*-j /, ''))).toEqual(['CNI-HOSTPORT-MASQ', 'FLANNEL-POSTRTG']);
  const entries = nat.filter((line) => line.startsWith('-A CNI-HOSTPORT-DNAT')).map((line) => line.replace(/.*-j /, ''));
  const targets = entries.map((chain) => nat.find((line) => line.startsWith(`-A ${chain}`) && line.includes('DNAT'))?.replace(/.*DNAT /, ''));
  expect(targets).toEqual(['--to-destination 10.244.0.2:80', '--to-destination 10.244.0.3:80']);
  expect(nat).toContain(`-A ${entries[0]} -s 10.244.0.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK`);
  expect(nat).toContain(`-A ${entries[0]} -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK`);
  expect(node.sysctls['net.ipv4.conf.cni0.route_localnet']).toBe(1);
});

test("Docker's FORWARD rules stand in front of flannel's", async () => {
  const node = await nodeState(cluster({ name: 'flannel', dockerForwardDrop: true, dockerIpMasq: true }), 'node1');
  const all = printTables(node.tables, 'ip').split('\n');
  expect(all).toContain(':FORWARD DROP [0:0]');
  expect(all.filter((line) => line.startsWith('-A FORWARD')).map((line) => line.replace('-A FORWARD ', ''))).toEqual([
    '-o docker0 -j DOCKER',
    '-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-i docker0 ! -o docker0 -j ACCEPT',
    '-i docker0 -o docker0 -j ACCEPT',
    '-m comment --comment "flanneld forward" -j FLANNEL-FWD',
  ]);
  expect(all).toContain('-A POSTROUTING -s 10.244.0.0/24 ! -o docker0 -j MASQUERADE');
});

test('what the input states of a node holds', async () => {
  const nodes = [
    {
      name: 'node1',
      ip: '192.168.1.11',
      podCIDR: '10.244.0.0/24',
      mtu: 9000,
      mac: '52:54:00:00:01:11',
      interface: 'ens3',
      forwardPolicy: 'DROP',
      sysctls: { 'net.bridge.bridge-nf-call-iptables': 0 },
    },
  ];
  const node = await nodeState(cluster(flannel('vxlan'), { nodes, pods: [] }), 'node1');
  expect(links(node)).toEqual(['ens3 physical mtu 9000', 'flannel.1 vxlan mtu 8950']);
  expect(node.links[1]?.address).toBe('52:54:00:00:01:11');
  expect(node.sysctls).toMatchObject({ 'net.ipv4.ip_forward': 1, 'net.bridge.bridge-nf-call-iptables': 0 });
  expect(printTables(node.tables, 'ip')).toContain(':FORWARD DROP');
});
