import type { Origin } from '../linux/origin.ts';
import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Prefix } from '../net/prefix.ts';
import type { L4Name, PortRange } from '../net/protocol.ts';
import type { FabricFilter } from './fabric.ts';

/** `peer`: another virtual network; `gateway`: what is behind a VPN or ExpressRoute gateway; `platform`: the cloud's own services. */
export type CloudNextHop =
  | { readonly to: 'port'; readonly ip: Ip }
  | { readonly to: 'vnet' | 'internet' | 'none' | 'gateway' | 'platform' }
  | { readonly to: 'peer'; readonly name: string };

/** An entry of a cloud route table; the longest prefix wins, user routes before system routes. */
export type CloudRoute = {
  readonly dst: Prefix;
  readonly nexthop: CloudNextHop;
  /** As the cloud's own tool shows it. */
  readonly line: string;
  readonly system: boolean;
  /** Holds only for NICs of the overlay. */
  readonly overlay?: true;
  readonly origin?: Origin;
};

/** One end that a security rule asks for: inside of these ranges, or outside of them. */
export type SecurityEnd = { readonly ranges: readonly Prefix[]; readonly not?: true };

/** A rule of a network security group; what is absent matches everything. */
export type SecurityRule = {
  readonly priority: number;
  readonly direction: 'inbound' | 'outbound';
  readonly action: 'allow' | 'deny';
  readonly protocol?: L4Name;
  readonly src?: SecurityEnd;
  readonly dst?: SecurityEnd;
  readonly dport?: PortRange;
  /** As the cloud's own tool shows it. */
  readonly line: string;
  readonly origin?: Origin;
};

/** A subnet of a cloud network. `routes` is its own table of user routes; `rules` its security group, the lowest priority first. */
export type CloudSubnet = {
  readonly name: string;
  readonly prefixes: readonly Prefix[];
  readonly routes?: readonly CloudRoute[];
  readonly rules?: readonly SecurityRule[];
};

/** How addresses of NICs are translated where the internet begins. */
export type CloudEdge = {
  /** What does it, in the cloud's words: loadBalancer, natGateway; `none`: nothing does. */
  readonly by: string;
  /** Which of a NIC's addresses: the first of each family, or all that it has and was lent. */
  readonly translates: 'primary' | 'all' | 'none';
  /** The addresses that the internet sees, where they are known. */
  readonly ips: readonly Ip[];
  readonly line: string;
  readonly origin?: Origin;
};

/** A cloud network: no learning and no broadcast; the route table looks at every packet, even between neighbours. */
export type Cloud = {
  readonly name: 'azure' | 'aws' | 'gcp';
  /** The one MAC that answers every ARP (Azure 12:34:56:78:9a:bc), or undefined where the gateway and NICs answer with their own. */
  readonly arpMac: Mac;
  readonly ttlDecrement: boolean;
  /** The routes of all subnets that have no table of their own. */
  readonly routes: readonly CloudRoute[];
  /** The ranges of the virtual network; absent: those of its segment. */
  readonly vnet?: readonly Prefix[];
  readonly subnets?: readonly CloudSubnet[];
  readonly edge?: CloudEdge;
  /** Empty: nothing filtered beyond `antispoof`. First match decides; no match allows. */
  readonly filters: readonly FabricFilter[];
  /** What the route table may hold (Azure 400, AWS 50), for warnings. */
  readonly routeLimit?: number;
};
