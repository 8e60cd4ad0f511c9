import type { IpSet } from '../netfilter.ts';

/** One set as `ipset save` prints it; `ipset restore` reads it. */
const printIpSet = (set: IpSet): readonly string[] => {
  const family = set.family === 4 ? 'inet' : 'inet6';
  const head =
    set.type === 'bitmap:port'
      ? `create ${set.name} bitmap:port range 0-65535`
      : `create ${set.name} ${set.type} family ${family} hashsize 1024 maxelem 65536`;
  return [head, ...set.entries.map((entry) => `add ${set.name} ${entry}`)];
};

/** What `ipset save` prints. */
export const printIpSets = (sets: readonly IpSet[]): readonly string[] => sets.flatMap(printIpSet);
