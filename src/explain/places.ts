import type { Step } from '../dataplane/walk.ts';
import type { World } from '../fabric/world.ts';
import type { Link } from '../linux/link.ts';

/** A step with the device or daemon that it belongs to; `at` is empty where the host itself is the place. */
export type Placed = { readonly step: Step; readonly at: string };

export const linkOf = (world: World, netns: string, dev: string | undefined): Link | undefined =>
  dev === undefined || world.fabric.segment(netns)
    ? undefined
    : world.netns(netns)?.links.find((l) => l.ifname === dev);

/** A veth that is a port of a bridge: the bridge stands for it. */
export const isPort = (world: World, netns: string, dev: string): boolean =>
  linkOf(world, netns, dev)?.master !== undefined;

// What a host sends to itself goes by its loopback, whatever device has the address.
const devOf = (step: Step): string | undefined => {
  if (step.kind === 'route') return step.iif ?? (step.type === 'local' ? 'lo' : step.dev);
  return 'dev' in step ? step.dev : undefined;
};

// What a host sends itself is routed anew where OUTPUT gave it another destination: the first route then leads nowhere.
const isSuperseded = (steps: readonly Step[], index: number): boolean => {
  const step = steps[index];
  if (step?.kind !== 'route' || step.iif !== undefined) return false;
  const rest = steps.slice(index + 1);
  const next = rest.findIndex(
    ({ kind }) => kind === 'route' || kind === 'transmit' || kind === 'deliver' || kind === 'drop',
  );
  return (
    rest[next]?.kind === 'route' &&
    rest
      .slice(0, next + 1)
      .every(({ netns, kind }) => netns === step.netns && kind !== 'encapsulate' && kind !== 'receive')
  );
};

// What a packet that has just got to a namespace is about to meet there.
const nextDev = (world: World, steps: readonly Step[], from: number): string => {
  const { netns } = steps[from] ?? {};
  for (const [i, step] of steps.slice(from).entries()) {
    if (step.netns !== netns || isSuperseded(steps, from + i)) break;
    const dev = devOf(step);
    if (dev !== undefined && !isPort(world, step.netns, dev)) return dev;
  }
  return '';
};

// What a daemon or a rule drops stays on the line where that was decided, and never gets to the device behind it.
const isDecided = (before: Step | undefined): boolean =>
  before?.kind === 'lookup' || (before?.kind === 'filter' && before.verdict !== 'accept');

// IPsec takes a packet between POSTROUTING and the device that the route names.
const securedBy = (steps: readonly Step[], from: number): string | undefined => {
  const next = steps.slice(from).find((step) => !('hook' in step));
  return next?.kind === 'encapsulate' && next.tunnel === 'esp' ? next.dev : undefined;
};

/**
 * Says for each step which device's line it stands on. What is decided on the way in (PREROUTING, the route, FORWARD) belongs to
 * the device that the packet came in by, what is decided on the way out (POSTROUTING, the neighbour) to the one it leaves by.
 */
export const placeSteps = (world: World, steps: readonly Step[]): Placed[] => {
  let netns: string | undefined;
  let at = '';
  let out: string | undefined;
  return steps.map((step, index): Placed => {
    if (step.netns !== netns) {
      netns = step.netns;
      at = nextDev(world, steps, index);
      out = undefined;
    }
    const movedTo = (dev: string | undefined) =>
      dev !== undefined && !isPort(world, step.netns, dev) ? dev : undefined;
    const move = (dev: string | undefined) => {
      at = movedTo(dev) ?? at;
    };
    switch (step.kind) {
      case 'receive':
      case 'transmit':
      case 'resolve':
      case 'fragment':
      case 'deliver':
        move(step.dev);
        break;
      case 'drop':
        if (!isDecided(steps[index - 1])) move(step.dev);
        break;
      case 'bridge':
        move(step.dev);
        out = step.dev;
        break;
      case 'route':
        if (step.iif === undefined) at = isSuperseded(steps, index) ? '' : (movedTo(devOf(step)) ?? at);
        out = step.iif === undefined ? devOf(step) : step.dev;
        break;
      case 'filter':
      case 'mark':
      case 'translate':
      case 'skip':
        if (step.hook === 'postrouting') move(securedBy(steps, index) ?? out);
        break;
      case 'lookup':
        at = step.name;
        break;
      case 'encapsulate':
        // A daemon sends its own datagram: that is still its line.
        if (step.tunnel !== 'udp') move(step.dev);
        break;
      case 'fabric':
        at = '';
        break;
      case 'originate':
      case 'forward':
      case 'decapsulate':
      case 'icmp':
        break;
    }
    return { step, at };
  });
};
