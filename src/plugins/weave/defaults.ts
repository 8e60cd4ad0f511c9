/** Every number that Weave Net has by itself, with where it stands (rajch/weave 2.9.0, which is weaveworks/weave 2.8.1 in all that packets see). */

/** IPALLOC_RANGE (prog/weave-kube/launch.sh). */
export const RANGE = '10.32.0.0/12';
/** net/bridge.go: 1460 of GCE less IP 20, UDP 8, VXLAN 8, inner Ethernet 14 and ESP 34. */
export const FASTDP_MTU = 1376;
/** net/bridge.go, bridge type `bridge`: the daemon itself fits frames to the way. */
export const BRIDGE_MTU = 65535;
/** What the vxlan device of a datapath takes; 65535 and 65520 are seen with other kernels. */
export const VPORT_MTU = 65485;
/** TCP control and UDP sleeve (router/sleeve.go). */
export const PORT = 6783;
/** UDP, VXLAN of the fast datapath: the port above (router/fastdp.go). */
export const FASTDP_PORT = 6784;
/** CONN_LIMIT (prog/weave-kube/launch.sh). */
export const CONN_LIMIT = 200;

export const BRIDGE = 'weave';
export const BRIDGE_PORT = 'vethwe-bridge';
export const DATAPATH = 'datapath';
export const DATAPATH_PORT = 'vethwe-datapath';
export const PCAP_PORT = 'vethwe-pcap';
export const VPORT = `vxlan-${FASTDP_PORT}`;
/** The name of the CNI network (prog/weave-kube/launch.sh, 10-weave.conflist). */
export const NETWORK = 'weave';

/** Outer IP, UDP, VXLAN, inner Ethernet. */
export const VXLAN_OVERHEAD = 50;
/** ESP in transport mode with AES-GCM: header 8, IV 8, trailer 2, tag 16; the payload is padded to four bytes (net/ipsec/ipsec.go). */
export const ESP_OVERHEAD = 34;
export const ESP_ALIGN = 4;
/** `Effective MTU verified at 1438` on an underlay of 1500 (router/sleeve.go). */
export const SLEEVE_OVERHEAD = 62;
/** Sequence number 8 and authenticator 16 of NaCl secretbox. Not read in a source. */
export const SLEEVE_CRYPTO = 24;

/** Marks of net/ipsec/ipsec.go and npc/constants.go. */
export const IPSEC_MARK = 0x20000;
export const EGRESS_MARK = 0x40000;
/** The group of netlink to which weave-npc logs (npc/ulogd). */
export const NFLOG_GROUP = 86;
