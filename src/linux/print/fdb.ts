import { formatIp } from '../../net/ip.ts';
import type { FdbEntry } from '../neigh.ts';
import type { Netns } from '../netns.ts';
import { words } from './words.ts';

/** A forwarding entry as `bridge fdb` prints it: `5e:… dev flannel.1 dst 192.168.1.12 self permanent`. */
export const printFdb = (entry: FdbEntry): string =>
  words(
    entry.mac,
    `dev ${entry.ifname}`,
    entry.dst !== undefined && `dst ${formatIp(entry.dst)}`,
    entry.master !== undefined ? `master ${entry.master}` : 'self',
    entry.state !== 'learned' && entry.state,
  );

/** What `bridge fdb` prints. */
export const printFdbs = (netns: Pick<Netns, 'fdb'>): readonly string[] => netns.fdb.map(printFdb);
