/** Calico's defaults, each with its source in projectcalico/calico (v3.32.1 unless said otherwise). */

/** Taken where the input names no release: the one that the sources below are of. */
export const VERSION = '3.32';
/** api/pkg/apis/projectcalico/v3/ippool.go: blocks of 64 addresses. */
export const BLOCK_SIZE = { 4: 26, 6: 122 } as const;
/** manifests/calico.yaml: IPIP Always, and NAT for IPv4 (node/pkg/lifecycle/startup/startup.go: none for IPv6). */
export const ENCAPSULATION = 'ipip';
export const NAT_OUTGOING = { 4: true, 6: false } as const;
/** felix/dataplane/linux/int_dataplane.go */
export const OVERHEAD = { ipip: 20, vxlan: 50, vxlan6: 70 } as const;
/** felix/config/config_params.go: VXLANVNI, VXLANPort. */
export const VXLAN_VNI = 4096;
export const VXLAN_PORT = 4789;
/** cni-plugin/pkg/dataplane/linux/dataplane_linux.go: what pods take for their gateway; the node's veths answer for it by proxy ARP. */
export const GATEWAY = '169.254.1.1';
export const VETH_MAC = 'ee:ee:ee:ee:ee:ee';
export const GATEWAY6 = 'fe80::ecee:eeff:feee:eeee';
/** IPv4NormalRoutePriority (felix/config/config_params.go), on local and BGP routes from 3.32. */
export const METRIC = 1024;
/** DeviceRouteProtocol of cluster routes. */
export const FELIX_PROTO = '80';
