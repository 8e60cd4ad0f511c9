import { type Ip, parseIp } from '../../net/ip.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';

// Every number of Azure CNI and of AKS nodes, with where it stands. ACN is Azure/azure-container-networking.

const ip = (text: string): Ip => parseIp(text) ?? 0;
const range = (text: string): Prefix => parsePrefix(text) ?? { addr: 0, len: 0 };

/** ACN:network/transparent_endpointclient_linux.go: the next hop of every pod, which no one has. */
export const VIRTUAL_GATEWAY = ip('169.254.1.1');
/** The same for IPv6 (ACN:network/transparent_endpointclient_linux.go). */
export const VIRTUAL_GATEWAY6 = ip('fe80::1234:5678:9abc');
/** ACN:network: the MAC of every host end of a veth. */
export const HOST_VETH_MAC = 'aa:aa:aa:aa:aa:aa';
/** ACN:network/endpoint_linux.go: the host end is this and 11 hex digits. */
export const VETH_PREFIX = 'azv';

/** DHCP, DNS and the agent's endpoint; and the metadata service (Microsoft: network-security-groups-overview). */
export const WIRESERVER = ip('168.63.129.16');
export const IMDS = ip('169.254.169.254');
/** Azure/AgentBaker:block_wireserver.sh, in the order in which they end up in FORWARD. */
export const WIRESERVER_BLOCKED_PORTS = [32526, 80] as const;

/** Azure/AgentBaker:sysctl-d-60-CIS.conf and cse_config.sh. */
export const SYSCTLS: Readonly<Record<string, number>> = {
  'net.ipv4.conf.all.forwarding': 1,
  'net.ipv4.conf.all.rp_filter': 1,
  'net.ipv4.conf.default.rp_filter': 1,
  'net.ipv4.conf.all.send_redirects': 0,
  'net.ipv4.conf.default.send_redirects': 0,
  'net.ipv4.conf.all.accept_redirects': 0,
  'net.ipv4.conf.default.accept_redirects': 0,
};
/** systemd-networkd's metric on the images (observed on nodes). */
export const DHCP_METRIC = 100;

/** Azure keeps the first four addresses of a subnet and the last (Microsoft: virtual-networks-faq). */
export const RESERVED_FIRST = 4;
/** `--max-pods` where pods share the nodes' subnet (AKS: concepts-network-ip-address-planning). */
export const MAX_PODS = 30;
/** Addresses that a node of a dynamic pod subnet asks for at a time (AKS: configure-azure-cni-dynamic-ip-allocation). */
export const BATCH = 16;
/** Prefix length of a node's range in Overlay, fixed (AKS: azure-cni-overlay); IPv6 is not in any source that was read. */
export const OVERLAY_MASK = { 4: 24, 6: 80 } as const;
/** The pod CIDR of Overlay where none is named (AKS: azure-cni-overlay). */
export const OVERLAY_PODS = '10.244.0.0/16';
/** Prefix length of a block in a static pod subnet (AKS: configure-azure-cni-static-block-allocation). */
export const BLOCK_MASK = 28;

/** The network of the node pool where AKS makes it, and the virtual network around it: the latter is not in any source that was read. */
export const MANAGED_SUBNET = range('10.224.0.0/16');
export const MANAGED_VNET = range('10.224.0.0/12');

/** ACN:network/network_linux.go: `azure` and the index of the master, which is the first of its kind. */
export const BRIDGE = 'azure0';

/** Azure/AgentBaker:localdns.sh: the listeners of nodes and of pods. */
export const LOCAL_DNS = [ip('169.254.10.10'), ip('169.254.10.11')] as const;

/** AKS's cilium-config, `local-router-ipv4` (ACN:test/integration/manifests/cilium). */
export const CILIUM_ROUTER = ip('169.254.23.0');

/** kube-apiserver's --service-node-port-range. */
export const NODE_PORTS = [30000, 32767] as const;
