import type { Node } from '../model/cluster.ts';
import { type Evidence, findComponent, labelOf, nodeAnnotation } from './infer-evidence.ts';

/** A plugin's name and what shows it. */
export type Guess = { readonly name: string; readonly evidence: string };

type Sign = (evidence: Evidence) => string | undefined;

const daemon =
  (name: RegExp, image?: RegExp): Sign =>
  (evidence) => {
    const found = findComponent(evidence, name, image);
    return found && labelOf(found);
  };
const annotation =
  (prefix: string): Sign =>
  (evidence) =>
    nodeAnnotation(evidence, prefix);
const configMap =
  (name: string): Sign =>
  (evidence) =>
    evidence.configMap(name)?.label;

/**
 * The signs of each plugin, the surest first. flannel stands before Calico: with both (Canal), flannel carries the packets. Clouds stand
 * last: what they run by default is only clear where nothing else shows.
 */
const SIGNS: readonly (readonly [name: string, ...signs: readonly Sign[]])[] = [
  ['flannel', annotation('flannel.alpha.coreos.com/'), daemon(/^(kube-flannel|canal$)/), configMap('kube-flannel-cfg')],
  // On AKS Cilium stands on Azure CNI's addresses, which azure-cns gives out.
  ['azure-cni', daemon(/^azure-cns(?!-win)/)],
  ['cilium', daemon(/^(cilium|anetd)$/), annotation('network.cilium.io/'), annotation('io.cilium.')],
  ['kindnet', daemon(/^kindnet$/, /\/kindnetd[:@]/)],
  ['weave', daemon(/^weave-net$/, /\/weave-kube[:@]/)],
  ['aws-vpc-cni', daemon(/^aws-node$/)],
  ['antrea', daemon(/^antrea-agent/), annotation('node.antrea.io/')],
  ['ovn-kubernetes', daemon(/^ovnkube-node/), annotation('k8s.ovn.org/')],
  ['kube-router', daemon(/^kube-router$/)],
  ['nsx', daemon(/^nsx-(node-agent|ncp)/)],
  [
    'calico',
    (evidence) => (onAzure(evidence.nodes) ? undefined : daemon(/^calico-node$/, /\/calico\/node[:@]/)(evidence)),
    annotation('projectcalico.org/'),
    (evidence) => evidence.podAnnotation('cni.projectcalico.org/podIP'),
    configMap('calico-config'),
  ],
  ['azure-cni', daemon(/^azure-cn[si]/), (evidence) => azure(evidence.nodes, false)],
  ['kubenet', (evidence) => azure(evidence.nodes, true), (evidence) => routedByCloud(evidence.nodes)],
];

/** The plugin that the input shows, or undefined. */
export const guessPlugin = (evidence: Evidence): Guess | undefined => {
  for (const [name, ...signs] of SIGNS) {
    for (const sign of signs) {
      const found = sign(evidence);
      if (found !== undefined) return { name, evidence: found };
    }
  }
  return undefined;
};

const onAzure = (nodes: readonly Node[]): boolean => azureNode(nodes) !== undefined;

const azureNode = (nodes: readonly Node[]): Node | undefined =>
  nodes.find(
    (node) => node.providerID?.startsWith('azure://') || node.labels['kubernetes.azure.com/cluster'] !== undefined,
  );

/** On AKS, kubenet needs podCIDRs and Azure CNI has none. */
const azure = (nodes: readonly Node[], withRanges: boolean): string | undefined => {
  const node = azureNode(nodes);
  if (!node || nodes.some(({ podCIDRs }) => podCIDRs.length > 0) !== withRanges) return undefined;
  return `node ${node.name} in ${node.place.file} is Azure's and has ${withRanges ? 'a' : 'no'} podCIDR`;
};

/** Nodes of a cloud with podCIDRs and no network daemon: its route table carries the pods. */
const routedByCloud = (nodes: readonly Node[]): string | undefined => {
  const node = nodes.find(({ providerID, podCIDRs }) => cloudOf(providerID) !== undefined && podCIDRs.length > 0);
  return (
    node &&
    `node ${node.name} in ${node.place.file} has a podCIDR and providerID ${node.providerID}, and no network daemon shows`
  );
};

/** The cloud that a providerID names. */
export const cloudOf = (providerID: string | undefined): 'azure' | 'gce' | 'aws' | undefined =>
  (['azure', 'gce', 'aws'] as const).find((cloud) => providerID?.startsWith(`${cloud}://`));
