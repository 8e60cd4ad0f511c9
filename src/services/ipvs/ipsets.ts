import type { IpSet } from '../../linux/netfilter.ts';
import { parseIp } from '../../net/ip.ts';
import { memo, once } from '../memo.ts';
import type { ProxySite, ServicePort } from '../types.ts';
import { SETS, type SetKey, setName } from './sets.ts';

/** The ipsets of one family on one node. */
export type Sets = {
  readonly all: readonly IpSet[];
  /** Whether some service port has an entry in it: rules for sets without one are not written. */
  readonly used: (key: SetKey) => boolean;
};

const OF_ALL: ReadonlySet<SetKey> = new Set(['loopBack', 'clusterIp', 'ipvsIps']);
const KEYS = Object.keys(SETS) as readonly SetKey[];

/**
 * The sets with their entries. Where there are many Services an entry is looked for among the ports that can have brought it,
 * and lists are made only when asked for.
 */
export const createSets = (site: ProxySite): Sets => {
  const { table, family } = site;
  // Most Services have a ClusterIP and nothing else.
  const portsOf = (key: SetKey) => (OF_ALL.has(key) ? table.each(family) : table.exposed(family));
  const entries = (key: SetKey) =>
    once(() => {
      const all = new Set<string>();
      for (const port of portsOf(key)) for (const entry of SETS[key].of(port, site)) all.add(entry);
      return all;
    });
  const isUsed = (key: SetKey): boolean => {
    for (const port of portsOf(key)) if (SETS[key].of(port, site).length > 0) return true;
    return false;
  };
  const used = new Map<SetKey, boolean>();

  const sources = (key: SetKey, entry: string): readonly ServicePort[] => {
    const ip = parseIp(entry.split(',')[0] ?? '');
    if (key.startsWith('nodePort')) return table.onNodePort(Number(entry.slice(entry.lastIndexOf(':') + 1)));
    return ip === undefined ? [] : table.at(ip);
  };
  const has =
    (key: SetKey, all: () => ReadonlySet<string>) =>
    (entry: string): boolean => {
      if (key === 'loopBack') {
        // Nobody else's packet matches, so the endpoints of all Services are seldom needed.
        const [ip, , source] = entry.split(',');
        return ip === source && all().has(entry);
      }
      if (key === 'healthCheck') return all().has(entry);
      return sources(key, entry).some((port) => port.family === family && SETS[key].of(port, site).includes(entry));
    };
  const setOf = (key: SetKey): IpSet => {
    const common = { name: setName(key, family), type: SETS[key].type, family };
    const all = entries(key);
    const list = once(() => [...all()]);
    if (!table.isLarge) return { ...common, entries: list() };
    return {
      ...common,
      get entries() {
        return list();
      },
      // A range is found by more than its text.
      ...(SETS[key].type !== 'hash:ip,port,net' && { has: has(key, all) }),
    };
  };
  return {
    all: KEYS.map(setOf),
    used: (key) => memo(used, key, () => isUsed(key)),
  };
};
