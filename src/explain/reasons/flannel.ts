import type { WordsByCode } from './words.ts';

/** What flannel's configuration and leases can have wrong. */
export const FLANNEL: WordsByCode = {
  FLANNEL_BACKEND: {
    summary: "flannel's backend cannot be as it is stated",
    paragraphs: ['The options of the backend contradict each other or are out of bounds; flanneld would not start.'],
    hint: 'the message says which option',
  },
  FLANNEL_BACKEND_MIXED: {
    summary: 'a node runs another backend than this one',
    paragraphs: [
      'flanneld ignores leases of another backend, so the node is not reached by the others, and its pods are cut off.',
    ],
    causes: ['the configuration was changed, and flanneld was not restarted everywhere'],
    hint: 'restart flanneld on the node that is named',
  },
  FLANNEL_BACKEND_UNSUPPORTED: {
    summary: 'this backend of flannel is not modelled',
    paragraphs: ['flannel has back ends for single clouds and for commands of your own; those are not modelled.'],
    hint: 'modelled: udp, vxlan, host-gw, wireguard, ipip, ipsec, alloc',
  },
  FLANNEL_BLACKHOLE: {
    summary: "flannel's blackhole route swallows what is for the node's own pods",
    paragraphs: [
      'With --ip-blackhole-route flanneld adds a blackhole for the subnet of its node before the first pod is there. The route that the bridge brings has the same range and comes behind it; the kernel takes the first.',
    ],
    hint: 'use --ip-blackhole-route only where pods have routes of their own and no bridge, as with Canal',
  },
  FLANNEL_BR_NETFILTER: {
    summary: 'the kernel module br_netfilter is not loaded, so flanneld does not start',
    paragraphs: [
      'Since v0.26.0 flanneld looks for /proc/sys/net/bridge/bridge-nf-call-iptables and exits where there is none, unless EnableNFTables is set.',
    ],
    hint: '`modprobe br_netfilter`, and a file in /etc/modules-load.d to keep it',
  },
  FLANNEL_CONFIG_INVALID: {
    summary: "flannel's configuration cannot be read",
    paragraphs: [
      'The key `config` in etcd (or net-conf.json in the ConfigMap) must be JSON with a Network that is large enough. flanneld waits or exits until it is.',
    ],
    hint: 'compare with {"Network": "10.1.0.0/16", "Backend": {"Type": "udp"}}',
  },
  FLANNEL_CONFIG_MISSING: {
    summary: "flannel's configuration is not in etcd",
    paragraphs: ['flanneld reads <prefix>/config when it starts, and waits as long as there is no such key.'],
    causes: ['another prefix than flanneld has (--etcd-prefix)', 'etcd was set up anew'],
    hint: 'write it with `etcdctl put /coreos.com/network/config`',
  },
  FLANNEL_UNKNOWN_KEY: {
    summary: 'a key is none that flanneld reads',
    paragraphs: ['flanneld skips what it does not know, without a word: a misspelt option has no effect.'],
    hint: 'check the spelling; the names begin with a capital letter (Network, Backend, Type)',
  },
  FLANNEL_LEASE_INVALID: {
    summary: 'a lease in etcd cannot be read',
    paragraphs: ['flanneld ignores such a lease, so nobody reaches the pods of that range.'],
    hint: 'restart flanneld on the node that holds the range: it writes its lease anew',
  },
  FLANNEL_LEASE_NO_PUBLIC_IP: {
    summary: 'a lease names no public address',
    paragraphs: ["Without the node's address the others do not know where to send packets for the range."],
    hint: 'restart flanneld on that node, if need be with --public-ip',
  },
  FLANNEL_LEASE_OUTSIDE_NETWORK: {
    summary: "a lease lies outside of flannel's network",
    paragraphs: [
      'The Network in the configuration was changed after the lease was made. Routes and rules of the new network do not cover the old range.',
    ],
    hint: 'delete the old lease and restart flanneld and the pods on that node',
  },
  FLANNEL_LEASE_UNKNOWN_NODE: {
    summary: 'a lease belongs to no node of the input',
    paragraphs: [
      'No node has the public address of the lease. Packets for its range are sent to that address and never answered.',
    ],
    causes: [
      'the node is gone, and its lease has not run out (24 hours)',
      'flanneld published another address than the node has (--public-ip, --iface)',
    ],
    hint: 'add the node to the input, or delete the lease',
  },
  FLANNEL_LEASE_NOT_PODCIDR: {
    summary: "a node's lease is another range than its podCIDR",
    paragraphs: [
      'With leases in etcd, flanneld chooses a range of its own and does not look at the podCIDR that Kubernetes gave the node. The pods get addresses of the lease.',
    ],
    hint: 'nothing is wrong if pods are given addresses by docker0 or by subnet.env; else use the kube subnet manager',
  },
  FLANNEL_NETWORK_MISSING: {
    summary: 'flannel needs a network',
    paragraphs: ['The range that all pod addresses are taken from is the one setting that flannel cannot do without.'],
    hint: 'state subnets.pods',
  },
  FLANNEL_NETWORK_MISMATCH: {
    summary: "flannel's network is not the range of the pods",
    paragraphs: [
      "The Network in flannel's configuration must contain the pod range of every node (--cluster-cidr of the controller manager). Otherwise flanneld exits, or pods outside of it are masqueraded and not routed.",
    ],
    hint: 'make Network in the ConfigMap kube-flannel-cfg and --cluster-cidr the same',
  },
  FLANNEL_NODE_IGNORED: {
    summary: 'a node has not been set up by flanneld, and the others ignore it',
    paragraphs: [
      'With the kube subnet manager, each flanneld writes annotations to its node. Nodes without them are left out by all others.',
    ],
    causes: ['no flannel pod runs on the node (a taint, a node selector)', 'flanneld fails there'],
    hint: 'look at the flannel pod of that node',
  },
  FLANNEL_NODE_WITHOUT_LEASE: {
    summary: 'a node has no lease',
    paragraphs: ['No lease in etcd names an address of the node, so no other node knows where its pods are.'],
    causes: ['flanneld does not run there, or cannot reach etcd', 'its lease ran out'],
    hint: 'look at flanneld on that node',
  },
  FLANNEL_NO_INTERFACE: {
    summary: 'flanneld finds no network card to use',
    paragraphs: [
      'Without options flanneld takes the card of the default route; --iface and --iface-regex name others. None that fits is there, so it exits.',
    ],
    hint: 'check --iface and the addresses of the node',
  },
  FLANNEL_NO_IPV6: {
    summary: 'this backend carries no IPv6',
    paragraphs: ['IPv6 and dual stack work with the back ends vxlan, wireguard and host-gw.'],
    hint: 'use one of those',
  },
  FLANNEL_NO_PODCIDR: {
    summary: 'a node has no pod range',
    paragraphs: ['With the kube subnet manager flanneld takes the podCIDR of its node, and exits where there is none.'],
    hint: 'start kube-controller-manager with --allocate-node-cidrs=true and --cluster-cidr; in a cluster file state podCIDR',
  },
  FLANNEL_POD_OUTSIDE_LEASE: {
    summary: "a pod's address is not of its node's lease",
    paragraphs: ['Packets for it go to the node that holds the range, or to none.'],
    causes: ['the lease changed, and the pod was not restarted', 'docker0 was not set up from subnet.env'],
    hint: 'restart the pod; check that docker0 or cni0 has the range in /run/flannel/subnet.env',
  },
  FLANNEL_PUBLIC_IP: {
    summary: "the node's public address is not that of its network card",
    paragraphs: [
      'host-gw needs nodes that see each other directly: the address that is published must be the one on the card.',
    ],
    hint: 'use vxlan behind address translation',
  },
  FLANNEL_HOST_GW_NOT_ON_LINK: {
    summary: 'host-gw cannot reach nodes of another segment',
    paragraphs: [
      'host-gw makes the other node the next hop. A next hop must be on the same segment, so no route is made to nodes behind a router, and their pods are cut off.',
    ],
    hint: 'use vxlan with directRouting: it routes where it can and tunnels elsewhere',
  },
  FLANNEL_VERSION: {
    summary: 'the setting is newer than this release of flannel',
    paragraphs: ['The release that is stated does not know the setting.'],
    hint: 'leave `version` out for the newest release',
  },
};
