import { describe, expect, test } from 'vitest';
import { sectionsOf } from '../../../src/linux/sections.ts';
import { clusterOf, netnsOf, planOf, pluginOf, type Short } from '../../support/cluster.ts';
import { ip } from '../../support/world.ts';

const nodes = [
  { name: 'n1', ip: '192.168.10.11' },
  { name: 'n2', ip: '192.168.10.12' },
];
const cluster = (plugin: unknown, over: Readonly<Record<string, unknown>> = {}): Short => ({
  plugin,
  subnets: { nodes: '192.168.10.0/24', services: '10.96.0.0/12' },
  nodes,
  pods: [
    { name: 'pod-a', node: 'n1' },
    { name: 'pod-b', node: 'n2' },
  ],
  ...over,
});
const weave = (settings: Readonly<Record<string, unknown>>) => ({ name: 'weave', ...settings });

const linesOf = (plan: Awaited<ReturnType<typeof planOf>>, id: string, command: string): readonly string[] =>
  sectionsOf(netnsOf(plan, id)).find((section) => section.command === command)?.lines ?? [];
/** The rules of a chain, without `-A CHAIN`. */
const chain = (plan: Awaited<ReturnType<typeof planOf>>, id: string, name: string): readonly string[] =>
  linesOf(plan, id, 'iptables-save').flatMap((line) => (line.startsWith(`-A ${name} `) ? [line.slice(name.length + 4)] : []));

describe('the worked example: two nodes that joined one by one', async () => {
  const plan = await planOf(cluster('weave'));

  test('links of n1: name, MTU, master', () => {
    const { links } = netnsOf(plan, 'n1');
    expect(
      links.map(({ ifname, mtu, master = '' }) => `${ifname} ${mtu} ${master}`.trim()).map((line) => line.replace(/vethwepl[0-9a-f]{7} /, 'vethwepl… ')),
    ).toEqual([
      'lo 65536',
      'eth0 1500',
      'datapath 1376',
      'weave 1376',
      'vethwe-datapath 1376 datapath',
      'vethwe-bridge 1376 weave',
      'vxlan-6784 65485 datapath',
      'vethwepl… 1376 weave',
    ]);
    expect(links.filter(({ hairpin }) => hairpin).map(({ ifname }) => ifname.slice(0, 8))).toEqual(['vethwepl']);
  });

  test.for([
    [
      'n1',
      [
        'default via 192.168.10.1 dev eth0',
        '10.32.0.0/12 dev weave proto kernel scope link src 10.32.0.1',
        '192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.11',
      ],
    ],
    [
      'n2',
      [
        'default via 192.168.10.1 dev eth0',
        '10.32.0.0/12 dev weave proto kernel scope link src 10.44.0.0',
        '192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.12',
      ],
    ],
    ['default/pod-a', ['default via 10.32.0.1 dev eth0', '10.32.0.0/12 dev eth0 proto kernel scope link src 10.32.0.2']],
    ['default/pod-b', ['default via 10.44.0.0 dev eth0', '10.32.0.0/12 dev eth0 proto kernel scope link src 10.44.0.1']],
  ] as const)('routes of %s', ([id, want]) => expect(linesOf(plan, id, 'ip route')).toEqual(want));

  test.for([
    ['n1', ['10.32.0.0/13', '10.40.0.0/14']],
    ['n2', ['10.44.0.0/14']],
  ] as const)('%s spares its own pods from masquerading: %j', ([id, want]) =>
    expect(linesOf(plan, id, 'ipset save').flatMap((line) => line.match(/^add weaver-no-masq-local (.*)$/)?.[1] ?? [])).toEqual(want),
  );

  test('a pod lets in multicast of its network only', () =>
    expect(chain(plan, 'default/pod-a', 'INPUT')).toEqual(['-s 10.32.0.0/12 -d 224.0.0.0/4 -i eth0 -j ACCEPT', '-d 224.0.0.0/4 -i eth0 -j DROP']));
});

test.for([
  [{}, 'POSTROUTING', ['-j WEAVE']],
  [
    {},
    'WEAVE',
    [
      '-m set --match-set weaver-no-masq-local dst -m comment --comment "Prevent SNAT to locally running containers" -j RETURN',
      '-s 10.32.0.0/12 -d 224.0.0.0/4 -j RETURN',
      '! -s 10.32.0.0/12 -d 10.32.0.0/12 -j MASQUERADE',
      '-s 10.32.0.0/12 ! -d 10.32.0.0/12 -j MASQUERADE',
    ],
  ],
  [
    { noMasqLocal: false },
    'WEAVE',
    ['-s 10.32.0.0/12 -d 224.0.0.0/4 -j RETURN', '! -s 10.32.0.0/12 -d 10.32.0.0/12 -j MASQUERADE', '-s 10.32.0.0/12 ! -d 10.32.0.0/12 -j MASQUERADE'],
  ],
  [{ masquerade: false }, 'WEAVE', ['-m set --match-set weaver-no-masq-local dst -m comment --comment "Prevent SNAT to locally running containers" -j RETURN']],
  [
    {},
    'FORWARD',
    [
      `-i weave -m comment --comment "NOTE: this must go before \\'-j KUBE-FORWARD\\'" -j WEAVE-NPC-EGRESS`,
      `-o weave -m comment --comment "NOTE: this must go before \\'-j KUBE-FORWARD\\'" -j WEAVE-NPC`,
      '-o weave -m state --state NEW -j NFLOG --nflog-group 86',
      '-o weave -j DROP',
      '-i weave ! -o weave -j ACCEPT',
      '-o weave -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ],
  ],
  [
    { npc: false },
    'FORWARD',
    [
      '-i weave -o weave -j ACCEPT',
      '-o weave -j WEAVE-EXPOSE',
      '-i weave ! -o weave -j ACCEPT',
      '-o weave -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ],
  ],
  [{ npc: false }, 'WEAVE-EXPOSE', ['-d 10.32.0.0/12 -j ACCEPT']],
  [
    {},
    'INPUT',
    [
      '-d 127.0.0.1/32 -p tcp -m tcp --dport 6784 -m addrtype ! --src-type LOCAL -m conntrack ! --ctstate RELATED,ESTABLISHED -m comment --comment "Block non-local access to Weave Net control port" -j DROP',
      '-i weave -j WEAVE-NPC-EGRESS',
    ],
  ],
  [
    {},
    'WEAVE-NPC',
    [
      '-m state --state RELATED,ESTABLISHED -j ACCEPT',
      '-d 224.0.0.0/4 -j ACCEPT',
      '-m physdev --physdev-out vethwe-bridge --physdev-is-bridged -j ACCEPT',
      '-m state --state NEW -j WEAVE-NPC-DEFAULT',
      '-m state --state NEW -j WEAVE-NPC-INGRESS',
    ],
  ],
  [
    {},
    'WEAVE-NPC-EGRESS',
    [
      '-m state --state RELATED,ESTABLISHED -j ACCEPT',
      '-m physdev --physdev-in vethwe-bridge --physdev-is-bridged -j RETURN',
      '-m addrtype --dst-type LOCAL -j RETURN',
      '-d 224.0.0.0/4 -j RETURN',
      '-m state --state NEW -j WEAVE-NPC-EGRESS-DEFAULT',
      '-m state --state NEW -m mark ! --mark 0x40000/0x40000 -j WEAVE-NPC-EGRESS-CUSTOM',
    ],
  ],
  [{}, 'WEAVE-NPC-EGRESS-ACCEPT', ['-j MARK --set-xmark 0x40000/0x40000']],
] as const)('%j: chain %s', async ([settings, name, want]) => expect(chain(await planOf(cluster(weave(settings))), 'n1', name)).toEqual(want));

test('the sets of weave-npc hold the pods of all nodes, but not finished ones or those of the node', async () => {
  const host = { name: 'h', node: 'n1', hostNetwork: true };
  const loaded = await clusterOf(cluster('weave', { pods: [{ name: 'pod-a', node: 'n1' }, host] }));
  const phases = ['Running', 'Succeeded', 'Failed'] as const;
  const others = phases.map((phase, i) => ({ ...loaded.pods[0]!, name: phase, namespace: 'shop', node: 'n2', phase, ips: [ip(`10.44.0.${10 + i}`)] }));
  const pods = [...loaded.pods, ...others];
  const plan = (await pluginOf(loaded)).plan({ ...loaded, pods });
  const sets = netnsOf(plan, 'n1').ipsets.slice(1);
  expect(sets.map(({ entries }) => entries)).toEqual([['10.32.0.2'], ['10.44.0.10']]);
});

test.for([
  ['sleeve', ['weave 65535', 'vethwe-pcap 65535', 'vethwe-bridge 65535 weave']],
  ['bridge', ['weave 65535', 'vethwe-pcap 65535', 'vethwe-bridge 65535 weave']],
] as const)('mode %s has no datapath', async ([mode, want]) => {
  const { links } = netnsOf(await planOf(cluster(weave({ mode }), { pods: [] })), 'n1');
  expect(links.slice(2).map(({ ifname, mtu, master = '' }) => `${ifname} ${mtu} ${master}`.trim())).toEqual(want);
});

test.for([
  // mtu setting, MTU between the nodes, password: the connection, as weave status connections has it
  [{}, 1500, 'established fastdp', 'mtu=1376'],
  [{ encryption: true }, 1500, 'established encrypted fastdp', 'mtu=1376'],
  [{}, 1426, 'established fastdp', 'mtu=1376'],
  [{}, 1425, 'established sleeve', 'mtu=1363'],
  [{ encryption: true }, 1460, 'established encrypted fastdp', 'mtu=1376'],
  [{ encryption: true }, 1459, 'established encrypted sleeve', 'mtu=1373'],
  [{ mtu: 8916 }, 9001, 'established fastdp', 'mtu=8916'],
  [{ mtu: 8916, encryption: true }, 9001, 'established encrypted fastdp', 'mtu=8916'],
  [{ mtu: 8916, encryption: true }, 8999, 'established encrypted sleeve', 'mtu=8913'],
  [{ mode: 'bridge' }, 1500, 'established sleeve', 'mtu=1438'],
  [{ mode: 'bridge', encryption: { trustedSubnets: '192.168.10.0/24' } }, 1500, 'established sleeve', 'mtu=1438'],
  [{ peers: [['n1', 'n2', 'sleeve']] }, 1500, 'established sleeve', 'mtu=1438'],
] as const)('%j on %i bytes: %s, %s', async ([settings, mtu, state, size]) => {
  const plan = await planOf(cluster(weave(settings), { fabric: { kind: 'l2', mtu } }));
  const [line = ''] = linesOf(plan, 'n1', 'weave status connections');
  expect(line.replace(/[0-9a-f:]{17}\(n2\) /, '')).toBe(`-> 192.168.10.12:6783 ${state} ${size}`);
});

test('a password: marks, the policy, and what came in clear is dropped', async () => {
  const plan = await planOf(cluster(weave({ encryption: true })));
  expect(linesOf(plan, 'n1', 'ip xfrm policy')).toEqual([
    'src 192.168.10.11/32 dst 192.168.10.12/32 proto udp dport 6784',
    '\tdir out priority 0 ptype main',
    '\tmark 0x20000/0x20000',
    '\ttmpl src 192.168.10.11 dst 192.168.10.12',
    '\t\tproto esp reqid 0 mode transport',
  ]);
  expect(chain(plan, 'n1', 'WEAVE-IPSEC-OUT')).toEqual(['-s 192.168.10.11/32 -d 192.168.10.12/32 -p udp -m udp --dport 6784 -j WEAVE-IPSEC-OUT-MARK']);
  expect(chain(plan, 'n1', 'WEAVE-IPSEC-IN')).toEqual([
    '-s 192.168.10.12/32 -d 192.168.10.11/32 -p esp -j WEAVE-IPSEC-IN-MARK',
    '-s 192.168.10.12/32 -d 192.168.10.11/32 -p udp -m udp --dport 6784 -m mark ! --mark 0x20000/0x20000 -j DROP',
  ]);
  expect(chain(plan, 'n1', 'OUTPUT')).toEqual(['-j WEAVE-IPSEC-OUT', '! -p esp -m policy --dir out --pol none -m mark --mark 0x20000/0x20000 -j DROP']);
});
