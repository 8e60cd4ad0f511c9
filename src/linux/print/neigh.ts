import { formatIp } from '../../net/ip.ts';
import type { Neigh } from '../neigh.ts';
import type { Netns } from '../netns.ts';
import { words } from './words.ts';

/** A neighbour as `ip neigh` prints it: `10.244.1.0 dev flannel.1 lladdr 5e:89:db:49:c6:02 PERMANENT`. */
export const printNeigh = (neigh: Neigh): string =>
  words(
    formatIp(neigh.dst),
    `dev ${neigh.dev}`,
    neigh.lladdr !== undefined && `lladdr ${neigh.lladdr}`,
    neigh.proxy ? 'proxy' : neigh.state.toUpperCase(),
  );

/** What `ip neigh` prints, or with `proxy` what `ip neigh show proxy` does. */
export const printNeighbours = (netns: Pick<Netns, 'neighbours'>, proxy = false): readonly string[] =>
  netns.neighbours.filter((neigh) => (neigh.proxy ?? false) === proxy).map(printNeigh);
