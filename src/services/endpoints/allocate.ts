import type { Node } from '../../model/cluster.ts';
import type { Endpoint } from '../../model/service.ts';
import { zoneOf } from './pod.ts';

/** The most that a zone may be overloaded (endpointslice/topologycache overloadThreshold). */
const OVERLOAD = 0.2;

const EXCLUDED = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

const count = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
};

/** The part of the cluster's CPUs in each zone, in the order of the names; undefined where a node has no zone or all have the same. */
const shares = (nodes: readonly Node[]): ReadonlyMap<string, number> | undefined => {
  const workers = nodes.filter(({ labels }) => !EXCLUDED.some((label) => Object.hasOwn(labels, label)));
  const zones = count(workers, (node) => zoneOf(node) ?? '');
  if (zones.size < 2 || zones.has('')) return undefined;
  return new Map([...zones].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, n]) => [zone, n / workers.length]));
};

/** How many endpoints each zone should have; undefined where some zone would be overloaded. */
const desiredPerZone = (
  ratios: ReadonlyMap<string, number>,
  total: number,
): ReadonlyMap<string, number> | undefined => {
  if (ratios.size > total) return undefined;
  let left = total;
  const desired = new Map<string, number>();
  for (const [zone, ratio] of ratios) {
    const least = Math.ceil(ratio * total * (1 / (1 + OVERLOAD)));
    desired.set(zone, Math.max(ratio * total, least));
    left -= least;
  }
  return left < 0 ? undefined : desired;
};

const most = (zones: ReadonlyMap<string, number>): readonly [string, number] => {
  let best: readonly [string, number] = ['', 0];
  for (const entry of zones) if (entry[1] > best[1]) best = entry;
  return best;
};

const add = (zones: Map<string, number>, zone: string, n: number): void => {
  zones.set(zone, (zones.get(zone) ?? 0) + n);
};

/** How many endpoints zones give and get, in whole endpoints. */
const movesOf = (desired: ReadonlyMap<string, number>, own: ReadonlyMap<string, number>) => {
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  const over = new Map([...desired].map(([zone, want]) => [zone, (own.get(zone) ?? 0) - want]));
  const under = new Map([...over].map(([zone, n]) => [zone, -n]));
  for (;;) {
    const [giver, give] = most(over);
    const [receiver, receive] = most(under);
    if ((give < 1 && receive < 1) || give < 0.5 || receive < 0.5) return { giving, receiving };
    add(giving, giver, 1);
    add(over, giver, -1);
    add(receiving, receiver, 1);
    add(under, receiver, -1);
  }
};

/**
 * The zones that the topology annotation hints at for the ready endpoints of a Service (endpointslice/topologycache): each its own, but some
 * to a zone that has fewer endpoints than its part of the CPUs. Undefined: no hints at all. The input does not tell CPUs, so all nodes
 * count alike; where zones are equal the controller's choice among them is random, and the first by name is taken here.
 */
export const allocateHints = (
  ready: readonly Endpoint[],
  nodes: readonly Node[],
): ReadonlyMap<Endpoint, string> | undefined => {
  const ratios = shares(nodes);
  const desired = ratios && desiredPerZone(ratios, ready.length);
  if (!desired || ready.some(({ zone }) => !zone)) return undefined;
  const { giving, receiving } = movesOf(
    desired,
    count(ready, ({ zone }) => zone ?? ''),
  );
  return new Map(
    ready.map((endpoint) => {
      const own = endpoint.zone ?? '';
      const to = (giving.get(own) ?? 0) > 0 ? [...receiving].find(([, n]) => n > 0)?.[0] : undefined;
      if (to === undefined) return [endpoint, own];
      add(giving, own, -1);
      add(receiving, to, -1);
      return [endpoint, to];
    }),
  );
};
