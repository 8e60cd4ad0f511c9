import type { Packet } from '../dataplane/packet.ts';
import type { Tap, Walk } from '../dataplane/walk.ts';
import type { World } from '../fabric/world.ts';
import { isGroupMac } from '../net/mac.ts';
import type { Seen } from './capture.ts';
import { normalPacket, portsOf } from './normal.ts';
import { outcomeDiffers, type WalkedJourney } from './outcome.ts';
import { joinPieces } from './pieces.ts';
import type { Observation } from './run.ts';
import { innerOf, showPacket } from './show.ts';

/** All taps of a walk, what its errors showed included, in the order of the journey. */
const tapsOf = (walk: Walk | undefined): readonly Tap[] => (walk ? [...walk.taps, ...tapsOf(walk.error)] : []);

// Copies go their own ways after the frame they are of: a promiscuous one that the host takes for its own.
const withCopies = (walk: Walk | undefined): readonly Tap[] =>
  walk ? [...walk.taps, ...walk.copies.flatMap(({ taps }) => taps), ...withCopies(walk.error)] : [];

const journeyTaps = ({ forward, replies }: WalkedJourney, of: typeof tapsOf): readonly Tap[] => [
  ...of(forward),
  ...replies.flatMap((reply) => of(reply)),
];

// libpcap hides what goes out by lo, so that it is not shown twice.
const shown = ({ dev, dir }: Pick<Tap, 'dev' | 'dir'>): boolean => dev !== 'lo' || dir !== 'out';

// A connection goes on after the SYN and its answer, and the walk does not.
const opens = (packet: Packet): boolean => {
  const inner = innerOf(packet);
  return inner ? opens(inner) : packet.l4.proto !== 'tcp' || packet.l4.flags !== 'ACK';
};

const isRefusal = (packet: Packet): boolean => {
  const inner = innerOf(packet);
  const { l4 } = packet;
  if (inner) return isRefusal(inner);
  if (l4.proto === 'tcp') return l4.flags === 'RST';
  return (
    (l4.proto === 'icmp' && l4.type === 3 && l4.code === 3) || (l4.proto === 'icmpv6' && l4.type === 1 && l4.code === 4)
  );
};

type Line = Pick<Tap, 'dev' | 'dir'> & { readonly text: string; readonly smac: string | undefined };

/**
 * A bridged frame that DNAT sends to another port leaves a tap on the bridge device when the node has not resolved that
 * neighbour itself (br_nf_pre_routing_finish_bridge); it comes and goes with the neighbour's state.
 */
const withoutDetour = (lines: readonly Line[], bridgeOf: (dev: string) => string | undefined): readonly Line[] =>
  lines.filter((line, index) => {
    const before = lines[index - 1];
    return !(line.dir === 'out' && before?.dir === 'in' && bridgeOf(before.dev) === line.dev);
  });

// The longest common subsequence, as a marked list: what only one side has.
const mark = (walk: readonly string[], kernel: readonly string[]): readonly string[] => {
  const table = Array.from({ length: walk.length + 1 }, () => Array<number>(kernel.length + 1).fill(0));
  const at = (i: number, j: number) => table[i]?.[j] ?? 0;
  for (let i = walk.length - 1; i >= 0; i--)
    for (let j = kernel.length - 1; j >= 0; j--) {
      const row = table[i];
      if (row) row[j] = walk[i] === kernel[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < walk.length || j < kernel.length; ) {
    if (i < walk.length && j < kernel.length && walk[i] === kernel[j]) {
      lines.push(`      ${walk[i]}`);
      i++;
      j++;
    } else if (j >= kernel.length || (i < walk.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(`walk   ${walk[i++]}`);
    else lines.push(`kernel ${kernel[j++]}`);
  }
  return lines;
};

// A walk that finds a loop stops at the second round; the kernel goes on until the TTL ends.
const differ = (id: string, walk: readonly Line[], all: readonly Line[], looped: boolean): readonly string[] => {
  const kernel = looped ? all.slice(0, walk.length) : all;
  const expected = walk.map(({ text }) => text);
  const actual = kernel.map(({ text }) => text);
  if (expected.join('\n') !== actual.join('\n'))
    return [[id, ...mark(expected, actual).map((text) => `  ${text}`)].join('\n')];
  return walk.flatMap(({ text, smac }, index) => {
    const other = kernel[index]?.smac;
    return smac === undefined || other === undefined || smac === other
      ? []
      : [`${id}\n  ${text}: source MAC ${smac}, kernel ${other}`];
  });
};

// Frames for another host end at the device that is no bridge port: promiscuous and flooded copies. A walk tells where they
// ended and nothing of when, so they are counted and not put in order.
const portless = (world: World, netns: string, dev: string): boolean =>
  world.netns(netns)?.links.find((link) => link.ifname === dev)?.master === undefined;

const seenAstray = (world: World, { netns, dev, packetType }: Seen): boolean =>
  packetType === 'other' && portless(world, netns, dev);

const tapAstray = (world: World, { netns, dev, dir, frame }: Tap): boolean => {
  const address = world.netns(netns)?.links.find((link) => link.ifname === dev)?.address;
  const other = frame !== undefined && address !== undefined && frame.dmac !== address && !isGroupMac(frame.dmac);
  return dir === 'in' && other && portless(world, netns, dev);
};

const copiesOf = (walk: Walk | undefined): Walk['copies'] => (walk ? [...walk.copies, ...copiesOf(walk.error)] : []);

const compareAstray = (
  world: World,
  { forward, replies }: WalkedJourney,
  taps: readonly Tap[],
  seen: readonly Seen[],
): readonly string[] => {
  const copies = [...copiesOf(forward), ...replies.flatMap(copiesOf)];
  const place = ({ netns, dev }: { readonly netns: string; readonly dev?: string }) => `${netns}:${dev ?? ''}`;
  const walk = [
    ...copies.filter(({ reason, dev }) => reason.code === 'OTHER_HOST_MAC' && dev !== undefined),
    ...taps.filter((one) => tapAstray(world, one)),
  ].map(place);
  const kernel = joinPieces(
    seen.filter((one) => world.netns(one.netns) && opens(one.packet) && seenAstray(world, one)),
  );
  const [expected, actual] = [walk, kernel.map(place)].map((places) => places.toSorted().join(' '));
  return expected === actual ? [] : [`frames for another host: walk ${expected || 'none'}, kernel ${actual || 'none'}`];
};

/** What differs between a journey and what the kernel did: empty where they are equal. `from` is the sender's namespace. */
export const compareJourney = (
  world: World,
  from: string,
  journey: WalkedJourney,
  observation: Observation,
  clientPort: number,
): readonly string[] => {
  const taps = journeyTaps(journey, withCopies).filter(shown);
  const looped = journey.forward.verdict === 'looped';
  const known = new Set(taps.flatMap(({ packet }) => portsOf(packet)));
  known.delete(clientPort);
  const places = [...new Set([...taps, ...observation.seen].map(({ netns }) => netns))].filter((id) => world.netns(id));
  const own = journeyTaps(journey, tapsOf).filter(shown);
  // An answer that the client did not ask for it refuses, and the walk says no more of that.
  const strange = journey.replies.some(({ reason }) => reason.code === 'REPLY_NOT_RECOGNISED');
  const astray = compareAstray(world, journey, own, observation.seen);
  const differences = places.flatMap((id) => {
    const links = world.netns(id)?.links ?? [];
    const bridgeOf = (dev: string) => links.find((link) => link.ifname === dev)?.master;
    const line = ({ dev, dir, packet }: Tap | Seen, smac: string | undefined): Line => {
      return { dev, dir, smac, text: `${dev} ${dir} ${showPacket(normalPacket(packet, known))}` };
    };
    const here = observation.seen.filter(
      (one) => one.netns === id && opens(one.packet) && !seenAstray(world, one) && !(strange && isRefusal(one.packet)),
    );
    const walk = taps
      .filter((one) => one.netns === id && !tapAstray(world, one))
      .map((one) => line(one, one.frame?.smac));
    const kernel = joinPieces(here).map((one) => line(one, one.smac));
    return differ(id, withoutDetour(walk, bridgeOf), withoutDetour(kernel, bridgeOf), looped);
  });
  const outcome = looped ? undefined : outcomeDiffers(from, journey, observation.outcome);
  return [...differences, ...(looped ? [] : astray), ...(outcome === undefined ? [] : [outcome])];
};
