import type { Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Labels } from './cluster.ts';
import type { At, Place } from './place.ts';

export type ServiceProtocol = 'TCP' | 'UDP' | 'SCTP';
export type TrafficPolicy = 'Cluster' | 'Local';

/** One entry of a Service's `ports`, with the defaults of the API filled in. */
export type ServicePortSpec = {
  /** Empty where the port has no name. */
  readonly name: string;
  readonly protocol: ServiceProtocol;
  readonly port: number;
  /** A number, or the name of a container port; the API server's default is `port`. */
  readonly targetPort: number | string;
  readonly nodePort?: number;
  readonly place: Place;
};

/** An entry of status.loadBalancer.ingress. */
export type Ingress = { readonly ip?: Ip; readonly hostname?: string; readonly ipMode?: 'VIP' | 'Proxy' };

/** A Service with the defaults of the API filled in (k8s.io/api/core/v1, pkg/apis/core/v1/defaults.go). */
export type Service = {
  readonly name: string;
  readonly namespace: string;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** `clusterIP: None`. */
  readonly headless: boolean;
  /** At most one per family; empty for headless and ExternalName, and where the input leaves them out until assignment. */
  readonly clusterIPs: readonly Ip[];
  readonly ports: readonly ServicePortSpec[];
  /** Undefined or empty: no pod is selected, and the slices are the user's. */
  readonly selector?: Labels;
  readonly externalIPs: readonly Ip[];
  readonly ingress: readonly Ingress[];
  readonly loadBalancerSourceRanges: readonly Prefix[];
  readonly externalName?: string;
  readonly externalTrafficPolicy: TrafficPolicy;
  readonly internalTrafficPolicy: TrafficPolicy;
  readonly healthCheckNodePort?: number;
  /** The timeout of sessionAffinity: ClientIP, in seconds. */
  readonly affinitySeconds?: number;
  readonly publishNotReadyAddresses: boolean;
  /** False: a LoadBalancer whose nodePorts are not to be allocated; default true. */
  readonly allocateLoadBalancerNodePorts?: boolean;
  readonly trafficDistribution?: string;
  /** SingleStack unless the input says otherwise; decides how many ClusterIPs assignment gives. */
  readonly ipFamilyPolicy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  readonly ipFamilies: readonly (4 | 6)[];
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly place: Place;
  /** The position of a value inside the Service, e.g. ['spec', 'selector'] (short form: ['selector']). */
  readonly at?: At;
  /** Whether `at` wants paths of the short form. */
  readonly short: boolean;
};

/** One endpoint of an EndpointSlice; conditions that are absent have the API's meaning (ready and serving true, terminating false). */
export type Endpoint = {
  readonly addresses: readonly Ip[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly hostname?: string;
  readonly hints?: { readonly forZones?: readonly string[]; readonly forNodes?: readonly string[] };
  readonly targetRef?: { readonly kind: string; readonly namespace: string; readonly name: string };
};

export type EndpointPort = {
  /** Empty where the port has no name. */
  readonly name: string;
  readonly protocol: ServiceProtocol;
  readonly port: number | undefined;
};

/** An EndpointSlice, or the slice that mirrors an Endpoints object. */
export type EndpointSlice = {
  readonly name: string;
  readonly namespace: string;
  /** Label kubernetes.io/service-name; undefined: it belongs to no Service. */
  readonly service: string | undefined;
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly EndpointPort[];
  readonly labels: Labels;
  readonly place: Place;
};

export type DetectLocal =
  | { readonly mode: 'ClusterCIDR' | 'NodeCIDR' | 'none' }
  | { readonly mode: 'BridgeInterface'; readonly bridge: string }
  | { readonly mode: 'InterfaceNamePrefix'; readonly prefix: string };

export type ProxyMode = 'iptables' | 'nftables' | 'ipvs';

/** What the input says of kube-proxy (KubeProxyConfiguration, or `proxy:` of the short form); absent keys have its defaults. */
export type ProxySettings = {
  /** `none`: no kube-proxy runs, and nothing else is known to stand in for it. */
  readonly mode?: ProxyMode | 'none';
  readonly detectLocal?: DetectLocal;
  readonly clusterCIDR?: readonly Prefix[];
  readonly masqueradeAll?: boolean;
  /** iptables.masqueradeBit; default 14. */
  readonly masqueradeBit?: number;
  readonly localhostNodePorts?: boolean;
  /** Ranges; empty: all local addresses. */
  readonly nodePortAddresses?: readonly Prefix[] | 'primary';
  readonly scheduler?: string;
  readonly strictARP?: boolean;
  /** How this is known, for what was inferred. */
  readonly evidence?: string;
  readonly stated: boolean;
  readonly place?: Place;
};
