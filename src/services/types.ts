import type { Origin } from '../linux/origin.ts';
import type { DetectLocal, EndpointSlice, ProxyMode, Service, ServicePortSpec } from '../model/service.ts';
import type { Family, Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';

/** One port of one Service in one family: the unit that kube-proxy works with (kubernetes pkg/proxy/serviceport.go). */
export type ServicePort = {
  readonly service: Service;
  readonly spec: ServicePortSpec;
  readonly family: Family;
  /** `ns/name:port`, or `ns/name` where the port has no name. */
  readonly name: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
  readonly clusterIP: Ip;
  readonly externalIPs: readonly Ip[];
  /** Load-balancer addresses that kube-proxy programs: ipMode VIP or none. */
  readonly vips: readonly Ip[];
  /** Empty: all sources. Filters `vips` only. */
  readonly sourceRanges: readonly Prefix[];
  readonly nodePort?: number;
  readonly healthCheckNodePort?: number;
  readonly internalLocal: boolean;
  /** externalTrafficPolicy Local, where it is honoured. */
  readonly externalLocal: boolean;
  /** It has a nodePort, a VIP or an external IP. */
  readonly externallyAccessible: boolean;
  /** Seconds of ClientIP affinity. */
  readonly affinity?: number;
  /** The Service, with its file and line, and plugin `kube-proxy`. */
  readonly origin: Origin;
};

/** An endpoint of a service port as one node sees it. */
export type Backend = {
  readonly ip: Ip;
  readonly port: number;
  /** `10.0.0.1:80`, `[fd00::1]:80`: the key that kube-proxy sorts and hashes by. */
  readonly text: string;
  /** On the node that asks. */
  readonly local: boolean;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node?: string;
  readonly zone?: string;
  /** hints.forZones and hints.forNodes of the endpoint. */
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
  readonly pod?: { readonly namespace: string; readonly name: string };
};

/** Which endpoints a node uses (kubernetes pkg/proxy/topology.go CategorizeEndpoints), each list in the order of `text`. */
export type Backends = {
  /** For traffic policy Cluster. */
  readonly cluster: readonly Backend[];
  /** For traffic policy Local: on this node. */
  readonly local: readonly Backend[];
  /** Those that any list uses. */
  readonly all: readonly Backend[];
  /** Some endpoint is usable somewhere: without one packets are rejected, with none here they are dropped. */
  readonly hasAny: boolean;
  /** All endpoints of the slices, used or not: ipvs hairpin sets and explanations need them. */
  readonly every: readonly Backend[];
};

export type NodeRef = { readonly name: string; readonly zone?: string };

/** The Services of a cluster, found without going through all of them. */
export type ServiceTable = {
  /** Every port that kube-proxy serves, in the order of the input. */
  readonly ports: (family: Family) => readonly ServicePort[];
  /** The same, each made when its turn comes. */
  readonly each: (family: Family) => Iterable<ServicePort>;
  /** Those with more than a ClusterIP: a nodePort, a load balancer's address, an external IP. */
  readonly exposed: (family: Family) => readonly ServicePort[];
  /** Whether there are so many that state is made only for what a packet can match. */
  readonly isLarge: boolean;
  /** Those with this ClusterIP, external IP or VIP. */
  readonly at: (ip: Ip) => readonly ServicePort[];
  readonly onNodePort: (port: number) => readonly ServicePort[];
  readonly of: (service: Pick<Service, 'namespace' | 'name'>) => readonly ServicePort[];
  readonly service: (namespace: string, name: string) => Service | undefined;
  /** The slices of a Service: those of the input, else derived from its pods as the controller does. */
  readonly slices: (service: Service) => readonly EndpointSlice[];
  readonly backends: (port: ServicePort, node: NodeRef) => Backends;
};

/** kube-proxy's configuration with its defaults filled in. */
export type ProxyConfig = {
  readonly mode: ProxyMode;
  readonly detectLocal: DetectLocal;
  readonly clusterCIDRs: readonly Prefix[];
  readonly masqueradeAll: boolean;
  /** e.g. 0x4000. */
  readonly masqueradeMark: number;
  readonly localhostNodePorts: boolean;
  /** Empty: all local addresses. `primary`: the node's own, per family (default in nftables mode). */
  readonly nodePortAddresses: readonly Prefix[] | 'primary';
  readonly scheduler: string;
  readonly strictARP: boolean;
  /** Known ranges of ClusterIPs, which nftables mode guards. */
  readonly serviceCIDRs: readonly Prefix[];
};

/** What a mode needs to write the state of one node and family. */
export type ProxySite = {
  readonly table: ServiceTable;
  readonly config: ProxyConfig;
  readonly family: Family;
  readonly node: NodeRef & {
    /** All local addresses of the family, loopback left out. */
    readonly ips: readonly Ip[];
    /** The node's own address of the family. */
    readonly primary: Ip | undefined;
    readonly podCIDRs: readonly Prefix[];
    /** nf_conntrack_tcp_be_liberal. */
    readonly beLiberal: boolean;
  };
};

/** More service ports than this, and state is made only for what a packet can match. */
export const LARGE = 200;
