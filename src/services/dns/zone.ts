import type { Cluster } from '../../model/cluster.ts';
import type { Assumption } from '../../model/place.ts';
import type { Service } from '../../model/service.ts';
import type { Ip } from '../../net/ip.ts';
import { once } from '../memo.ts';
import type { ServiceTable } from '../types.ts';
import { namespacesOf } from './namespaces.ts';

/** What CoreDNS's plugin `kubernetes` is configured to. */
export type ZoneConfig = {
  /** In lower case, without a last dot. */
  readonly domain: string;
  /** Seconds. */
  readonly ttl: number;
  readonly pods: 'insecure' | 'verified' | 'disabled';
  /** `ignore empty_service`: a Service without ready endpoints has no name. */
  readonly ignoreEmpty: boolean;
};

/** The names of a cluster, and what they are made of. */
export type Zone = ZoneConfig & {
  readonly cluster: Cluster;
  readonly table: ServiceTable;
  readonly namespaces: () => ReadonlySet<string>;
  /** The Service of the cluster DNS itself. */
  readonly dnsService: Service | undefined;
  /** Services that every cluster has, by `namespace/name`: used where the input leaves them out. */
  readonly implied: ReadonlyMap<string, Implied>;
};

export type Implied = { readonly ip: Ip; readonly assumption: Assumption };

/** The configuration that kubeadm writes, but for the domain (kubernetes cmd/kubeadm/app/phases/addons/dns/manifests.go). */
export const KUBEADM_ZONE = { ttl: 30, pods: 'insecure', ignoreEmpty: false } as const;

export const createZone = (
  cluster: Cluster,
  table: ServiceTable,
  config: ZoneConfig,
  more: Partial<Pick<Zone, 'dnsService' | 'implied'>> = {},
): Zone => ({
  ...config,
  cluster,
  table,
  namespaces: once(() => namespacesOf(cluster)),
  dnsService: more.dnsService,
  implied: more.implied ?? new Map(),
});
