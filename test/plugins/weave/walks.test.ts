import { describe, expect, test } from 'vitest';
import type { Packet } from '../../../src/dataplane/packet.ts';
import type { Walk } from '../../../src/dataplane/walk.ts';
import { formatIp } from '../../../src/net/ip.ts';
import { vniOf } from '../../../src/plugins/weave/overlay.ts';
import { ping, planOf } from '../../support/cluster.ts';
import { withStandIn } from '../../support/weave-standin.ts';

const outer = ({ src, dst, ttl, df, length, l4 }: Packet): string => {
  const carried = l4.proto === 'udp' ? `${l4.dport}${l4.carries?.kind === 'vxlan' ? ` vni ${l4.carries.vni}` : ''}` : '';
  return `${l4.proto} ${formatIp(src)} > ${formatIp(dst)} ${carried} ttl ${ttl} len ${length}${df ? ' df' : ''}`.replace('  ', ' ');
};
/** What leaves the nodes' NICs. */
const wire = (walk: Walk): string[] =>
  walk.taps.filter(({ dev, dir, netns }) => dev === 'eth0' && dir === 'out' && netns.startsWith('node')).map(({ packet }) => outer(packet));
const hosts = (walk: Walk): string => [...new Set(walk.taps.map(({ netns }) => netns))].join(' ');

test.for([
  ['weave/fastdp', 'a', '10.32.0.3', [], 'delivered at default/b from 10.32.0.2 ttl 64'],
  [
    'weave/fastdp',
    'a',
    '10.44.0.1',
    [`udp 192.168.10.11 > 192.168.10.12 6784 vni ${vniOf('node-1', 'node-2')} ttl 64 len 134 df`],
    'delivered at default/c from 10.32.0.2 ttl 64',
  ],
  ['weave/fastdp', 'a', '203.0.113.10', ['icmp 192.168.10.11 > 203.0.113.10 ttl 63 len 84 df'], 'exits at internet from 192.168.10.11 ttl 62'],
  [
    'weave/fastdp',
    'node-1',
    '10.44.0.1',
    [`udp 192.168.10.11 > 192.168.10.12 6784 vni ${vniOf('node-1', 'node-2')} ttl 64 len 134 df`],
    'delivered at default/c from 10.32.0.1 ttl 64',
  ],
  ['weave/sleeve', 'a', '10.40.0.1', ['udp 192.168.10.11 > 192.168.10.12 6783 ttl 64 len 146 df'], 'delivered at default/c from 10.32.0.2 ttl 64'],
  ['weave/fallback', 'a', '10.44.0.1', ['udp 192.168.10.11 > 192.168.10.12 6783 ttl 64 len 146 df'], 'delivered at default/b from 10.32.0.2 ttl 64'],
  // VXLAN's 134 bytes, ESP header 8, IV 8, trailer 2, tag 16.
  ['weave/encrypted', 'a', '10.44.0.1', ['esp 192.168.10.11 > 192.168.20.12 ttl 64 len 168 df'], 'delivered at default/b from 10.32.0.2 ttl 64'],
  [
    'weave/encrypted',
    'b',
    '10.36.0.1',
    [`udp 192.168.20.12 > 192.168.20.13 6784 vni ${vniOf('node-2', 'node-3')} ttl 64 len 134 df`],
    'delivered at default/c from 10.44.0.1 ttl 64',
  ],
  [
    'weave/partial-mesh',
    'a',
    '10.44.0.1',
    [
      `udp 192.168.10.11 > 192.168.10.12 6784 vni ${vniOf('node-1', 'node-4')} ttl 64 len 134 df`,
      `udp 192.168.10.12 > 192.168.10.13 6784 vni ${vniOf('node-1', 'node-4')} ttl 64 len 134 df`,
      'udp 192.168.10.13 > 192.168.10.14 6783 ttl 64 len 146 df',
    ],
    'delivered at default/d from 10.32.0.2 ttl 64',
  ],
] as const)('%s: %s to %s by %j: %s', async ([name, from, to, want, end]) => {
  const { world } = await planOf(name);
  const walked = ping(world, from.startsWith('node') ? from : `default/${from}`, to);
  expect([wire(walked.forward), walked.end, walked.replies.map(({ verdict, packet }) => `${verdict} ${packet.ttl}`)]).toEqual([
    want,
    end,
    [`delivered ${to === '203.0.113.10' ? 62 : 64}`],
  ]);
});

test.for([
  // fixture, packet: size, DF, what becomes of it, what comes back
  ['weave/fastdp', 1376, true, 'DELIVERED', undefined],
  ['weave/fastdp', 1377, true, 'MTU_EXCEEDED_DF', undefined],
  ['weave/fastdp', 4000, false, 'DELIVERED', undefined],
  ['weave/sleeve', 1438, true, 'DELIVERED', undefined],
  ['weave/sleeve', 1439, true, 'MTU_EXCEEDED_DF', 'icmp 3/4 from 10.40.0.1 mtu 1438'],
  ['weave/sleeve', 4000, false, 'DELIVERED', undefined],
] as const)('%s: %i bytes, DF %s: %s', async ([name, length, df, code, error]) => {
  const { world } = await planOf(name);
  const walked = ping(world, 'default/a', name === 'weave/sleeve' ? '10.40.0.1' : '10.44.0.1', { length, df });
  const told = walked.forward.error;
  const l4 = told?.packet.l4;
  const words = told && l4?.proto === 'icmp' ? `icmp ${l4.type}/${l4.code} from ${formatIp(told.packet.src)} mtu ${l4.mtu}` : undefined;
  expect([walked.code, words, told?.verdict]).toEqual([code, error, error && 'delivered']);
});

test.for([
  [1376, 1460],
  [1375, 1460],
  [1374, 1460],
  [1373, 1460],
  [1372, 1456],
] as const)('ESP pads to four bytes: %i in a pod are %i between the nodes', async ([length, want]) => {
  const { forward } = ping((await planOf('weave/encrypted')).world, 'default/a', '10.44.0.1', { length });
  expect(forward.taps.find(({ netns, dev, dir }) => netns === 'node-1' && dev === 'eth0' && dir === 'out')?.packet.length).toBe(want);
});

describe('the peers’ graph', () => {
  const four = (peers: readonly (readonly string[])[], more: Readonly<Record<string, unknown>> = {}) => ({
    plugin: { name: 'weave', range: '10.32.0.0/12', peers },
    subnets: { nodes: '192.168.10.0/24', services: '10.96.0.0/12' },
    nodes: [1, 2, 3, 4].map((n) => ({ name: `node-${n}`, ip: `192.168.10.1${n}` })),
    pods: [1, 2, 3, 4].map((n) => ({ name: `p${n}`, node: `node-${n}`, ip: `10.3${n}.0.2` })),
    ...more,
  });
  const [one, two, three, last] = ['node-1', 'node-2', 'node-3', 'node-4'] as const;

  test.for([
    [
      'a ring: the shorter way',
      [
        [one, two],
        [two, three],
        [three, last],
        [last, one],
      ],
      '10.34.0.2',
      'default/p1 node-1 node-4 default/p4',
    ],
    [
      'a ring: of two ways the one by the first',
      [
        [one, two],
        [two, three],
        [three, last],
        [last, one],
      ],
      '10.33.0.2',
      'default/p1 node-1 node-2 node-3 default/p3',
    ],
    [
      'a star',
      [
        [two, one],
        [two, three],
        [two, last],
      ],
      '10.34.0.2',
      'default/p1 node-1 node-2 node-4 default/p4',
    ],
    [
      'a line',
      [
        [one, two],
        [two, three],
        [three, last],
      ],
      '10.34.0.2',
      'default/p1 node-1 node-2 node-3 node-4 default/p4',
    ],
  ] as const)('%s', async ([, peers, to, want]) => {
    const walked = ping((await planOf(four(peers))).world, 'default/p1', to);
    expect([walked.code, hosts(walked.forward)]).toEqual(['DELIVERED', want]);
    expect(walked.replies.map((reply) => hosts(reply).split(' ').length)).toEqual([want.split(' ').length]);
  });

  test('two halves: nobody answers, for no broadcast gets there', async () => {
    const { world } = await planOf(
      four([
        [one, two],
        [three, last],
      ]),
    );
    expect([ping(world, 'default/p1', '10.32.0.2').code, ping(world, 'default/p1', '10.33.0.2').code]).toEqual(['DELIVERED', 'NEIGHBOUR_UNRESOLVED']);
  });

  test.for([
    ['tcp', 6783, 'NEIGHBOUR_UNRESOLVED'],
    ['udp', 6784, 'DELIVERED'],
    ['udp', undefined, 'NEIGHBOUR_UNRESOLVED'],
  ] as const)('a fabric that drops %s %s: %s', async ([protocol, port, want]) => {
    const filters = [{ protocol, ...(port !== undefined && { port }), action: 'deny' }];
    const { plugin, ...rest } = four([]);
    const { peers: _, ...settings } = plugin;
    const { world } = await planOf({ ...rest, plugin: settings, fabric: { kind: 'l2', filters } });
    expect(ping(world, 'default/p1', '10.32.0.2').code).toBe(want);
  });
});

test('a large cluster: only the nodes on the way are built', async () => {
  const count = 300;
  const plan = await planOf({
    plugin: { name: 'weave', connLimit: 1000 },
    subnets: { nodes: '192.168.0.0/16', services: '10.96.0.0/12' },
    nodes: Array.from({ length: count }, (_, n) => ({ name: `node-${n}` })),
    pods: Array.from({ length: count }, (_, n) => ({ name: `p${n}`, node: `node-${n}` })),
  });
  const built: string[] = [];
  const world = {
    ...plan.world,
    netns: (id: string) => {
      if (!built.includes(id)) built.push(id);
      return plan.world.netns(id);
    },
  };
  const to = plan.cluster.pods.at(-1)!.ips[0]!;
  expect(ping(world, 'default/p0', formatIp(to)).code).toBe('DELIVERED');
  expect(built.toSorted()).toEqual(['default/p0', `default/p${count - 1}`, 'node-0', `node-${count - 1}`]);
});

// What the kernel tests install instead of the overlay is the same for a packet: same hosts, TTL, source, translations.
test.for([
  ['weave/fastdp', ['10.32.0.3', '10.44.0.1', '10.44.0.0', '10.32.0.1', '192.168.10.12', '203.0.113.10', '10.32.0.99']],
  ['weave/fastdp', ['10.32.0.2', '10.44.0.1', '203.0.113.10']],
] as const)('%s and its stand-in agree on %j', async ([name, targets]) => {
  const plan = await planOf(name);
  const from = targets[0] === '10.32.0.2' ? 'node-1' : 'default/a';
  const view = (world: typeof plan.world) =>
    targets.map((to) => {
      const { end, code, forward, replies } = ping(world, from, to);
      const way = [forward, ...replies].map(({ taps }) =>
        taps.filter(({ dev }) => dev !== 'eth0' && dev !== 'vxlan-6784').map(({ netns, dev, dir }) => `${netns}:${dev} ${dir}`),
      );
      return [end, code, way];
    });
  expect(view(withStandIn(plan).world)).toEqual(view(plan.world));
});
