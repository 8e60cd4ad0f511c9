import type { WordsByCode } from './words.ts';

/** What Calico's settings and pools can have wrong, and what its answers rest on. */
export const CALICO: WordsByCode = {
  CALICO_UNSUPPORTED: {
    summary: 'this part of Calico is not modelled',
    paragraphs: [
      'The nftables and eBPF data planes, WireGuard, and policies on the network of another plugin are not built, so nothing is answered about them.',
    ],
  },
  CALICO_BLOCK_SIZE: {
    summary: 'the blocks do not fit into their pool',
    paragraphs: ['A pool is cut into blocks of /20 to /32 (IPv6: /116 to /128), none larger than the pool itself.'],
    hint: 'state pools[].blockSize; the default is 26, for IPv6 122',
  },
  CALICO_POOL_OVERLAP: {
    summary: 'a pool overlaps another one, or the addresses of the nodes',
    paragraphs: [
      'Calico refuses pools that overlap. Where a pool holds addresses of nodes, packets to these nodes are taken for packets to pods: they are not masqueraded, and may go by a tunnel.',
    ],
    hint: 'give the pool a range of its own',
  },
  CALICO_NO_IPIP6: {
    summary: 'a pool of IPv6 asks for IP-in-IP, which carries none',
    paragraphs: ['ipipMode is for pools of IPv4 only.'],
    hint: 'use vxlan, or no encapsulation',
  },
  CALICO_IPIP_ON_AZURE: {
    summary: 'the network of Azure drops IP-in-IP',
    paragraphs: ['The virtual networks of Azure carry TCP, UDP and ICMP; IP protocol 4 is dropped without a word.'],
    hint: 'use vxlan',
  },
  CALICO_FABRIC_BGP: {
    summary: 'the router between the subnets is taken to know the blocks of the nodes',
    paragraphs: [
      'Without encapsulation, packets to pods of another subnet pass a router as they are, so it has to know the blocks: as a BGP peer of the nodes, or by static routes.',
    ],
    hint: 'state bgp.fabric: false where it does not',
  },
  ASSUMED_CALICO_BLOCK: {
    summary: 'a node was given a block of a pool',
    paragraphs: [
      'The input has no IPAMBlock of the node and no pod with an address there, so the next free block was taken. Calico starts looking at a random place.',
    ],
    hint: 'add the output of `kubectl get ipamblocks.crd.projectcalico.org -o yaml`',
  },
};
