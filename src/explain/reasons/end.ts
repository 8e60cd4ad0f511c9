import type { WordsByCode } from './words.ts';

/** How a walk can end well, and what happens to answers. */
export const END: WordsByCode = {
  DELIVERED: {
    summary: 'the packet arrived',
    paragraphs: [
      'The packet got to the network namespace that has the destination address, and nothing there refused it.',
    ],
  },
  TO_INTERNET: {
    summary: 'the packet left for the internet',
    paragraphs: [
      'The packet left the cluster and its network. What happens outside is not modelled; the answer is taken to come back to the source address that the packet left with.',
    ],
  },
  TO_VNET: {
    summary: 'the packet went to a machine of the virtual network',
    paragraphs: [
      'Its address lies in the virtual network, and in no subnet whose machines the input describes. The network delivers it; what the machine does with it is not modelled.',
    ],
    hint: 'name the machine under fabric.hosts, and it is followed to its end',
  },
  TO_PEER: {
    summary: 'the packet went to another virtual network',
    paragraphs: [
      'A peering joins the two networks. Route tables and security groups of the other one are not known here.',
    ],
  },
  TO_GATEWAY: {
    summary: "the packet left by the virtual network's gateway",
    paragraphs: ['A VPN or ExpressRoute gateway carries it on. What lies behind it is not modelled.'],
  },
  TO_APPLIANCE: {
    summary: 'the packet went to an appliance, which the input does not describe',
    paragraphs: [
      'A user-defined route sends it to a firewall or another virtual appliance. What that lets pass, and under which address, is not modelled.',
    ],
    hint: 'name it under fabric.hosts with ipForwarding and masquerade: true, and the packet is followed through it',
  },
  TO_PLATFORM: {
    summary: "the packet went to the cloud's own services",
    paragraphs: ['168.63.129.16 gives DNS and DHCP, 169.254.169.254 metadata: every host answers for them itself.'],
  },
  PORT_CLOSED: {
    dropReasons: ['NO_SOCKET'],
    summary: 'nobody listens on the port',
    paragraphs: [
      'The packet reached the machine, but no socket is open on this port and protocol. The kernel answers TCP with a reset and UDP with an ICMP "port unreachable", so the client sees "connection refused" at once.',
    ],
    causes: [
      'the application listens on another port',
      'it listens on 127.0.0.1 only',
      'the wrong protocol was asked for',
    ],
    hint: 'check with `ss -lntu` in the pod which ports are open',
  },
  REPLY_NOT_RECOGNISED: {
    summary: 'the answer came back, but from an address that the sender did not ask',
    paragraphs: [
      'The answer reached the sender, but its addresses are not the reverse of what was sent. The sender has no socket that it fits, and drops it.',
      'This happens when a rule rewrites one direction only, or when the answer takes a way around the machine whose connection tracking would undo the translation.',
    ],
    causes: ['the answer bypasses the node that translated the question', 'source NAT of the answer on its way back'],
    hint: 'let the answer go back through the node that did the translation, for example with source NAT there',
  },
  REPLY_ASTRAY: {
    summary: 'the answer went to another machine',
    paragraphs: ['The answer was delivered, but not to the namespace that sent the question.'],
    causes: ['two machines with the same address', 'a route that leads the source address elsewhere'],
    hint: 'look where the source address of the question is routed on the way back',
  },
  LOOP: {
    summary: 'the packet goes round in circles',
    paragraphs: [
      'The packet came by the same device for the second time with the same headers. It would go on until its TTL is used up.',
    ],
    causes: ['two routers that each take the other for the next hop', 'a default route for addresses that nobody has'],
    hint: 'compare the routes of the hosts that repeat in the path',
  },
  TTL_EXPIRED: {
    dropReasons: ['IP_INHDR'],
    summary: 'the TTL ran out',
    paragraphs: [
      'Each router takes one off the time to live, and the one that would make it zero drops the packet. A router of Linux says so by ICMP "time exceeded"; flanneld of the udp backend drops it silently.',
    ],
    causes: ['the packet was sent with a small --ttl, as traceroute does', 'the way is longer than expected', 'a loop'],
    hint: 'send with a larger --ttl',
  },
};
