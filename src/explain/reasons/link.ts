import type { WordsByCode } from './words.ts';

/** What links, bridges and tunnels can say. */
export const LINK: WordsByCode = {
  UNSUPPORTED_BPF: {
    summary: 'an eBPF program that is not modelled takes the packet',
    paragraphs: [
      'Programs of Cilium translate addresses of Services and enforce policies before the kernel looks at routes and rules. What they would do with this packet is not known here.',
    ],
    hint: 'ask for a pod that stands behind the Service, or look with `cilium-dbg service list` on the node',
  },
  LINK_DOWN: {
    dropReasons: ['DEV_READY'],
    summary: 'the link is down',
    paragraphs: ['The device that the packet must pass is not up.'],
    hint: '`ip link set <link> up`',
  },
  NOWHERE: {
    summary: 'the device leads nowhere',
    paragraphs: ['The route points to a dummy or loopback device, where packets end.'],
    hint: 'look why the route points there',
  },
  OTHER_HOST_MAC: {
    dropReasons: ['OTHERHOST'],
    summary: 'the frame is for another MAC address',
    paragraphs: [
      'The frame arrived at a link with another MAC address than the one it is addressed to, and is ignored.',
    ],
    causes: ['a stale or wrong neighbour entry', 'a copy that a flooding or promiscuous bridge made'],
    hint: 'compare `ip neigh` of the sender with `ip link` of the receiver',
  },
  FDB_MISS: {
    summary: 'no forwarding entry says where the MAC address is',
    paragraphs: [
      "A VXLAN device of a plugin learns nothing by itself: for each other node the daemon writes one entry with the MAC address of that node's device and the node's address. Without it the frame is dropped.",
    ],
    causes: ['the daemon on this node has not seen the other node yet', 'the entry was removed by hand'],
    hint: "look at `bridge fdb show dev <device>`; restart the plugin's daemon on this node",
  },
  BRIDGE_NO_HAIRPIN: {
    summary: 'the bridge does not send a frame back out of the port it came in by',
    paragraphs: [
      'The packet has to return to the pod that sent it, as when a pod uses a Service that it is itself behind. A bridge only does this on ports in hairpin mode.',
    ],
    hint: 'turn on hairpin mode (`bridge link set dev <port> hairpin on`; `hairpinMode` of the CNI bridge plugin)',
  },
  MTU_EXCEEDED_BRIDGE: {
    summary: 'the packet is too long for the port of the bridge',
    paragraphs: ['A bridge does not fragment and does not tell the sender: it drops what its port cannot take.'],
    causes: ["the pod's interface has a larger MTU than the bridge or the other pod"],
    hint: 'give all ports of the bridge the same MTU',
  },
  MTU_EXCEEDED_DF: {
    dropReasons: ['PKT_TOO_BIG'],
    summary: 'the packet is too long for the link, and must not be fragmented',
    paragraphs: [
      "The packet has the Don't Fragment flag (IPv6: always) and is longer than the next link takes. The router drops it and tells the sender the size that fits by ICMP; a sender that hears it sends smaller packets.",
    ],
    causes: ["the MTU of the pod's interface does not take the overhead of the tunnel into account"],
    hint: 'send smaller packets (--size), allow fragments (--no-df), or lower the MTU of the pods',
  },
  PMTU_BLACKHOLE: {
    summary: 'the packet is too long, and the message that says so does not get back',
    paragraphs: [
      'The router drops a packet that is too long and may not be fragmented, and sends ICMP "fragmentation needed". That message is lost on its way back, so the sender goes on with the same size: small requests work, large ones hang.',
    ],
    causes: ['a firewall drops ICMP', 'the router has no route back to the source address'],
    hint: 'let ICMP type 3 code 4 (IPv6: type 2) pass, or lower the MTU of the pods',
  },
  TUN_WITHOUT_READER: {
    summary: 'no daemon reads from the tun device',
    paragraphs: ['What is sent to a tun device goes to a process. None is there.'],
    hint: 'start the daemon (flanneld) on that node',
  },
  NO_SUBNET_LEASE: {
    summary: 'flanneld knows no node for the destination',
    paragraphs: [
      'With the udp backend flanneld itself decides where a packet goes: it looks up which node holds the lease of the range that the address is in. No lease covers this address, so it drops the packet.',
      'It does try to send ICMP "network unreachable", but with the address of its own device as the source; the kernel takes that for a martian and drops it, so the sender sees a timeout.',
    ],
    causes: [
      'no node has that range, so no pod can have the address',
      "the node's lease has run out (flanneld there is down for more than a day)",
      'the lease is under another etcd prefix than flanneld reads',
    ],
    hint: 'compare `etcdctl get --prefix /coreos.com/network/subnets` with the address',
  },
  TRUNCATED: {
    summary: "the daemon's buffer cuts the packet off",
    paragraphs: [
      'flanneld reads at most as many bytes as its tun device has MTU; a longer datagram is cut and useless.',
    ],
    causes: ['the nodes have different MTUs'],
    hint: "give the nodes' network cards the same MTU",
  },
  OVERLAY_UNKNOWN_MAC: {
    summary: 'nobody on the overlay has the MAC address',
    paragraphs: [
      'The daemons of the overlay learn which node a MAC address is behind. One that none of them has heard of is flooded to all nodes, and nobody takes the frame.',
    ],
    hint: 'look for the address among the pods and bridges of all nodes',
  },
  OVERLAY_NO_WAY: {
    summary: 'no connection of the overlay leads to the node',
    paragraphs: [
      'The daemons hand frames on from node to node, but there is no chain of connections between these two.',
    ],
    causes: ['a firewall between the nodes', 'the daemon of the other node does not run'],
    hint: "look at the daemons' lists of connections on both nodes",
  },
  OVERLAY_OWN_MAC: {
    summary: 'the frame came from where it is to go',
    paragraphs: [
      "A frame for a MAC address of this node's own bridge came out of that bridge. The switch sends nothing back where it came from.",
    ],
    hint: 'look at `bridge fdb` for the address',
  },
  TUNNEL_UNKNOWN_VNI: {
    summary: 'no tunnel of that VNI is here',
    paragraphs: ['A VXLAN packet arrived whose network identifier no device of this node has.'],
    causes: ['the nodes are configured with different VNIs'],
    hint: 'compare `ip -d link show type vxlan` on both nodes',
  },
  TUNNEL_LOCAL_NOT_OURS: {
    summary: 'the tunnel sends from an address that the node does not have',
    paragraphs: ["The local address of the tunnel device is none of the node's addresses."],
    causes: ['the node got another address, and the device is an old one'],
    hint: "delete the device and restart the plugin's daemon",
  },
  TUNNEL_RECURSION: {
    summary: "the tunnel's own packets are routed into the tunnel",
    paragraphs: [
      'The address of the other node lies in a range that is routed into the tunnel device. The kernel sees the loop and drops.',
    ],
    causes: ['the range of the pods overlaps the range of the nodes'],
    hint: 'choose a pod range that does not contain the addresses of nodes',
  },
  TUNNEL_NO_PEER: {
    summary: 'no WireGuard peer has the destination among its allowed IPs',
    paragraphs: ["WireGuard chooses the peer by the inner destination address. No peer's allowed-ips hold it."],
    hint: 'compare `wg show` with the range of the other node',
  },
  ALLOWED_IPS: {
    summary: 'the sender is not allowed to use that source address in the WireGuard tunnel',
    paragraphs: ["WireGuard accepts from a peer only packets whose source is in that peer's allowed-ips."],
    causes: ["a host packet with the node's own address went into the tunnel"],
    hint: 'compare `wg show` on the receiving node with the source address',
  },
  NO_SUCH_PROTOCOL: {
    dropReasons: ['IP_NOPROTO'],
    summary: 'the host does not know this protocol',
    paragraphs: ["A tunnel's packet arrived at a host that has no such tunnel for it."],
    causes: ['the other node runs another backend', 'the tunnel device is missing'],
    hint: 'check that all nodes use the same backend',
  },
};
