import type { OtherObject } from '../model/cluster.ts';
import { parseIp } from '../net/ip.ts';
import { type Prefix, parsePrefix } from '../net/prefix.ts';
import { type Evidence, findComponent, labelOf } from './infer-evidence.ts';
import type { Finding } from './infer-flannel.ts';
import { listOf, type Mapping, mappingOf, textOf } from './read.ts';
import { valueOfYaml } from './yaml-text.ts';

/** What the service says of a node's network: NodeNetworkConfig (acn.azure.com), by the name of its node. */
type Config = { readonly node: string; readonly containers: readonly Mapping[]; readonly label: string };

const MODES: Readonly<Record<string, string>> = {
  overlay: 'overlay',
  vnetblock: 'pod-subnet-static',
  vnet: 'pod-subnet',
};

const configsOf = ({ others }: Evidence): readonly Config[] =>
  others
    .filter(({ kind }) => kind === 'NodeNetworkConfig')
    .map(({ name, value, place }: OtherObject) => ({
      node: name,
      containers: listOf(mappingOf(value['status'])['networkContainers']).map(mappingOf),
      label: `NodeNetworkConfig ${name} in ${place.file}`,
    }));

const isAddress = (text: string | undefined): text is string => text !== undefined && parseIp(text) !== undefined;
const isRange = (text: string | undefined): text is string => text !== undefined && parsePrefix(text) !== undefined;

// `primaryIP` of a block is the block itself.
const containerOf = ({ containers }: Config): Mapping => {
  const primary = containers.map(({ primaryIP }) => textOf(primaryIP));
  const assigned = containers.flatMap(({ ipAssignments }) =>
    listOf(ipAssignments).map((one) => textOf(mappingOf(one)['ip'])),
  );
  const own = primary.find(isAddress);
  const blocks = [...primary, ...assigned].filter(isRange);
  const ips = assigned.filter(isAddress);
  return {
    ...(own !== undefined && { primaryIP: own }),
    ...(ips.length > 0 && { ips }),
    ...(blocks.length > 0 && { blocks }),
  };
};

const modeOf = (evidence: Evidence, configs: readonly Config[]): Finding | undefined => {
  for (const { containers, label } of configs)
    for (const { type } of containers) {
      const value = MODES[textOf(type) ?? ''];
      if (value !== undefined) return { setting: 'mode', value, evidence: `type ${textOf(type)} of ${label}` };
    }
  const labelled = evidence.nodes.find(
    ({ labels }) =>
      labels['kubernetes.azure.com/podnetwork-type'] === 'overlay' ||
      labels['kubernetes.azure.com/azure-cni-overlay'] === 'true',
  );
  if (labelled)
    return { setting: 'mode', value: 'overlay', evidence: `labels of node ${labelled.name} in ${labelled.place.file}` };
  const cns = findComponent(evidence, /^azure-cns(?!-win)/);
  const ranged = evidence.nodes.find(({ podCIDRs }) => podCIDRs.length > 0);
  if (cns && ranged)
    return { setting: 'mode', value: 'overlay', evidence: `${labelOf(cns)}, and node ${ranged.name} has a podCIDR` };
  if (cns) return { setting: 'mode', value: 'pod-subnet', evidence: `${labelOf(cns)}, and no node has a podCIDR` };
  const [node] = evidence.nodes;
  return (
    node && {
      setting: 'mode',
      value: 'node-subnet',
      evidence: `no azure-cns shows in ${node.place.file}, and no podCIDR`,
    }
  );
};

const dataplaneOf = (evidence: Evidence): readonly Finding[] => {
  const agent = findComponent(evidence, /^cilium$/);
  const labelled = evidence.nodes.find(({ labels }) => labels['kubernetes.azure.com/ebpf-dataplane'] === 'cilium');
  const from = agent ? labelOf(agent) : labelled && `labels of node ${labelled.name} in ${labelled.place.file}`;
  return from === undefined ? [] : [{ setting: 'dataplane', value: 'cilium', evidence: from }];
};

const policyOf = (evidence: Evidence): readonly Finding[] => {
  const engines = [
    ['azure', /^azure-npm/],
    ['calico', /^calico-node$/],
  ] as const;
  return engines.flatMap(([value, name]) => {
    const found = findComponent(evidence, name);
    return found ? [{ setting: 'policy', value, evidence: labelOf(found) }] : [];
  });
};

/** The ranges that a map of the masquerading agent spares. Its keys are written in any case. */
const sparedBy = (
  evidence: Evidence,
  map: string,
  key: string,
): { readonly ranges: readonly string[]; readonly label: string } | undefined => {
  const found = evidence.configMap(map);
  const entries = Object.entries(mappingOf(valueOfYaml(textOf(found?.data[key]) ?? '')));
  const list = entries.find(([name]) => name.toLowerCase() === 'nonmasqueradecidrs')?.[1];
  const ranges = listOf(list)
    .flatMap((one) => textOf(one) ?? [])
    .filter(isRange);
  return found && ranges.length > 0 ? { ranges, label: `${key} of ${found.label}` } : undefined;
};

/** What AKS itself spares: the virtual network's ranges in the node subnet, the pods' in Overlay. */
const reconciled = (evidence: Evidence) =>
  sparedBy(evidence, 'azure-ip-masq-agent-config-reconciled', 'ip-masq-agent-reconciled');

/** Settings of Azure CNI as a dump shows them: NodeNetworkConfigs, DaemonSets, labels of nodes, and the agent's maps. */
export const inferAzure = (evidence: Evidence): readonly Finding[] => {
  const configs = configsOf(evidence);
  const mode = modeOf(evidence, configs);
  // Where nodes have podCIDRs, those are their ranges of the overlay.
  const ranged = mode?.value === 'overlay' && evidence.nodes.every(({ podCIDRs }) => podCIDRs.length > 0);
  const lent = ranged ? [] : configs;
  const [first] = lent;
  const containers = Object.fromEntries(lent.map((config) => [config.node, containerOf(config)]));
  const spared = sparedBy(evidence, 'azure-ip-masq-agent-config', 'ip-masq-agent');
  return [
    ...(mode ? [mode] : []),
    ...dataplaneOf(evidence),
    ...policyOf(evidence),
    ...(first ? [{ setting: 'networkContainers', value: containers, evidence: first.label }] : []),
    ...(spared ? [{ setting: 'nonMasqueradeCIDRs', value: spared.ranges, evidence: spared.label }] : []),
  ];
};

type Ranged = { readonly ranges: readonly Prefix[]; readonly evidence: string };
const ranged = (texts: readonly string[], evidence: string): Ranged | undefined => {
  const ranges = [...new Set(texts)].flatMap((text) => parsePrefix(text) ?? []);
  return ranges.length > 0 ? { ranges, evidence } : undefined;
};

/** The range of pods, where the service names it or AKS's own map spares it. */
export const azurePods = (evidence: Evidence, mode: unknown): Ranged | undefined => {
  const configs = configsOf(evidence);
  const spaces = configs.flatMap(({ containers }) =>
    containers.flatMap(({ subnetAddressSpace }) => textOf(subnetAddressSpace) ?? []),
  );
  const own = reconciled(evidence);
  return (
    ranged(spaces, configs[0]?.label ?? '') ?? (mode === 'overlay' && own ? ranged(own.ranges, own.label) : undefined)
  );
};

/** The ranges of the virtual network, which AKS's own map spares where pods share the nodes' subnet. */
export const azureVnet = (evidence: Evidence, mode: unknown): Ranged | undefined => {
  const own = mode === 'node-subnet' ? reconciled(evidence) : undefined;
  return own && ranged(own.ranges, own.label);
};
