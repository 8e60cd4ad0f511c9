import * as z from 'zod/mini';
import { address, flag, oneOf, ranges, whole } from '../settings.ts';

const container = z.strictObject({
  primaryIP: z.optional(address().check(z.describe('Its own address'))),
  ips: z.optional(z.array(address()).check(z.describe('Addresses for pods, in a dynamic pod subnet'))),
  blocks: ranges('Blocks of addresses for pods, in a static pod subnet; in Overlay the range of the node'),
});

export const MODES = ['node-subnet', 'pod-subnet', 'pod-subnet-static', 'overlay', 'bridge'] as const;

/** The `plugin:` mapping of a cluster with Azure CNI. */
export const settingsSchema = z.strictObject({
  mode: oneOf(
    MODES,
    "Where pods' addresses come from. overlay: a range of their own; node-subnet: the nodes' subnet; pod-subnet: another subnet, singly; pod-subnet-static: the same, in blocks; bridge: node-subnet as wired before 2021. Default: by the pods' addresses, else overlay",
  ),
  dataplane: oneOf(['iptables', 'cilium'], "AKS's --network-dataplane; default iptables"),
  policy: oneOf(
    ['none', 'azure', 'calico', 'cilium'],
    "AKS's --network-policy; what it enforces is not modelled. Default none",
  ),
  maxPods: whole("--max-pods: how many addresses a node of the nodes' subnet takes for pods; default 30", 10, 250),
  nonMasqueradeCIDRs: ranges(
    'What azure-ip-masq-agent-config adds to the ranges that AKS spares from masquerade (not in the modes of a pod subnet)',
  ),
  networkContainers: z.optional(
    z
      .record(z.string(), container)
      .check(z.describe('What each node was lent for its pods, by its name, as its NodeNetworkConfig says')),
  ),
  swift: oneOf(
    ['cns', 'cni'],
    'Who translates DNS to the platform in a pod subnet: CNS, to the address of the node (from October 2025, and in static blocks), or azure-vnet, to that of the network container. Default cns',
  ),
  imdsRestriction: flag('Pods are kept from the metadata service 169.254.169.254 (AKS IMDS restriction)'),
  localDNS: flag('LocalDNS runs on the nodes: 169.254.10.10 and .11 (on by default from Kubernetes 1.36)'),
  ebpfHostRouting: flag(
    "ACNS's eBPF host routing under the cilium data plane, which passes the host's stack by: not modelled",
  ),
});
