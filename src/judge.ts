import type { ServiceQuestion } from './aim.ts';
import type { Journey } from './dataplane/index.ts';
import type { Walk } from './dataplane/walk.ts';
import type { World } from './fabric/world.ts';
import { formatIp } from './net/ip.ts';
import { meaningOf } from './services/meaning.ts';

const STOPPED: ReadonlySet<string> = new Set(['FILTERED', 'REJECTED_BY_RULE']);

// kube-proxy's own rules stop packets for reasons that have names of their own.
const named = (walk: Walk, protocol: ServiceQuestion['protocol'] | undefined): Walk => {
  if (!STOPPED.has(walk.reason.code)) return walk;
  const last = walk.steps.findLast((step) => step.kind === 'filter' && step.verdict !== 'accept');
  const code = last && meaningOf(last.because.map(({ line }) => line));
  if (code === undefined) return walk;
  // A ping has no port that could be wrong.
  const meant = code === 'SERVICE_WRONG_PORT' && protocol === 'icmp' ? 'SERVICE_PING' : code;
  return { ...walk, reason: { ...walk.reason, code: meant } };
};

// Beyond the nodes nobody has a ClusterIP; a router that refuses it does so because no node translated it.
const isAstray = (world: World, { verdict, packet, netns }: Walk, { ip, via }: ServiceQuestion): boolean => {
  if (packet.dst !== ip || via === 'externalName' || verdict === 'delivered' || verdict === 'unknown') return false;
  const kind = world.netns(netns)?.kind;
  return verdict === 'exits' || (via === 'clusterIP' && kind !== 'node' && kind !== 'pod');
};

/**
 * Says what a walk means for whoever asks for a Service: what kube-proxy stopped, it stopped for a reason; and a packet that still has
 * the Service's address when it leaves the cluster was served by no one.
 */
export const judge = (
  world: World,
  journeys: readonly Journey[],
  service: ServiceQuestion | undefined,
): readonly Journey[] =>
  journeys.map((journey): Journey => {
    const forward = named(journey.forward, service?.protocol);
    if (!service || !isAstray(world, forward, service)) return { ...journey, forward };
    const reason = { ...forward.reason, code: 'SERVICE_NOT_TRANSLATED', detail: formatIp(forward.packet.dst) };
    const verdict = forward.verdict === 'exits' ? 'dropped' : forward.verdict;
    return { forward: { ...forward, verdict, reason }, replies: [] };
  });
