import type { Plugin } from '../plugin.ts';

/** kernel: the state was rebuilt and measured on a real kernel; source: read in the source; assumed: neither. */
export const modelled: Plugin['modelled'] = [
  { what: 'transparent mode: names, MACs, routes, the virtual gateway', known: 'kernel' },
  { what: "bridge mode: azure0, ebtables' MAC addresses and ARP answers", known: 'kernel' },
  { what: 'azure-ip-masq-agent per mode, SWIFT chains, blocked platform ports', known: 'source' },
  { what: "node subnet, pod subnet singly and in blocks, Overlay's routing domain", known: 'source' },
  { what: 'route tables, peerings, security groups, dropped protocols, virtual MAC', known: 'source' },
  { what: "Cilium's wiring, without its programs: Services and policies of eBPF are not", known: 'assumed' },
  { what: 'how the network checks addresses of an overlay; outbound of a pod subnet', known: 'assumed' },
];
