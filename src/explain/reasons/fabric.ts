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
  FABRIC_OVERLAY_ONLY: {
    summary: 'only nodes of the cluster reach the pods of an overlay',
    paragraphs: [
      'The network keeps the ranges of an overlay in a domain of their own. Machines beside the cluster, peers and the internet have no route there, and none can be added.',
    ],
    hint: 'use a Service of type LoadBalancer (an internal one for the virtual network) or NodePort',
  },
  FABRIC_SECURITY_GROUP: {
    summary: 'a network security group does not let the packet pass',
    paragraphs: [
      'The group of a subnet looks at the first packet of a flow, when it leaves the subnet and when it enters one; answers pass by themselves. In Overlay it sees the addresses of pods.',
    ],
    causes: [
      'a rule denies it',
      'no rule allows it, and the last of the default rules denies what is left',
      "in Overlay: a rule of its own has left out the pods' range",
    ],
    hint: 'allow nodes to nodes, nodes to pods, and pods to pods, on all ports',
  },
  FABRIC_NO_OUTBOUND: {
    summary: 'nothing translates the source for the internet',
    paragraphs: [
      "A private address reaches the internet only translated. Azure's load balancer translates the first address of a network card and not its secondary ones, which is why the nodes masquerade their pods.",
    ],
    causes: ['outbound type none', 'the masquerading agent was told to spare the internet'],
    hint: 'let the node masquerade, or use a NAT gateway',
  },
  FABRIC_PLATFORM_SOURCE: {
    summary: "the cloud's own services answer the node's address alone",
    paragraphs: [
      'DNS at 168.63.129.16 and metadata at 169.254.169.254 belong to the virtual machine. What else pods send there keeps their own address, which gets no answer.',
    ],
    hint: 'look at the SNAT rules of the node, chains SWIFT and SWIFT-POSTROUTING',
  },
  FABRIC_PRIVATE_ADDRESS: {
    summary: 'a private address cannot be reached from the internet',
    paragraphs: [
      'Only a public address leads into a virtual network: that of a load balancer or of a virtual machine.',
    ],
    hint: 'use a Service of type LoadBalancer',
  },
  FABRIC_HOST_STRAY: {
    summary: 'a machine under fabric.hosts is in no known network',
    paragraphs: ['Its address lies neither in a subnet of the nodes nor in the virtual network, so it is left out.'],
    hint: 'name its range under fabric.vnet or fabric.subnets',
  },
  FABRIC_RULE_UNKNOWN: {
    summary: 'a rule of a security group cannot be judged',
    paragraphs: [
      'It names a service tag or a protocol whose meaning is not known here. It is left out, so the answer may be another one where it matters.',
    ],
    hint: 'write the ranges instead of the tag',
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
