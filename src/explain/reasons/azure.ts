import type { WordsByCode } from './words.ts';

/** What Azure CNI can have wrong, and what is assumed of it. */
export const AZURE: WordsByCode = {
  AZURE_MODE: {
    summary: 'the mode of Azure CNI is assumed',
    paragraphs: [
      "Pods with addresses of the nodes' subnet show the node subnet; all else is taken for Overlay, which AKS makes where nothing else is asked for.",
    ],
    hint: 'state plugin.mode',
  },
  AZURE_VNET: {
    summary: 'the range of the virtual network is assumed',
    paragraphs: [
      'Without fabric.vnet it is that of the nodes, and of the pods where those have a subnet of it. 10.224.0.0/16, which AKS makes itself, is taken to lie in 10.224.0.0/12.',
      'In the mode of the node subnet, what lies in the virtual network is not masqueraded: a wrong range gives another source.',
    ],
    hint: 'state fabric.vnet',
  },
  AZURE_POD_CIDR: {
    summary: 'the pod CIDR of Overlay is assumed',
    paragraphs: ['AKS takes 10.244.0.0/16 where none is named.'],
    hint: 'state subnets.pods',
  },
  AZURE_PROXY: {
    summary: 'what stands for Services on AKS nodes is assumed',
    paragraphs: [
      'AKS starts kube-proxy with InterfaceNamePrefix and azv; with the Cilium data plane there is no kube-proxy, and eBPF programs do its work.',
    ],
    hint: 'state proxy',
  },
  AZURE_NO_POD_RANGE: {
    summary: 'a node has no addresses for its pods',
    paragraphs: [
      'In the modes of a pod subnet and in Overlay, pods have addresses of a range that the input must name.',
    ],
    hint: 'state subnets.pods',
  },
  AZURE_POD_OUTSIDE: {
    summary: 'the address of a pod is in none of the ranges that the mode gives pods',
    paragraphs: [
      'The network delivers only what it lent a node: an address from elsewhere is dropped on its way out, as a forged one.',
    ],
    causes: ['the mode is another one', 'subnets are stated wrong'],
    hint: 'compare plugin.mode and subnets with the addresses of the pods',
  },
  AZURE_OVERLAP: {
    summary: 'the pod CIDR of Overlay overlaps a subnet of the virtual network',
    paragraphs: ['AKS refuses it: addresses of pods must not be those of machines.'],
    hint: 'take another range for pods',
  },
  AZURE_EBPF_UNSUPPORTED: {
    summary: 'eBPF host routing is not modelled',
    paragraphs: [
      "With Advanced Container Networking Services, Cilium's programs carry packets past the node's routes and iptables rules. k8snet follows routes and rules.",
    ],
    hint: 'ask without plugin.ebpfHostRouting: the standard build is followed',
  },
};
