import type { Cluster, Node } from '../../model/cluster.ts';
import type { StatedPeer, WeaveConfig } from './config.ts';
import { type Connection, connect, type Underlay } from './connection.ts';

/** Who is connected with whom, and by whom frames go where there is no connection. */
export type Mesh = {
  readonly between: (from: string, to: string) => Connection | undefined;
  readonly neighbours: (node: string) => readonly Node[];
  /** The peer that a frame goes to next on its way; undefined: there is no way. */
  readonly nexthop: (from: string, to: string) => Node | undefined;
};

const keyOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/**
 * The peers' graph: every pair that can reach each other, or the pairs that are stated. Frames take a shortest way (weaveworks/mesh:routes.go);
 * of several, one by the peer that comes first in the input. Nothing is worked out before it is asked for.
 */
export const createMesh = (cluster: Cluster, config: WeaveConfig, underlay: Underlay): Mesh => {
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  const stated = config.peers && new Map(config.peers.map((peer): [string, StatedPeer] => [keyOf(...peer.ends), peer]));
  const found = new Map<string, Connection | undefined>();
  const between = (from: string, to: string): Connection | undefined => {
    const [a, b] = [nodes.get(from), nodes.get(to)];
    if (!a || !b || a === b) return undefined;
    const peer = stated?.get(keyOf(from, to));
    if (stated && !peer) return undefined;
    const key = `${from} ${to}`;
    if (!found.has(key)) found.set(key, connect(config, underlay, a, b, peer));
    return found.get(key);
  };
  const around = new Map<string, readonly Node[]>();
  const neighbours = (node: string): readonly Node[] => {
    const known = around.get(node) ?? cluster.nodes.filter(({ name }) => between(node, name) !== undefined);
    around.set(node, known);
    return known;
  };
  // How many connections away each peer is from one.
  const distances = (target: string): ReadonlyMap<string, number> => {
    const far = new Map([[target, 0]]);
    for (const [name, distance] of far)
      for (const next of neighbours(name)) if (!far.has(next.name)) far.set(next.name, distance + 1);
    return far;
  };
  const maps = new Map<string, ReadonlyMap<string, number>>();
  return {
    between,
    neighbours,
    nexthop: (from, to) => {
      if (between(from, to)) return nodes.get(to);
      const far = maps.get(to) ?? distances(to);
      maps.set(to, far);
      const own = far.get(from);
      return own === undefined ? undefined : neighbours(from).find(({ name }) => far.get(name) === own - 1);
    },
  };
};
