import { say, type WordsByCode } from './words.ts';

/** What plugins say of a cluster, and what they assume. */
export const PLUGIN: WordsByCode = {
  FLANNEL_BACKEND: say(
    "flannel's backend cannot be used as written",
    'The type of the backend, or one of its options, is not what flanneld accepts.',
    '`k8snet schema` lists the types and their options',
  ),
  FLANNEL_BACKEND_MIXED: say(
    'nodes announce different flannel backends',
    "flanneld skips the lease of a node whose backend is another, so the two cannot reach each other's pods.",
    'configure one backend for all nodes and restart flanneld',
  ),
  FLANNEL_BACKEND_UNSUPPORTED: say('this backend of flannel is not modelled', '`k8snet plugins` says which are.'),
  FLANNEL_CONFIG_INVALID: say(
    "flannel's network configuration is invalid",
    'flanneld reads a JSON object with Network and Backend from etcd or its ConfigMap, and stops where it makes no sense.',
  ),
  FLANNEL_CONFIG_MISSING: say(
    "flannel's network configuration is not in etcd",
    'Without the key `config` under its prefix flanneld waits for it, and the node gets no network.',
    'put it there, or give the prefix that flanneld really uses (--etcd-prefix)',
  ),
  FLANNEL_HOST_GW_NOT_ON_LINK: say(
    'host-gw needs all nodes on one link',
    'Its routes name other nodes as next hops, which only works where these are directly reachable; else no route is written.',
    'vxlan, with directRouting to save the tunnel between neighbours',
  ),
  FLANNEL_LEASE_INVALID: say(
    'a flannel lease cannot be read',
    'Its key or value is not what flanneld writes, so it is skipped.',
  ),
  FLANNEL_LEASE_NOT_PODCIDR: say(
    "a node's lease is not its podCIDR",
    'With leases in etcd flannel hands out ranges itself; the podCIDR that Kubernetes assigned is not used.',
  ),
  FLANNEL_LEASE_NO_PUBLIC_IP: say(
    'a flannel lease names no node',
    'Without PublicIP nobody knows where to send packets for the range.',
  ),
  FLANNEL_LEASE_OUTSIDE_NETWORK: say(
    'a flannel lease lies outside of the network',
    'It is left from another configuration. The route to the network does not lead to it.',
    'remove the old lease from etcd',
  ),
  FLANNEL_LEASE_UNKNOWN_NODE: say(
    'a flannel lease belongs to no node of the input',
    'Packets for its range go to an address that the input does not describe.',
    'add the node to the input, or remove the old lease',
  ),
  FLANNEL_NETWORK_MISMATCH: say(
    "a node's pod range lies outside of flannel's network",
    'The routes that flannel writes cover its Network only; pods outside of it are not reached. With the kube subnet manager flanneld refuses to start.',
    "make Network in flannel's configuration the range that Kubernetes assigns podCIDRs from",
  ),
  FLANNEL_NETWORK_MISSING: say(
    "flannel's network is not known",
    'Neither its configuration nor subnets.pods says from which range the nodes get theirs.',
    'give subnets.pods',
  ),
  FLANNEL_NODE_IGNORED: say(
    'the other nodes ignore this node',
    'It does not carry the annotations that flanneld writes at its start, so nobody adds routes to it.',
    'look whether flanneld runs on that node',
  ),
  FLANNEL_NODE_WITHOUT_LEASE: say(
    'a node has no flannel lease',
    'flanneld did not start there, or its lease ran out. Pods of that node cannot be reached from others.',
    'look at the log of flanneld on that node',
  ),
  FLANNEL_NO_INTERFACE: say(
    'flannel finds no interface on a node',
    'No interface of the node is the one that was asked for, or has an address.',
  ),
  FLANNEL_NO_IPV6: say('this backend carries no IPv6', "Of flannel's backends vxlan, wireguard and host-gw do."),
  FLANNEL_NO_PODCIDR: say(
    'a node has no podCIDR',
    'With the kube subnet manager flanneld takes the range from the Node object, and stops where there is none.',
    'let the controller manager allocate them (--allocate-node-cidrs, --cluster-cidr)',
  ),
  FLANNEL_POD_OUTSIDE_LEASE: say(
    "a pod has an address outside of its node's lease",
    'Others send packets for it to the node that holds the lease, and that is not this one.',
    'restart the pod, so that it gets an address of the present lease',
  ),
  FLANNEL_PUBLIC_IP: say(
    'the public address of a node cannot be used',
    'It is no address of the IP version that the backend needs.',
  ),
  FLANNEL_UNKNOWN_KEY: say(
    'flanneld skips a key that it does not know',
    'The configuration holds a key that means nothing to it.',
  ),
  FLANNEL_VERSION: say('this version of flannel is not known', 'Versions are written like v0.26.1.'),
  VTEP_MAC: say(
    'the MAC addresses of VXLAN devices are made up',
    "flanneld lets the kernel draw them at random and publishes them in the node's annotations, which the input does not hold.",
  ),
  WIREGUARD: say('what WireGuard does is not measured', 'It is modelled from its documentation.'),
  KUBENET_NO_PODCIDR: say(
    'a node has no podCIDR',
    "kubenet gives its pods addresses of the node's podCIDR, and without one no pod gets a network.",
    'let the controller manager allocate them (--allocate-node-cidrs, --cluster-cidr)',
  ),
  KUBENET_NO_ROUTE: say(
    "no route leads to a node's pods",
    "kubenet connects pods on one node only; between nodes a route per node must stand in the cloud's route table.",
    'look at the route controller in the cloud controller manager',
  ),
  KUBENET_ROUTE_LIMIT: say(
    'the route table is full',
    'The cloud limits the entries of a route table, and kubenet needs one per node: pods of further nodes are not reached.',
    'fewer nodes, or a plugin without a route per node',
  ),
  FABRIC_TTL: say(
    'what the cloud does to the TTL is assumed',
    'That it takes nothing off, and answers ARP itself, is not documented.',
  ),
  FABRIC_UNSUPPORTED: say('this kind of network between nodes is not modelled', 'A plain segment stands in for it.'),
  NODE_SUBNET: say(
    "the range of the nodes' segment is assumed",
    'The input does not give it; it is the smallest usual one that holds all nodes.',
    'state it under subnets.nodes',
  ),
};
