import type { NftMap, NftMapElement, NftSet } from '../../linux/netfilter.ts';
import { familyOf, formatIp, parseIp } from '../../net/ip.ts';
import { once } from '../memo.ts';
import type { ProxySite, ServicePort } from '../types.ts';
import { hairpinsOf } from './elements.ts';
import { nodePortIps } from './node-ports.ts';
import type { PortPlan } from './plan.ts';
import { ADDRESS_KEY, CLUSTER_IPS, HAIRPIN, HAIRPIN_KEY, MAPS, type MapName, NODEPORT_IPS, PORT_KEY } from './words.ts';

/** What the containers ask of the ports, each made once. */
export type Made = {
  readonly plan: (port: ServicePort) => PortPlan;
  readonly elements: (port: ServicePort) => Readonly<Record<MapName, readonly NftMapElement[]>>;
};

/** A verdict map that looks only at the Services of the key. Two Services that claim one key are an error of the input: the first has it. */
const createMap = (site: ProxySite, { elements }: Made, name: MapName): NftMap => {
  const byPort = name.endsWith('nodeports');
  const all = once(() => {
    const unique = new Map<string, NftMapElement>();
    for (const element of site.table.ports(site.family).flatMap((port) => elements(port)[name]))
      if (!unique.has(element.key)) unique.set(element.key, element);
    return [...unique.values()];
  });
  const claimants = (key: string): readonly ServicePort[] => {
    const parts = key.split(' . ');
    if (byPort) return site.table.onNodePort(Number(parts[1]));
    const ip = parseIp(parts[0] ?? '');
    return ip === undefined ? [] : site.table.at(ip);
  };
  return {
    name,
    fields: byPort ? PORT_KEY : ADDRESS_KEY,
    comment: MAPS[name],
    get elements() {
      return all();
    },
    find: (key) =>
      claimants(key)
        .filter((port) => port.family === site.family)
        .flatMap((port) => elements(port)[name])
        .find((element) => element.key === key),
  };
};

const clusterIps = ({ table, family }: ProxySite): NftSet => {
  const all = once(() => [...new Set(table.ports(family).map(({ clusterIP }) => formatIp(clusterIP)))]);
  return {
    name: CLUSTER_IPS,
    fields: ['daddr'],
    comment: 'Active ClusterIPs',
    get elements() {
      return all();
    },
    has: (element) => {
      const ip = parseIp(element);
      return ip !== undefined && familyOf(ip) === family && table.at(ip).some(({ clusterIP }) => clusterIP === ip);
    },
  };
};

const hairpins = ({ table, family }: ProxySite, { plan }: Made): NftSet => {
  const all = once(() => new Set(table.ports(family).flatMap((port) => hairpinsOf(plan(port)))));
  return {
    name: HAIRPIN,
    fields: HAIRPIN_KEY,
    comment: 'service hairpin connections',
    get elements() {
      return [...all()];
    },
    // Nothing leads from an endpoint to its Services, so all are gone through, but only for packets that go back to their sender.
    has: (element) => {
      const [source, destination] = element.split(' . ');
      return source === destination && all().has(element);
    },
  };
};

const nodePorts = (site: ProxySite): readonly NftSet[] => {
  const ips = nodePortIps(site);
  if (!ips) return [];
  const elements = [...new Set(ips.map(formatIp))];
  return [{ name: NODEPORT_IPS, fields: ['daddr'], elements, comment: 'IPs that accept NodePort traffic' }];
};

/** The named sets but those for affinity, in the order in which kube-proxy makes them. */
export const fixedSets = (site: ProxySite, made: Made): readonly NftSet[] => [
  hairpins(site, made),
  clusterIps(site),
  ...nodePorts(site),
];

/** The five verdict maps. */
export const mapsOf = (site: ProxySite, made: Made): readonly NftMap[] =>
  (Object.keys(MAPS) as MapName[]).map((name) => createMap(site, made, name));
