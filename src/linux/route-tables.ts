import type { Family } from '../net/ip.ts';
import { familyOfPrefix } from '../net/prefix.ts';
import type { Netns } from './netns.ts';
import { sortRoutes } from './print/route.ts';
import { type Route, RT_TABLE } from './route.ts';

export type RouteTable = { readonly family: Family; readonly table: number; readonly routes: readonly Route[] };

/** The route tables that hold something: IPv4 before IPv6, main first, local last. */
export const routesByTable = ({ routes }: Pick<Netns, 'routes'>): readonly RouteTable[] => {
  const rank = (table: number) => (table === RT_TABLE.main ? -1 : table === RT_TABLE.local ? 2 ** 32 : table);
  return ([4, 6] as const).flatMap((family) => {
    const own = routes.filter((route) => familyOfPrefix(route.dst) === family);
    return [...new Set(own.map(({ table }) => table))]
      .toSorted((a, b) => rank(a) - rank(b))
      .map((table) => ({ family, table, routes: sortRoutes(routes, table, family) }));
  });
};
