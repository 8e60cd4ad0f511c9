import type { Step, Walk } from '../dataplane/walk.ts';
import type { World } from '../fabric/world.ts';
import type { HopDoc, StepDoc } from './document.ts';
import type { Names } from './names.ts';
import { placeSteps } from './places.ts';
import { stepDoc } from './step.ts';
import type { View } from './view.ts';

// flanneld counts the TTL down while it unwraps: what it hands on is the packet that its tun device receives.
const unwrapped = (step: Step, next: Step | undefined): Step =>
  step.kind === 'decapsulate' && step.tunnel === 'udp' && next?.kind === 'receive'
    ? { ...step, packet: next.packet }
    : step;

const docsOf = (world: World, names: Names, walk: Walk): StepDoc[] => {
  const { steps } = walk;
  const placed = placeSteps(world, steps);
  return placed.map(({ step, at }, i): StepDoc => {
    const [previous, next] = [steps[i - 1], steps[i + 1]];
    const view: View = {
      world,
      names,
      at,
      past: steps.slice(0, i),
      ...(previous && { previous }),
      ...(next ? { next } : { end: walk }),
      translated: placed
        .slice(0, i)
        .some((p) => p.step.kind === 'translate' && p.step.netns === step.netns && p.at === at),
    };
    return stepDoc(view, unwrapped(step, next));
  });
};

/** The steps of a walk, grouped by the host that they happen on. */
export const hopsOf = (world: World, names: Names, walk: Walk): HopDoc[] => {
  const hops: HopDoc[] = [];
  for (const step of docsOf(world, names, walk)) {
    const { host, kind } = names.hostOf(step.netns);
    const last = hops.at(-1);
    if (last?.host === host) last.steps.push(step);
    else hops.push({ host, kind, steps: [step] });
  }
  return hops;
};

/** The devices and daemons on the way, `host:thing`; a host alone where it has no devices, as a segment. */
export const pathOf = (hops: readonly HopDoc[]): string[] => {
  const path: string[] = [];
  for (const { host, steps } of hops) {
    const bare = steps.every(({ at }) => at === '');
    for (const { at } of steps) {
      // What a host decides before it knows the device is no place of its own.
      if (at === '' && !bare) continue;
      const place = at === '' ? host : `${host}:${at}`;
      if (path.at(-1) !== place) path.push(place);
    }
  }
  return path;
};

/** The way of a packet without what only the sending side does, a daemon's look-up or IPsec: for comparing with the way back. */
export const wayOf = (hops: readonly HopDoc[]): string[] => {
  const oneSided = new Set(
    hops.flatMap(({ host, steps }) =>
      steps.filter(({ kind, at }) => kind === 'lookup' || at === 'xfrm').map(({ at }) => `${host}:${at}`),
    ),
  );
  // A cloud hands over to the outside without a place of its own there.
  const outside = new Set(hops.filter(({ kind }) => kind === 'external').map(({ host }) => host));
  const way = pathOf(hops).filter((place) => !oneSided.has(place) && !outside.has(place));
  return way.filter((place, i) => place !== way[i - 1]);
};
