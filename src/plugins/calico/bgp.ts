import type { CalicoConfig } from './config.ts';

/**
 * Whether a node learns the blocks of another: by a session between the two (the mesh, or with a route reflector), or by a route reflector that has
 * one with each. Without any, BIRD has no route (confd/etc/calico/confd/templates/bird.cfg.template).
 */
export const learns = ({ bgp }: Pick<CalicoConfig, 'bgp'>, node: string, from: string): boolean => {
  const reflectors = new Set(bgp.routeReflectors);
  const session = (a: string, b: string): boolean => {
    if (bgp.missing.some(([x, y]) => (x === a && y === b) || (x === b && y === a))) return false;
    // Route reflectors are left out of the mesh, and are peers of everybody.
    return reflectors.has(a) || reflectors.has(b) || bgp.mesh;
  };
  return (
    session(node, from) ||
    bgp.routeReflectors.some((rr) => rr !== node && rr !== from && session(node, rr) && session(rr, from))
  );
};
