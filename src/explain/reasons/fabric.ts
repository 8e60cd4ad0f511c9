import type { WordsByCode } from './words.ts';

/** What the network between the nodes can say, and what is not modelled or missing in the input. */
export const FABRIC: WordsByCode = {
  FABRIC_NO_ROUTE: {
    summary: 'the network between the nodes has no route for the destination',
    paragraphs: [
      'A cloud network looks at the destination of every packet in its route table. Without an entry for a pod range it does not know which node to give the packet to, and drops it.',
    ],
    causes: ["the route for that node's pod range is missing", 'the limit of the route table is reached'],
    hint: 'add a route for the pod range with the node as next hop',
  },
  FABRIC_ANTISPOOF: {
    summary: "the network accepts only the node's own addresses from its network card",
    paragraphs: [
      "Clouds drop packets whose source or destination is none of the network card's addresses, unless IP forwarding is on for it (AWS: source/destination check off; Google: canIpForward).",
    ],
    causes: ['IP forwarding is off for the node', "a pod's address leaves the node without masquerade"],
    hint: "turn on IP forwarding for the node's network card, or masquerade the pods' addresses",
  },
  FABRIC_PROTOCOL_FILTERED: {
    summary: 'the network between the nodes does not let this protocol or port pass',
    paragraphs: ['A security group, firewall or the cloud itself drops this kind of packet between nodes.'],
    causes: [
      'the port of the tunnel is closed between nodes (udp 8285, 8472, 4789, 51820)',
      'the cloud does not carry IP-in-IP',
    ],
    hint: "open the tunnel's port between all nodes",
  },
  FABRIC_PROTOCOL_UNKNOWN: {
    summary: 'a filter of the fabric names a protocol that is not known',
    paragraphs: ['Without the protocol the filter would hold for every packet, so it is left out.'],
    hint: 'tcp, udp, sctp, icmp, icmpv6, ipip, esp, gre, vrrp or ipv6',
  },
  FABRIC_ROUTE_STRAY: {
    summary: 'a static route of the fabric leads nowhere',
    paragraphs: [
      "The next hop is in none of the subnets that the router has a link in. Linux refuses such a route ('Nexthop has invalid gateway'), and so it is left out.",
    ],
    hint: 'compare fabric.routes with subnets.nodes',
  },
  FABRIC_UNKNOWN_MAC: {
    summary: 'nobody on the segment has the MAC address',
    paragraphs: ['The frame goes to a MAC address that no network card of the segment has.'],
    hint: 'look for a wrong fixed neighbour entry',
  },
  FABRIC_MTU: {
    summary: 'the packet is longer than the network between the nodes carries',
    paragraphs: ['The network drops it silently: a switch does not fragment and sends no ICMP.'],
    causes: ["the MTU of the node's network card is larger than that of the network"],
    hint: 'set the MTU of the nodes to what the network carries',
  },
  MISSING_INPUT_NETNS: {
    summary: 'the input says nothing about that machine',
    paragraphs: ['The packet goes to a machine that the input does not describe, so its way cannot be told.'],
    hint: 'add the node or pod to the cluster file',
  },
  MISSING_INPUT_SEGMENT: {
    summary: 'the input says nothing about that network',
    paragraphs: ['A network card is plugged into a network that the input does not describe.'],
    hint: 'describe it under `fabric:`',
  },
  UNSUPPORTED_BROADCAST: {
    summary: 'broadcast is not modelled',
    paragraphs: ['k8snet follows packets to one receiver only.'],
  },
  UNSUPPORTED_MULTICAST: {
    summary: 'multicast is not modelled',
    paragraphs: ['k8snet follows packets to one receiver only.'],
  },
};
