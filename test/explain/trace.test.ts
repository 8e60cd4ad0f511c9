import { expect, test } from 'vitest';
import type { StepDoc, TraceDoc } from '../../src/explain/document.ts';
import type { NetnsDraft } from '../../src/linux/build.ts';
import type { NfRule } from '../../src/linux/netfilter.ts';
import { createPalette } from '../../src/render/palette.ts';
import { traceText } from '../../src/render/text/trace.ts';
import { ask } from './ask.ts';
import { flannelUdp } from './flannel-udp.ts';

// A world made by hand: what explain makes of a walk does not hang on any plugin.

const stepsOf = (doc: TraceDoc): StepDoc[] => doc.traces.flatMap(({ hops }) => hops.flatMap(({ steps }) => steps));
const shown = (doc: TraceDoc): string => `${traceText(doc, { level: 'default', width: 100, palette: createPalette(0) }).join('\n')}\n`;
const pinged = ask(flannelUdp(), 'pod-a', 'pod-b');

test('a ping through flanneld, and its answer', () => {
  const { result, summary, traces } = pinged;
  expect(result).toBe('reachable');
  expect(traces.map(({ id, direction, of, verdict }) => [id, direction, of, verdict])).toEqual([
    ['1', 'forward', undefined, 'delivered'],
    ['1.reply', 'reply', '1', 'delivered'],
  ]);
  expect(summary).toEqual({
    path: [
      'pod-a:eth0',
      'node-1:docker0',
      'node-1:flannel0',
      'node-1:etcd lookup',
      'node-1:eth0',
      'fabric',
      'node-2:eth0',
      'node-2:flannel0',
      'node-2:docker0',
      'pod-b:eth0',
    ],
    sourceSeen: '10.1.15.2',
    destinationReached: { ip: '10.1.20.2', pod: 'pod-b' },
    ttlAtDestination: 60,
    pathMtu: 1472,
    nat: [],
    encapsulation: [
      {
        kind: 'udp',
        at: 'node-1',
        outer: { source: '192.168.1.11', destination: '192.168.1.12', port: 8285, ttl: 64, dontFragment: true },
        overhead: 28,
      },
    ],
    reply: { result: 'delivered', symmetric: true, ttl: 60 },
  });
});

test.for([
  ['default via 10.1.15.1', 'pod-a', 'main'],
  ['bridged to its gateway', 'node-1', 'main'],
  ['10.1.0.0/16 dev flannel0', 'node-1', 'main'],
  ['TUN: the packet goes up to flanneld', 'node-1', 'main'],
  ['10.1.20.0/24 -> 192.168.1.12   (/coreos.com/network/subnets/10.1.20.0-24)', 'node-1', 'main'],
  ['udp 192.168.1.11:8285 -> 192.168.1.12:8285 [10.1.15.2 -> 10.1.20.2] +28 bytes, ttl 64', 'node-1', 'main'],
  ['192.168.1.0/24, one segment', 'fabric', 'main'],
  ['udp to flanneld, unwrapped', 'node-2', 'main'],
  ['no masquerade: nat -A FLANNEL-POSTRTG -s 10.1.0.0/16 -d 10.1.20.0/24 -j RETURN', 'node-2', 'detail'],
  ['out of port vethpod-b', 'node-2', 'main'],
  ['delivered', 'pod-b', 'main'],
] as const)('%s at %s is %s', ([brief, host, level]) => {
  const hop = pinged.traces[0]?.hops.filter((one) => one.host === host) ?? [];
  const step = hop.flatMap(({ steps }) => steps).find((one) => one.brief === brief);
  expect(step?.level).toBe(level);
  expect(step?.note).toMatch(/^[A-Za-z0-9].*\.$/);
});

test.for([
  'kubectl exec -n default pod-a -- ip route get 10.1.20.2',
  'ip route get 10.1.20.2 from 10.1.15.2 iif docker0',
  'ip neigh show dev eth0',
  'iptables -t nat -S FLANNEL-POSTRTG',
  'iptables -t filter -S FLANNEL-FWD',
  'etcdctl get /coreos.com/network/subnets/10.1.20.0-24',
  'bridge fdb show br docker0',
  'tcpdump -ni eth0 udp port 8285',
])('the way can be verified with: %s', (command) => expect(stepsOf(pinged).flatMap(({ verify }) => verify)).toContain(command));

const withoutLeases = (draft: NetnsDraft) => {
  if (draft.id === 'node-2') draft.daemons = draft.daemons.map((daemon) => ({ ...daemon, routes: [] }));
};

test('a lost answer makes the destination unreachable, for the reason of the answer', () => {
  const { result, summary } = ask(flannelUdp(withoutLeases), 'pod-a', 'pod-b');
  expect(result).toBe('unreachable');
  expect(summary.reply).toMatchObject({ result: 'lost' });
  expect(summary.reason).toMatchObject({ code: 'NO_SUBNET_LEASE', direction: 'reply', trace: '1.reply', host: 'node-2' });
});

test('the way back is shown where it gets lost', () => {
  const lines = shown(ask(flannelUdp(withoutLeases), 'pod-a', 'pod-b'));
  expect(lines).toMatch(/^the reply$/m);
  expect(lines).toContain('the reply ends at node-2 etcd lookup: NO_SUBNET_LEASE');
});

const byChance: NfRule = { matches: [{ match: 'statistic', probability: 0.25 }], action: { target: 'DROP' } };
const sometimes = (draft: NetnsDraft) => {
  draft.tables = draft.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => (chain.name === 'FORWARD' && draft.id === 'node-1' ? { ...chain, rules: [byChance, ...chain.rules] } : chain)),
  }));
};

test('a rule that draws lots makes two ways, and the destination is partly reachable', () => {
  const doc = ask(flannelUdp(sometimes), 'pod-a', 'pod-b');
  expect(doc.result).toBe('partial');
  const forwards = doc.traces.filter(({ direction }) => direction === 'forward');
  expect(forwards.map(({ probability, verdict }) => [probability, verdict]).sort()).toEqual([
    [0.25, 'dropped'],
    [0.75, 'delivered'],
  ]);
  expect(shown(doc)).toMatch(/probability 25 %: dropped/);
  expect(shown(doc)).toMatch(/^partial: /m);
});

test('what is not modelled gives no verdict', () => {
  const doc = ask(flannelUdp(), 'pod-a', '224.0.0.5');
  expect(doc.result).toBe('unknown');
  expect(doc.unsupported).toEqual(['multicast is not modelled']);
  expect(shown(doc)).toMatch(/^unknown: /m);
});

test('an ICMP error is a trace of its own, back to the sender', () => {
  const { traces } = ask(flannelUdp(), 'pod-a', 'pod-b', { ttl: 1 });
  const error = traces.find((item) => item.error !== undefined);
  expect(error).toMatchObject({ id: '1.error', of: '1', direction: 'reply', error: 'ttl-exceeded', verdict: 'delivered' });
  expect(error?.path).toEqual(['node-1:docker0', 'pod-a:eth0']);
});

test('a rule that drops says so where it stands, and the device behind it is not on the way', () => {
  const drop: NfRule = { matches: [], action: { target: 'DROP' } };
  const { summary } = ask(
    flannelUdp((draft) => {
      draft.tables = draft.tables.map((table) => ({
        ...table,
        chains: table.chains.map((chain) => (chain.name === 'FORWARD' ? { ...chain, rules: [drop] } : chain)),
      }));
    }),
    'pod-a',
    'pod-b',
  );
  expect(summary.path).toEqual(['pod-a:eth0', 'node-1:docker0']);
  expect(summary.reason).toMatchObject({ code: 'FILTERED', host: 'node-1', dev: 'docker0' });
});

test('a packet to the internet is masqueraded, and the answer undone', () => {
  const { summary, traces } = ask(flannelUdp(), 'pod-a', 'internet');
  expect(summary.nat).toEqual([{ kind: 'masquerade', at: 'node-1', from: '10.1.15.2', to: '192.168.1.11' }]);
  expect(summary.sourceSeen).toBe('192.168.1.11');
  const undone = traces.find(({ id }) => id === '1.reply')?.hops.flatMap(({ steps }) => steps.map(({ brief }) => brief));
  expect(undone).toContain('source NAT undone 192.168.1.11 -> 10.1.15.2');
});
