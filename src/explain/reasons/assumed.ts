import type { WordsByCode } from './words.ts';

const changed = 'the line after it says which key or option states it';

/** What an answer rests on that the input did not say, and what it leaves out. */
export const ASSUMED: WordsByCode = {
  ASSUMED_NODE_IP: {
    summary: 'a node was given an address',
    paragraphs: ['The input states none, so the next free address of subnets.nodes was taken.'],
    hint: changed,
  },
  ASSUMED_POD_CIDR: {
    summary: 'a node was given a pod range',
    paragraphs: [
      'The input states none, so the next free part of subnets.pods was taken, in the order of the controller, or of the leases of flannel.',
    ],
    hint: changed,
  },
  ASSUMED_POD_IP: {
    summary: 'a pod was given an address',
    paragraphs: [
      "The input states none, so the next free address of its node's range was taken, as the IPAM plugin host-local does: from .2 on, since .1 is the bridge.",
    ],
    hint: changed,
  },
  ASSUMED_STATE: {
    summary: 'a line of state that the packet met is assumed',
    paragraphs: [
      'The line rests on a fact that nobody has verified, or on a default that the input does not state. With -v, the steps concerned are marked.',
    ],
    hint: 'compare `k8snet node` with the real node',
  },
  FABRIC_TTL: {
    summary: 'it is assumed whether the network between the nodes counts as a hop',
    paragraphs: ['A router takes one off the TTL; the networks of clouds are taken not to.'],
    hint: 'state fabric.ttlDecrement',
  },
  FABRIC_UNSUPPORTED: {
    summary: 'this kind of network between the nodes is not modelled',
    paragraphs: ['It is taken for a plain switched segment.'],
  },
  NODE_SUBNET: {
    summary: 'the range of the nodes is assumed',
    paragraphs: [
      'The input does not say how long the prefix of the node network is; nodes with near addresses are taken to share a segment.',
    ],
    hint: 'state subnets.nodes',
  },
  NODES_FROM_PODS: {
    summary: 'nodes are known from their pods only',
    paragraphs: [
      'The input has pods and no nodes. Their names and addresses are taken from the pods; pod ranges, annotations and all else are missing.',
    ],
    hint: 'add the output of `kubectl get nodes -o yaml`',
  },
  INFERRED_VNET: {
    summary: 'the range of the virtual network was told from the dump',
    paragraphs: ["AKS writes it into the map of the masquerading agent where pods share the nodes' subnet."],
    hint: changed,
  },
  INFERRED_PLUGIN: {
    summary: 'the network plugin was told from the dump',
    paragraphs: [
      'A DaemonSet, annotations on nodes or a configuration show it; the evidence stands with the assumption.',
    ],
    hint: '--plugin says otherwise',
  },
  INFERRED_SETTING: {
    summary: 'a setting of the plugin was told from the dump',
    paragraphs: ['The evidence stands with the assumption.'],
    hint: changed,
  },
  INFERRED_SUBNETS_NODES: {
    summary: 'the range of the nodes was told from the dump',
    paragraphs: ['It is the smallest range that fits what the dump shows.'],
    hint: 'state subnets.nodes',
  },
  INFERRED_SUBNETS_PODS: {
    summary: 'the range of the pods was told from the dump',
    paragraphs: [
      'It stands in the configuration of the plugin or of kube-proxy, or is the smallest that holds all podCIDRs.',
    ],
    hint: 'state subnets.pods',
  },
  INFERRED_SUBNETS_SERVICES: {
    summary: 'the range of the services was told from the dump',
    paragraphs: ['It stands in the arguments of the API server, or holds the ClusterIPs that are there.'],
    hint: 'state subnets.services',
  },
  VTEP_MAC: {
    summary: 'the MAC addresses of the VXLAN devices are made up',
    paragraphs: [
      'flanneld draws them at random and publishes them in annotations or leases, which the input does not have.',
    ],
    hint: 'add the annotation flannel.alpha.coreos.com/backend-data to the nodes',
  },
  WIREGUARD: {
    summary: 'what WireGuard does is taken from its documentation',
    paragraphs: ['The model was compared with the Linux kernel for the other back ends, and not for this one.'],
  },
  POLICIES_NOT_ENFORCED: {
    summary: 'the input has network policies, and the plugin enforces none',
    paragraphs: [
      'flannel and kubenet ignore NetworkPolicy objects. Another component (Calico as in canal, kube-router, kube-network-policies) may enforce them; that is not modelled yet.',
    ],
    hint: 'do not take "reachable" for "allowed" where such a component runs',
  },
  UNKNOWN_WORKLOAD: {
    summary: 'no pod belongs to that workload',
    paragraphs: [
      'deploy/x, sts/x, ds/x and job/x stand for the first pod that the workload owns in the namespace. In a cluster file, pods of the short form have no owner.',
    ],
    hint: 'name a pod instead, or the namespace with -n',
  },
  UNKNOWN_CODE: {
    summary: 'there is no such code',
    paragraphs: ['Codes are upper-case words with underscores, as NO_SUBNET_LEASE.'],
    hint: '`k8snet explain` lists all of them',
  },
};
