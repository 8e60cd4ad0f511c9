import { expect, test } from 'vitest';
import { createDataplane } from '../../src/dataplane/index.ts';
import type { Tap } from '../../src/dataplane/walk.ts';
import type { Seen } from '../../src/lab/capture.ts';
import { compareJourney } from '../../src/lab/compare.ts';
import type { Observation } from '../../src/lab/run.ts';
import { parseIp } from '../../src/net/ip.ts';
import { flannelCluster } from '../kernel/worlds/flannel.ts';

// A kernel that does what the walk says, and then one that does not: the comparison must tell them apart.

const from = 'node-1/pod-0';
const { world } = flannelCluster({ backend: 'vxlan' });
const [journey] = createDataplane(world).walk({ netns: from, dst: parseIp('10.244.1.2')!, protocol: 'icmp', length: 84, df: false }, { reply: true });

const asSeen = ({ netns, dev, dir, packet, frame }: Tap): Seen => {
  const link = world.netns(netns)?.links.find(({ ifname }) => ifname === dev);
  const other = dir === 'in' && frame !== undefined && frame.dmac !== link?.address;
  return { netns, dev, dir, packet, ipId: 0, time: 0, packetType: dir === 'out' ? 'out' : other ? 'other' : 'host', ...(frame && { smac: frame.smac }) };
};

const seen = [journey!.forward, ...journey!.replies].flatMap((walk) => walk.taps.map(asSeen));
const reply: Observation['outcome'] = { kind: 'reply', from: '10.244.1.2', ttl: 62 };
const compare = (changed: readonly Seen[], outcome: Observation['outcome'] = reply) =>
  compareJourney(world, from, journey!, { outcome, output: '', seen: changed }, 40000);

test('finds nothing where all is equal', () => {
  expect(seen.length).toBeGreaterThan(15);
  expect(compare(seen)).toEqual([]);
});

const last = seen.length - 1;
const changeLast = (change: (one: Seen) => Seen): readonly Seen[] => seen.with(last, change(seen[last]!));

test.for([
  ['a missing tap', seen.slice(0, -1), /walk {3}eth0 in/],
  ['a tap too many', [...seen, seen[last]!], /kernel eth0 in/],
  ['another device', changeLast((one) => ({ ...one, dev: 'eth1' })), /kernel eth1 in/],
  ['another TTL', changeLast((one) => ({ ...one, packet: { ...one.packet, ttl: 61 } })), /kernel eth0 in .* ttl 61/],
  ['another length', changeLast((one) => ({ ...one, packet: { ...one.packet, length: 85 } })), /kernel eth0 in .* len 85/],
  ['another source', changeLast((one) => ({ ...one, packet: { ...one.packet, src: 1 } })), /kernel eth0 in 0\.0\.0\.1/],
  ['DF', changeLast((one) => ({ ...one, packet: { ...one.packet, df: true } })), /kernel eth0 in .* df/],
  ['another MAC', changeLast((one) => ({ ...one, smac: '02:00:00:00:00:01' })), /source MAC .*, kernel 02:00:00:00:00:01/],
  ['another order', [...seen].reverse(), /walk/],
  ['a copy that the walk does not have', [...seen, { ...seen[last]!, packetType: 'other' }], /frames for another host/],
] as const)('tells %s', ([, changed, text]) => {
  expect(compare(changed).join('\n')).toMatch(text);
});

test.for([
  [{ kind: 'timeout' }],
  [{ kind: 'reply', from: '10.244.1.2', ttl: 61 }],
  [{ kind: 'reply', from: '10.244.1.3', ttl: 62 }],
  [{ kind: 'error', from: '10.244.0.1', text: 'Time to live exceeded' }],
] as const)('tells when the sender learns %o', ([outcome]) => {
  expect(compare(seen, outcome)).toEqual([expect.stringContaining('walk: reply from 10.244.1.2 ttl 62; kernel:')]);
});
