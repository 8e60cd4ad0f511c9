import { expect, test } from 'vitest';
import type { Problem } from '../../../src/model/place.ts';
import { clusterOf, pluginOf, type Short } from '../../support/cluster.ts';

const nodes = [
  { name: 'node-1', ip: '192.168.10.11' },
  { name: 'node-2', ip: '192.168.10.12' },
];
const cluster = (settings: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>> = {}): Short => ({
  plugin: { name: 'weave', ...settings },
  subnets: { nodes: '192.168.10.0/24', services: '10.96.0.0/12' },
  nodes,
  ...over,
});
const lines = (problems: readonly Problem[]) => problems.map((p) => `${p.severity} ${p.code}: ${p.message}${p.hint ? ` (${p.hint})` : ''}`);

test.for([
  [{ rang: '10.32.0.0/12' }, 'error UNKNOWN_KEY: unknown key "rang" (did you mean "range"?)'],
  [{ range: '10.32.0.1/12' }, /^error BAD_VALUE: .*no range such as/],
  [{ range: 'fd00::/64' }, 'error WEAVE_IPV4_ONLY: weave: fd00::/64 is IPv6; Weave Net has IPv4 only (an IPv4 range)'],
  [{ mode: 'fastpd' }, /^error BAD_VALUE: "mode" .*fastdp/],
  [{ encryption: 'yes' }, /^error WRONG_TYPE: "encryption"/],
  [{ encryption: { trustedSubnets: '10.0.0.0' } }, /no range such as/],
  [{ peers: [['node-1', 'node-3']] }, 'error WEAVE_UNKNOWN_NODE: weave: there is no node node-3 (did you mean node-1?)'],
  [{ peers: [['node-1', 'node-2', 'slow']] }, 'error WEAVE_PEERS: weave: slow is no way to carry a connection (sleeve or fastdp)'],
  [{ peers: [['node-1']] }, /peers/],
  [{ ring: { 'node-9': '10.32.0.0/13' } }, /^error WEAVE_UNKNOWN_NODE: weave: there is no node node-9/],
  [{ ring: { 'node-1': '10.0.0.0/13' } }, 'error WEAVE_RING: weave: 10.0.0.0/13 of node-1 is not in 10.32.0.0/12 (the ring divides the range)'],
  [
    { ring: { 'node-1': '10.32.0.0/13', 'node-2': '10.36.0.0/14' } },
    'error WEAVE_RING: weave: 10.36.0.0/14 of node-2 overlaps 10.32.0.0/13 of node-1 (one owner each)',
  ],
  [{ exposeIP: { 'node-1': '10.0.0.1' } }, 'error WEAVE_EXPOSE: weave: exposeIP 10.0.0.1 of node-1 is not in 10.32.0.0/12 (an address of the range)'],
  [{ init: 'quorum' }, 'error WEAVE_INIT: weave: quorum is no IPALLOC_INIT (consensus=N, or seed=NODE,NODE)'],
  [{ init: 'observer' }, 'error WEAVE_INIT_UNSUPPORTED: weave: init observer is not modelled (state ring, or consensus=N)'],
  [{ init: 'seed=node-1,node-7' }, /^error WEAVE_UNKNOWN_NODE: weave: there is no node node-7/],
  [{ connLimit: 0 }, /^error BAD_VALUE: "connLimit"/],
] as const)('settings %j: %s', async ([settings, want]) => {
  const loaded = await clusterOf(cluster(settings));
  const problems = (await pluginOf(loaded)).check(loaded);
  expect(problems).toHaveLength(1);
  if (typeof want === 'string') expect(lines(problems)).toEqual([want]);
  else expect(lines(problems)[0]).toMatch(want);
  expect(problems[0]?.place?.file).toBe('cluster.yaml');
});

const many = Array.from({ length: 202 }, (_, i) => ({ name: `n${i}` }));
const pod = (ip: string) => ({ name: 'p', node: 'node-1', ip });
const deny = (protocol: string, port?: number) => ({ kind: 'l2', filters: [{ protocol, action: 'deny', ...(port !== undefined && { port }) }] });

test.for([
  ['nothing wrong', cluster({}), []],
  [
    'the nodes lie in the range',
    cluster({ range: '192.168.0.0/16' }),
    ['error WEAVE_RANGE_OVERLAP: weave: network 192.168.0.0/16 overlaps with existing route 192.168.10.0/24 on host (another IPALLOC_RANGE)'],
  ],
  [
    'the Services lie in the range',
    cluster({ range: '10.96.0.0/11' }),
    [
      "warning WEAVE_SERVICE_OVERLAP: weave: 10.96.0.0/11 overlaps the Services' 10.96.0.0/12: pods ask for their addresses on the link (another IPALLOC_RANGE)",
    ],
  ],
  [
    'a pod from elsewhere',
    cluster({}, { pods: [pod('10.1.0.2')] }),
    ['warning WEAVE_STRAY_POD: weave: 10.1.0.2 of pod p is not in 10.32.0.0/12 (state plugin.range)'],
  ],
  ['IPv6', cluster({}, { pods: [pod('fd00::2')] }), ['warning WEAVE_IPV4_ONLY: weave: the IPv6 address of pod p is left out; Weave Net has IPv4 only']],
  [
    'policies',
    cluster({}, { policies: [{ name: 'deny', podSelector: {} }] }),
    [
      'error WEAVE_POLICIES_UNSUPPORTED: weave: what weave-npc makes of NetworkPolicies is not modelled yet, and the input has 1 (npc: false asks as if nobody enforced them)',
    ],
  ],
  ['policies that nobody enforces', cluster({ npc: false }, { policies: [{ name: 'deny', podSelector: {} }] }), []],
  [
    'a narrow underlay',
    cluster({}, { fabric: { kind: 'l2', mtu: 1400 } }),
    [
      'warning WEAVE_SLEEVE_FALLBACK: weave: node-1 and node-2 fall back to sleeve: the network between them takes less than 1426 bytes (plugin.mtu (WEAVE_MTU) 1376 needs 1426 bytes)',
    ],
  ],
  [
    'a firewall',
    cluster({}, { fabric: deny('udp', 6784) }),
    ['warning WEAVE_SLEEVE_FALLBACK: weave: node-1 and node-2 fall back to sleeve: UDP 6784 does not get through (let it pass the firewall)'],
  ],
  [
    'a firewall that knows no ESP',
    cluster({ encryption: true }, { fabric: deny('esp') }),
    ['warning WEAVE_SLEEVE_FALLBACK: weave: node-1 and node-2 fall back to sleeve: ESP does not get through (let it pass the firewall)'],
  ],
  ['a firewall for what the password hides', cluster({ encryption: true }, { fabric: deny('udp', 6784) }), []],
  ['sleeve wants no fast datapath', cluster({ mode: 'sleeve' }, { fabric: deny('udp', 6784) }), []],
  [
    'more peers than connections',
    cluster({}, { nodes: many }),
    [
      'warning WEAVE_CONN_LIMIT: weave: 201 peers are more than CONN_LIMIT 200: some connections stay pending, and which is not known; all are taken as there (raise CONN_LIMIT, or state plugin.peers)',
    ],
  ],
  [
    'a range that is used up',
    cluster(
      { range: '10.32.0.0/30' },
      {
        pods: [
          { name: 'p', node: 'node-1' },
          { name: 'q', node: 'node-1' },
        ],
      },
    ),
    ['error RANGE_EXHAUSTED: 10.32.0.0/30 has no free address for 2 pods (widen the range, or state ip)'],
  ],
] as const)('%s', async ([, short, want]) => {
  const loaded = await clusterOf(short);
  const { problems } = (await pluginOf(loaded)).plan(loaded);
  expect(lines(problems)).toEqual(want);
});

test.for([
  [{}, ['WEAVE_RANGE', 'WEAVE_RING_ASSUMED', 'WEAVE_BRIDGE_ASSUMED', 'ASSUMED_POD_IP']],
  [{ range: '10.32.0.0/12' }, ['WEAVE_RING_ASSUMED', 'WEAVE_BRIDGE_ASSUMED', 'ASSUMED_POD_IP']],
  [
    { range: '10.32.0.0/12', ring: { 'node-1': '10.32.0.0/13', 'node-2': '10.40.0.0/13' }, exposeIP: { 'node-1': '10.32.0.1', 'node-2': '10.40.0.0' } },
    ['ASSUMED_POD_IP'],
  ],
  [{ range: '10.32.0.0/12', mode: 'sleeve', encryption: true }, ['WEAVE_SLEEVE_CRYPTO', 'WEAVE_RING_ASSUMED', 'WEAVE_BRIDGE_ASSUMED', 'ASSUMED_POD_IP']],
] as const)('what %j leaves to be assumed: %j', async ([settings, want]) => {
  const loaded = await clusterOf(cluster(settings, { pods: [{ name: 'p', node: 'node-1' }] }));
  expect((await pluginOf(loaded)).plan(loaded).assumptions.map(({ code }) => code)).toEqual(want);
});

test('a stated address decides whose range it is', async () => {
  const loaded = await clusterOf(
    cluster(
      {},
      {
        pods: [
          { name: 'p', node: 'node-2', ip: '10.33.0.7' },
          { name: 'q', node: 'node-1', ip: '10.44.0.9' },
        ],
      },
    ),
  );
  const { assumptions } = (await pluginOf(loaded)).plan(loaded);
  expect(assumptions.find(({ code }) => code === 'WEAVE_RING_ASSUMED')?.text).toBe(
    'node-1 10.40.0.0/13, node-2 10.32.0.0/13: the ranges of the ring; the coarsest division that fits the pods',
  );
});
