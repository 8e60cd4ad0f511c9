import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Prefix } from '../net/prefix.ts';
import type { At, Place } from './place.ts';
import type { EndpointSlice, ProxySettings, Service } from './service.ts';

export type Labels = Readonly<Record<string, string>>;

/** The `plugin:` of the cluster file: a name, and the settings as written (checked by the plugin's own schema). */
export type PluginChoice = {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** False where it was inferred or defaulted. */
  readonly stated: boolean;
  readonly place?: Place;
  /** The position of a value inside the settings, e.g. ['backend', 'type']. */
  readonly at?: At;
};

export type Subnets = {
  readonly nodes: readonly Prefix[];
  readonly pods: readonly Prefix[];
  readonly services: readonly Prefix[];
};

/** A network interface that the input describes beyond the node's own address. */
export type NodeInterface = {
  readonly name: string;
  readonly ips: readonly { readonly ip: Ip; readonly len: number }[];
  readonly mtu?: number;
  readonly mac?: Mac;
};

export type Node = {
  readonly name: string;
  /** InternalIPs, at most one per family; empty where the input has none and assignment found no range. */
  readonly ips: readonly Ip[];
  readonly podCIDRs: readonly Prefix[];
  /** The NIC that carries `ips`; default eth0. */
  readonly interface?: string;
  readonly mac?: Mac;
  readonly mtu?: number;
  readonly interfaces?: readonly NodeInterface[];
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly providerID?: string;
  readonly zone?: string;
  /** Kubernetes node conditions that matter: NetworkUnavailable. */
  readonly networkUnavailable?: boolean;
  /** Sysctls that the input states, e.g. `net.bridge.bridge-nf-call-iptables: 0`. */
  readonly sysctls: Readonly<Record<string, number>>;
  /** The FORWARD policy of the filter table that the input states (`forwardPolicy: DROP`). */
  readonly forwardPolicy?: 'ACCEPT' | 'DROP';
  /** False: the cloud drops packets that are not from or to the node's own addresses. */
  readonly ipForwarding?: boolean;
  readonly place: Place;
};

export type ContainerPort = {
  readonly name?: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly hostPort?: number;
  readonly hostIP?: Ip;
};

export type Pod = {
  readonly name: string;
  readonly namespace: string;
  readonly node: string | undefined;
  /** At most one per family. */
  readonly ips: readonly Ip[];
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly ports: readonly ContainerPort[];
  readonly hostNetwork: boolean;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
  readonly owner?: { readonly kind: string; readonly name: string };
  /** metadata.deletionTimestamp is set. */
  readonly terminating?: boolean;
  readonly hostname?: string;
  readonly subdomain?: string;
  /** Named ports of restartable init containers, which a targetPort may also mean. */
  readonly sidecarPorts?: readonly ContainerPort[];
  readonly dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  readonly dnsConfig?: DnsConfig;
  readonly place: Place;
};

/** spec.dnsConfig of a pod. */
export type DnsConfig = {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly { readonly name: string; readonly value?: string }[];
};

/** A route of a router or of a cloud's route table; `via` is an address, or none / internet / vnet / gateway (a VPN or ExpressRoute gateway). */
export type FabricRoute = {
  readonly dst: Prefix;
  readonly via: Ip | 'none' | 'internet' | 'vnet' | 'gateway';
  readonly place: Place;
};

/** A rule of a network security group; an end is a range, or a service tag such as VirtualNetwork; absent: any. */
export type SecurityRule = {
  readonly name: string;
  readonly direction: 'inbound' | 'outbound';
  readonly priority: number;
  readonly action: 'allow' | 'deny';
  readonly protocol?: string;
  readonly src?: Prefix | string;
  readonly dst?: Prefix | string;
  readonly port?: number;
  readonly place: Place;
};

/** A subnet of a cloud network, with the route table and the security group that hang on it. */
export type FabricSubnet = {
  readonly name: string;
  readonly prefixes: readonly Prefix[];
  readonly routes?: readonly FabricRoute[];
  /** Present and empty: a group with the default rules alone. */
  readonly nsg?: readonly SecurityRule[];
  readonly place: Place;
};

/** What a `fabric:` of the cluster file says; what is absent follows the plugin and the providerIDs. */
export type FabricSpec = {
  readonly kind?: 'l2' | 'routed' | 'azure' | 'aws' | 'gcp' | 'nsx';
  readonly mtu?: number;
  readonly gateway?: readonly Ip[];
  /** Routes of the router, or of the route table of the nodes' subnets. */
  readonly routes?: readonly FabricRoute[];
  readonly routeLimit?: number;
  readonly filters?: readonly {
    readonly protocol?: string;
    readonly port?: number;
    readonly src?: Prefix;
    readonly dst?: Prefix;
    readonly action: 'allow' | 'deny';
    readonly place: Place;
  }[];
  readonly ttlDecrement?: boolean;
  /** The ranges of the cloud's virtual network; default: those of the nodes. */
  readonly vnet?: readonly Prefix[];
  readonly subnets?: readonly FabricSubnet[];
  /** Other virtual networks that this one is joined with. */
  readonly peerings?: readonly { readonly name: string; readonly prefixes: readonly Prefix[]; readonly place: Place }[];
  /** Ranges behind the virtual network's gateway. */
  readonly onPremises?: readonly Prefix[];
  /** How the nodes reach the internet, and the address that it sees. */
  readonly outbound?: {
    readonly type: 'loadBalancer' | 'natGateway' | 'userDefinedRouting' | 'none';
    readonly ips: readonly Ip[];
    readonly place: Place;
  };
  /** Machines that are no nodes of the cluster. */
  readonly hosts?: readonly FabricHost[];
  readonly place: Place;
};

/** A machine in the network between the nodes that is no node, e.g. a virtual machine. */
export type FabricHost = {
  readonly name: string;
  readonly ips: readonly Ip[];
  /** May send and receive for other addresses, as an appliance does. */
  readonly ipForwarding?: boolean;
  /** Hides others behind its own address on their way to public addresses, as a firewall does. */
  readonly masquerade?: boolean;
  readonly place: Place;
};

/** Objects of kinds that this version reads but does not use yet (NetworkPolicy, …), kept with their place. */
export type OtherObject = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly place: Place;
  /** The position of a value inside `value`. */
  readonly at?: At;
};

/** What the user described, from any mix of the short form and Kubernetes objects. */
export type Cluster = {
  readonly plugin: PluginChoice;
  readonly subnets: Subnets;
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly fabric?: FabricSpec;
  readonly services: readonly Service[];
  /** EndpointSlices as the input states them; those of Services with a selector are derived from pods where it has none. */
  readonly slices: readonly EndpointSlice[];
  /** What is known of kube-proxy; undefined: nothing. */
  readonly proxy?: ProxySettings;
  /** policies and expect of the short form as written, and Kubernetes objects of other kinds. */
  readonly others: readonly OtherObject[];
  readonly sources: readonly string[];
};

export const podKey = (pod: Pick<Pod, 'namespace' | 'name'>): string => `${pod.namespace}/${pod.name}`;
