import type { WordsByCode } from './words.ts';

/** What routing, neighbours and source checks can say. */
export const ROUTE: WordsByCode = {
  NO_ROUTE: {
    dropReasons: ['IP_OUTNOROUTES', 'IP_INNOROUTES'],
    summary: 'no route leads to the destination',
    paragraphs: [
      'No routing table that the rules point to has an entry for the destination, not even a default route.',
    ],
    causes: ['the default route is missing', 'the plugin has not (yet) written a route for that node'],
    hint: 'look at `ip route get` on that host',
  },
  BLACKHOLE_ROUTE: {
    dropReasons: ['IP_OUTNOROUTES', 'IP_INNOROUTES'],
    summary: 'a blackhole route swallows the packet',
    paragraphs: [
      'The best route is of type blackhole: the kernel drops without telling anyone. Plugins put one over a whole address block, so that addresses which no pod has are not sent to the default gateway.',
    ],
    causes: ['the pod is gone, or its own route is missing on its node'],
    hint: 'check that the address belongs to a running pod',
  },
  UNREACHABLE_ROUTE: {
    dropReasons: ['IP_OUTNOROUTES', 'IP_INNOROUTES'],
    summary: 'an unreachable route refuses the packet',
    paragraphs: ['The best route is of type unreachable: the kernel answers with ICMP "host unreachable".'],
    hint: 'look who wrote that route with `ip route`',
  },
  PROHIBIT_ROUTE: {
    dropReasons: ['IP_OUTNOROUTES', 'IP_INNOROUTES'],
    summary: 'a prohibit route refuses the packet',
    paragraphs: ['The best route is of type prohibit: the kernel answers with ICMP "administratively prohibited".'],
    hint: 'look who wrote that route with `ip route`',
  },
  NO_SOURCE_ADDRESS: {
    summary: 'there is no address to send from',
    paragraphs: ['The way out is known, but no link of the host has an address of this family to use as the source.'],
    causes: ['the pod or node has no address of this family'],
    hint: 'ask for the other family with -4 or -6, or give the host an address',
  },
  FORWARDING_OFF: {
    dropReasons: ['IP_INADDRERRORS'],
    summary: 'the host does not route for others',
    paragraphs: [
      'The packet is not for this host, and ip_forward is off, so the kernel drops it. Every node that carries pods must forward.',
    ],
    causes: ['net.ipv4.ip_forward is 0, as after a fresh installation or a hardening script'],
    hint: 'set net.ipv4.ip_forward to 1 (IPv6: net.ipv6.conf.all.forwarding)',
  },
  NEIGHBOUR_UNRESOLVED: {
    dropReasons: ['NEIGH_FAILED'],
    summary: 'the next hop does not answer',
    paragraphs: [
      'The route says that the next hop is on this link, but no machine there answers the ARP request (IPv6: neighbour solicitation) for it. After about three seconds the kernel gives up, and reports "host unreachable" to the sender.',
    ],
    causes: [
      'no pod has that address',
      'the machine is down or on another segment',
      "its rp_filter does not accept the asker's address, so it does not answer",
    ],
    hint: "check who has the next hop's address, and on which segment",
  },
  RP_FILTER: {
    dropReasons: ['IP_RPFILTER'],
    summary: 'the reverse path filter drops the packet',
    paragraphs: [
      'With rp_filter the kernel accepts a packet only if it would route an answer back out of the link that the packet came in by (strict, 1), or out of any link at all (loose, 2).',
    ],
    causes: ['the answer would leave by another link (asymmetric routes)', 'no route leads back to the source address'],
    hint: 'set rp_filter to 2 or 0 on that link, or make the routes symmetric',
  },
  MARTIAN_SOURCE: {
    dropReasons: ['IP_LOCAL_SOURCE', 'IP_INVALID_SOURCE'],
    summary: 'the source address cannot come from there',
    paragraphs: [
      "The packet comes in with a source that is impossible on this link: one of the host's own addresses, a multicast address, or 127.0.0.0/8. The kernel counts it as a martian and drops it.",
    ],
    causes: ['two machines with the same address', 'a packet that returned to the host that sent it'],
    hint: 'look for the address a second time; net.ipv4.conf.<link>.accept_local=1 accepts own addresses',
  },
  MARTIAN_DESTINATION: {
    summary: 'the destination address is not allowed on a wire',
    paragraphs: ['A packet to 127.0.0.0/8 or 0.0.0.0 came in from outside of the host; the kernel drops it.'],
    hint: 'route_localnet=1 allows 127.0.0.0/8 on a link',
  },
};
