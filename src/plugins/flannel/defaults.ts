/** Every number that flannel has by itself, with where it stands. Options of backends have theirs in backend.ts. */

/** Documentation/configuration.md: `--etcd-endpoints`, `--etcd-prefix` (main.go). */
export const ETCD_ENDPOINTS = ['http://127.0.0.1:4001', 'http://127.0.0.1:2379'] as const;
export const ETCD_PREFIX = '/coreos.com/network';

/** The release whose state is built where none is named. */
export const VERSION = '0.28.9';

/** Bytes that each backend takes off the MTU of the node's interface: `FLANNEL_MTU` (pkg/backend/<type>). */
export const OVERHEAD = {
  /** IPv4 and UDP. */
  udp: 28,
  /** IPv4, UDP, VXLAN, inner Ethernet. */
  vxlan: 50,
  /** The kernel itself takes 70 off a device that tunnels over IPv6; measured. */
  vxlan6: 70,
  /** IPv6, UDP and 32 of WireGuard's own, whichever family the outer packet has. */
  wireguard: 80,
  ipip: 20,
  ipsec: 77,
  ipsecUdp: 85,
} as const;

/**
 * What ESP in tunnel mode with flannel's aes128gcm16 adds to a packet (RFC 4303, RFC 4106): outer IPv4 20, SPI and sequence number 8, IV 8, padding and trailer
 * 2 to 5, tag 16. flannel reserves more, for other proposals. Not measured.
 */
export const ESP_OVERHEAD = 56;
/** With a UDP header in front (RFC 3948). */
export const ESP_UDP_OVERHEAD = ESP_OVERHEAD + 8;

/** The kernel's default VXLAN port, which a Port of 0 leaves in place (drivers/net/vxlan). */
export const VXLAN_PORT = 8472;
/** pkg/backend/ipsec/handle_xfrm.go */
export const IPSEC_REQID = 11;
/** The name of the CNI network in Documentation/kube-flannel.yml; the bridge is cni0. */
export const CNI_NETWORK = 'cbr0';
/** `--kube-annotation-prefix` */
export const ANNOTATIONS = 'flannel.alpha.coreos.com';
/** The mark that kube-proxy masquerades by, which flannel leaves alone (pkg/trafficmngr). */
export const KUBE_MARK = 0x4000;
