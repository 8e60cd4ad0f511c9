import type { Step, Walk } from '../dataplane/walk.ts';
import type { World } from '../fabric/world.ts';
import { familyOf } from '../net/ip.ts';
import { linkOf } from './places.ts';

// WireGuard pads to 16 bytes, but never beyond the MTU of its device: a full packet carries the bare headers only.
const overheadOf = (step: Extract<Step, { kind: 'encapsulate' }>): number =>
  step.tunnel === 'wireguard' ? (familyOf(step.outer.dst) === 4 ? 60 : 80) : step.overhead;

const routeMtu = (step: Step): number => {
  const line = step.because.find((b) => b.of === 'route')?.line ?? '';
  const [, mtu] = / mtu (?:lock )?(\d+)/.exec(line) ?? [];
  return mtu === undefined ? Number.POSITIVE_INFINITY : Number(mtu);
};

// The largest packet, as it is on the wire there, that the place of a step takes.
const limitOf = (world: World, step: Step): number => {
  switch (step.kind) {
    case 'route':
      if (step.type === 'local') return Number.POSITIVE_INFINITY;
      return Math.min(routeMtu(step), linkOf(world, step.netns, step.dev)?.mtu ?? Number.POSITIVE_INFINITY);
    case 'transmit':
      return linkOf(world, step.netns, step.dev)?.mtu ?? Number.POSITIVE_INFINITY;
    case 'fabric':
      return world.fabric.segment(step.segment)?.mtu ?? Number.POSITIVE_INFINITY;
    default:
      return Number.POSITIVE_INFINITY;
  }
};

/** The largest packet that gets through uncut: the smallest limit on the way, less what the tunnels around it add there. */
export const pathMtu = (world: World, walk: Walk): number | undefined => {
  const overheads: number[] = [];
  let smallest = Number.POSITIVE_INFINITY;
  for (const step of walk.steps) {
    if (step.kind === 'encapsulate') overheads.push(overheadOf(step));
    else if (step.kind === 'decapsulate') {
      overheads.pop();
      const daemon = world.netns(step.netns)?.daemons.find((d) => step.tunnel === 'udp' && d.tun === step.dev);
      if (daemon) smallest = Math.min(smallest, daemon.bufferSize);
    } else smallest = Math.min(smallest, limitOf(world, step) - overheads.reduce((sum, n) => sum + n, 0));
  }
  return Number.isFinite(smallest) ? smallest : undefined;
};
