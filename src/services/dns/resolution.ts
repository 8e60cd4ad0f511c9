import type { Cluster, Node, Pod } from '../../model/cluster.ts';
import type { Assumption, Place } from '../../model/place.ts';
import type { Service } from '../../model/service.ts';
import type { Family, Ip } from '../../net/ip.ts';
import type { ServiceTable } from '../types.ts';
import type { NamedBackend, Rcode, RecordType } from './record.ts';
import type { Libc } from './search.ts';

export type NameQuestion = {
  readonly cluster: Cluster;
  readonly table: ServiceTable;
  /** Who looks the name up. A client outside of the cluster, or without either, asks as a node does. */
  readonly client: { readonly pod?: Pod; readonly node?: Node };
  readonly name: string;
  /** Undefined: both are asked for, as getaddrinfo does. */
  readonly family?: Family;
  /** glibc by default. */
  readonly libc?: Libc;
};

/** One question to one server. */
export type ResolutionStep = {
  /** Absolute, without the last dot. */
  readonly name: string;
  readonly type: RecordType;
  /** An address, `/etc/hosts`, or who it is where its address is not known. */
  readonly nameserver: string;
  readonly rcode: Rcode;
  readonly answers: readonly string[];
  readonly because?: string;
  readonly place?: Place;
};

export type ResolutionResult =
  /** `port` is known from an SRV record only. */
  | { readonly kind: 'service'; readonly service: Service; readonly ips: readonly Ip[]; readonly port?: number }
  /** Endpoints of a headless Service, or those that were named; their own ports count. */
  | { readonly kind: 'endpoints'; readonly service: Service; readonly backends: readonly NamedBackend[] }
  /** A name of the outside world: what it resolves to is not known. */
  | { readonly kind: 'external'; readonly name: string; readonly hint?: string }
  | { readonly kind: 'pod' | 'address'; readonly ip: Ip }
  | { readonly kind: 'nothing'; readonly hint: string };

export type Resolution = {
  readonly name: string;
  readonly resolver: {
    readonly nameservers: readonly string[];
    readonly search: readonly string[];
    readonly ndots: number;
    /** Where the resolver's settings come from, e.g. `dnsPolicy ClusterFirst`. */
    readonly source: string;
  };
  readonly steps: readonly ResolutionStep[];
  readonly result: ResolutionResult;
  readonly assumptions: readonly Assumption[];
};
