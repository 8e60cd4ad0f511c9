import type { Cluster } from '../../model/cluster.ts';
import type { Assumption } from '../../model/place.ts';
import type { Service } from '../../model/service.ts';
import { addToIp, formatIp, type Ip, parseIp } from '../../net/ip.ts';
import { contains, firstHostOf, formatPrefix, type Prefix } from '../../net/prefix.ts';
import type { ServiceTable } from '../types.ts';
import { readConfigMaps } from './config.ts';
import { CLUSTER_NAMESERVER, type KubeletDns, NODE_NAMESERVER } from './resolver.ts';
import { createZone, type Implied, KUBEADM_ZONE, type Zone } from './zone.ts';

/** The cluster DNS, and what kubelet tells pods of it. */
export type NameService = {
  readonly zone: Zone;
  readonly kubelet: KubeletDns;
  /** Whether a nameserver of a resolv.conf is the cluster DNS. */
  readonly isCluster: (nameserver: string) => boolean;
  /** What the cluster DNS rests on that the input does not say. */
  readonly assumptions: readonly Assumption[];
};

const DEFAULT_DOMAIN = 'cluster.local';
const MAPS = 'the ConfigMaps coredns and kubelet-config of kube-system in the input';
/** Where NodeLocal DNSCache listens on each node (kubernetes cluster/addons/dns/nodelocaldns). */
const NODE_LOCAL_CACHE = '169.254.20.10';

/** The Service that pods ask: kube-dns, whatever runs behind it, else one that goes by its label or by CoreDNS's own name. */
const dnsServiceOf = ({ services }: Cluster): Service | undefined => {
  const own = services.filter(({ namespace, clusterIPs }) => namespace === 'kube-system' && clusterIPs.length > 0);
  return (
    own.find(({ name }) => name === 'kube-dns') ??
    own.find(({ labels }) => labels['k8s-app'] === 'kube-dns') ??
    own.find(({ name }) => name === 'coredns')
  );
};

/** kubeadm's choice (kubernetes cmd/kubeadm/app/constants GetDNSIP). */
const tenthOf = (range: Prefix | undefined): Ip | undefined => {
  const ip = range && addToIp(range.addr, 10);
  return range && ip !== undefined && contains(range, ip) ? ip : undefined;
};

const serverAssumption = (ip: Ip | undefined, range: Prefix | undefined): Assumption => ({
  code: 'ASSUMED_CLUSTER_DNS',
  text:
    ip === undefined || !range
      ? 'pods ask a cluster DNS, which the input does not show'
      : `the cluster DNS is ${formatIp(ip)}, the tenth address of the range of Services ${formatPrefix(range)}`,
  change: 'the Service kube-dns of kube-system in the input',
});

const domainAssumption = (domain: string): Assumption => ({
  code: 'ASSUMED_CLUSTER_DOMAIN',
  text: `the cluster domain is ${domain}, and CoreDNS is set up as kubeadm does`,
  change: MAPS,
});

const apiAssumption = (ip: Ip): Assumption => ({
  code: 'ASSUMED_API_SERVICE',
  text: `the Service kubernetes has ${formatIp(ip)}, the first address of the range of Services`,
  change: 'the Service kubernetes of default in the input',
});

const impliedOf = (range: Prefix | undefined, dns: Ip | undefined): ReadonlyMap<string, Implied> => {
  const api = range && firstHostOf(range);
  return new Map([
    ...(api === undefined ? [] : [['default/kubernetes', { ip: api, assumption: apiAssumption(api) }] as const]),
    ...(dns === undefined
      ? []
      : [['kube-system/kube-dns', { ip: dns, assumption: serverAssumption(dns, range) }] as const]),
  ]);
};

/** A cluster DNS that nothing runs behind would answer nothing; a dump of some namespaces looks the same. */
const silentAssumption = (table: ServiceTable, service: Service | undefined): readonly Assumption[] => {
  if (!service || table.slices(service).some(({ endpoints }) => endpoints.some(({ ready }) => ready))) return [];
  const { namespace, name } = service;
  const text = `the cluster DNS answers, though the input shows no ready endpoint of the Service ${namespace}/${name}`;
  return [{ code: 'ASSUMED_CLUSTER_DNS_RUNS', text, change: 'the pods of kube-system in the input' }];
};

/** Finds the cluster DNS and its settings in the input, and assumes kubeadm's where it does not say. */
export const createNameService = (cluster: Cluster, table: ServiceTable): NameService => {
  const maps = readConfigMaps(cluster);
  const domain = maps.zone?.domain ?? maps.clusterDomain ?? DEFAULT_DOMAIN;
  const dnsService = dnsServiceOf(cluster);
  const [range] = cluster.subnets.services;
  const assumed = dnsService ? undefined : tenthOf(range);
  const address = dnsService?.clusterIPs[0] ?? assumed;
  const clusterDNS = maps.clusterDNS ?? [address === undefined ? CLUSTER_NAMESERVER : formatIp(address)];
  const zone = createZone(cluster, table, maps.zone ?? { domain, ...KUBEADM_ZONE }, {
    dnsService,
    implied: impliedOf(range, assumed),
  });
  const known = dnsService?.clusterIPs ?? (assumed === undefined ? [] : [assumed]);
  return {
    zone,
    kubelet: {
      clusterDomain: maps.clusterDomain ?? domain,
      clusterDNS,
      host: { nameservers: [NODE_NAMESERVER], searches: [], options: [] },
    },
    isCluster: (nameserver) => {
      if (nameserver === CLUSTER_NAMESERVER || nameserver === NODE_LOCAL_CACHE) return true;
      const ip = parseIp(nameserver);
      // Without a Service to compare with, what kubelet is told is taken for right.
      return ip !== undefined && (known.includes(ip) || (!dnsService && clusterDNS.includes(nameserver)));
    },
    assumptions: [
      ...(maps.zone ? [] : [domainAssumption(domain)]),
      ...(dnsService || maps.clusterDNS ? [] : [serverAssumption(address, range)]),
      ...silentAssumption(table, dnsService),
    ],
  };
};
