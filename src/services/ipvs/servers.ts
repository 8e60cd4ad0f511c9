import type { Ipvs, RealServer, VirtualServer } from '../../linux/ipvs.ts';
import { familyOf, type Ip } from '../../net/ip.ts';
import { contains } from '../../net/prefix.ts';
import { matchesAll, rangesOf } from '../iptables/nodeports.ts';
import { once } from '../memo.ts';
import type { ProxySite, ServicePort } from '../types.ts';

/** The addresses at which node ports are served: no loopback, and never those of kube-ipvs0. */
export const nodePortIps = (site: ProxySite): readonly Ip[] => {
  const ranges = rangesOf(site);
  const own = [...new Set(site.node.ips)];
  return matchesAll(ranges) ? own : own.filter((ip) => ranges.some((range) => contains(range, ip)));
};

/** The addresses that kube-ipvs0 gets: each ClusterIP, and what other addresses no other link has. */
export const boundAddresses = ({ table, family, node }: ProxySite): ReadonlyMap<Ip, ServicePort> => {
  const bound = new Map<Ip, ServicePort>();
  const add = (ip: Ip, port: ServicePort) => {
    if (!bound.has(ip)) bound.set(ip, port);
  };
  for (const port of table.ports(family)) {
    add(port.clusterIP, port);
    for (const ip of [...port.externalIPs, ...port.vips]) if (!node.ips.includes(ip)) add(ip, port);
  }
  return bound;
};

type Frontend = { readonly ip: Ip; readonly port: number; readonly onlyLocal: boolean };

const frontends = (port: ServicePort, site: ProxySite): readonly Frontend[] => [
  { ip: port.clusterIP, port: port.port, onlyLocal: port.internalLocal },
  ...[...port.externalIPs, ...port.vips].map((ip) => ({ ip, port: port.port, onlyLocal: port.externalLocal })),
  ...(port.nodePort === undefined ? [] : onNodePort(port.nodePort, port, site)),
];

const onNodePort = (number: number, port: ServicePort, site: ProxySite): readonly Frontend[] =>
  nodePortIps(site).map((ip) => ({ ip, port: number, onlyLocal: port.externalLocal }));

// syncEndpoint: without an endpoint here the traffic of policy Local goes to all of them, rather than nowhere (Kubernetes PR 97081).
const realServers = (port: ServicePort, { table, node }: ProxySite, onlyLocal: boolean): readonly RealServer[] => {
  const { cluster, local } = table.backends(port, node);
  const used = onlyLocal && local.length > 0 ? local : cluster;
  return used.map((backend) => ({ ip: backend.ip, port: backend.port, weight: 1, origin: port.origin }));
};

const serverOf = (port: ServicePort, site: ProxySite, { ip, port: number, onlyLocal }: Frontend): VirtualServer => {
  const scheduler = site.config.scheduler === '' ? 'rr' : site.config.scheduler;
  return {
    protocol: port.protocol,
    ip,
    port: number,
    scheduler,
    ...(scheduler === 'mh' && { schedFlags: ['mh-port'] }),
    ...(port.affinity !== undefined && { persistent: port.affinity }),
    realServers: realServers(port, site, onlyLocal),
    origin: port.origin,
  };
};

/**
 * The virtual servers of all service ports of the site's family (syncProxyRules and syncEndpoint of kubernetes pkg/proxy/ipvs/proxier.go),
 * and those that the namespace has of the other.
 */
export const createIpvs = (site: ProxySite, other: Ipvs | undefined): Ipvs => {
  const { table, family } = site;
  const servers = once(() => [
    ...(other?.servers ?? []),
    ...table.ports(family).flatMap((port) => frontends(port, site).map((frontend) => serverOf(port, site, frontend))),
  ]);
  if (!table.isLarge && !other?.find) return { servers: servers() };
  const ofOther: NonNullable<Ipvs['find']> =
    other?.find ??
    ((protocol, ip, number) =>
      other?.servers.find((one) => one.protocol === protocol && one.ip === ip && one.port === number));
  return {
    get servers() {
      return servers();
    },
    find: (protocol, ip, number) => {
      if (familyOf(ip) !== family) return ofOther(protocol, ip, number);
      for (const port of [...table.at(ip), ...table.onNodePort(number)]) {
        if (port.protocol !== protocol || port.family !== family) continue;
        const frontend = frontends(port, site).find((one) => one.ip === ip && one.port === number);
        if (frontend) return serverOf(port, site, frontend);
      }
      return undefined;
    },
  };
};
