import type { Plugin } from '../plugin.ts';

/** kernel: the state was rebuilt and measured on a real kernel; source: read in flannel's source; assumed: neither. */
export const MODELLED: Plugin['modelled'] = [
  { what: 'udp: tun device, flanneld and its table, docker0', known: 'kernel' },
  { what: 'vxlan, DirectRouting, dual stack', known: 'kernel' },
  { what: 'host-gw, dual stack', known: 'kernel' },
  { what: 'masquerade and forward rules, iptables and nftables', known: 'kernel' },
  { what: 'masquerade and forward rules of releases before v0.21.3', known: 'source' },
  { what: 'cni0 with hairpin, host ports, ip-masq=false', known: 'kernel' },
  { what: 'ipip, DirectRouting', known: 'kernel' },
  { what: 'ipsec: xfrm policies; cryptography is not', known: 'source' },
  { what: 'wireguard: devices, peers, allowed-ips', known: 'assumed' },
  { what: "Docker's published ports and MACs", known: 'assumed' },
  { what: 'leases: podCIDRs, node annotations, etcd', known: 'source' },
];
