import type { Cluster, PluginChoice } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
import { formatPrefix, parsePrefix } from '../net/prefix.ts';
import type { Gathered } from './gathered.ts';
import { azurePods, azureVnet, inferAzure } from './infer-azure.ts';
import { type Evidence, evidenceOf } from './infer-evidence.ts';
import { type Finding, inferFlannel } from './infer-flannel.ts';
import { cloudOf, guessPlugin } from './infer-plugin.ts';
import { inferProxy } from './infer-proxy.ts';
import { inferRanges } from './infer-ranges.ts';
import { inferWeave } from './infer-weave.ts';
import { textOf } from './read.ts';

export type Inferred = {
  readonly cluster: Cluster;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

type Choice = {
  readonly plugin: PluginChoice;
  readonly assumptions: readonly Assumption[];
  readonly findings: readonly Finding[];
};

/**
 * Concludes what the input does not say: the plugin and its settings, the ranges, and kube-proxy. Each conclusion is listed with what it rests on and
 * the key that states it instead. `asked` is `--plugin`: it wins.
 */
export const infer = (cluster: Cluster, gathered: Gathered, asked?: string): Inferred => {
  const evidence = evidenceOf(gathered);
  const choice = choose(cluster.plugin, evidence, asked);
  const isAzure = choice.plugin.name === 'azure-cni';
  const { mode } = choice.plugin.settings;
  const network = networkOf(choice) ?? (isAzure ? azurePods(evidence, mode) : undefined);
  const shared = isAzure && (mode === 'node-subnet' || mode === 'bridge');
  const { subnets, assumptions } = inferRanges(cluster, evidence, network, shared);
  const proxied = inferProxy({ ...cluster, subnets }, evidence, gathered);
  const net = withVnet(cluster, isAzure ? azureVnet(evidence, mode) : undefined);
  return {
    cluster: { ...net.cluster, plugin: choice.plugin, subnets, ...(proxied.proxy ? { proxy: proxied.proxy } : {}) },
    assumptions: [...choice.assumptions, ...assumptions, ...net.assumptions, ...proxied.assumptions],
    problems: choice.plugin.name === '' && !gathered.hasPlugin ? [unknownPlugin(cluster)] : [],
  };
};

const choose = (stated: PluginChoice, evidence: Evidence, asked: string | undefined): Choice => {
  const guess = guessPlugin(evidence);
  const name = asked ?? (stated.name || guess?.name) ?? '';
  // Settings belong to one plugin: another one, asked for by --plugin, starts with none.
  const own = name === stated.name ? stated : { name, settings: {}, stated: asked !== undefined };
  const findings =
    guess?.name === name ? settingsOf(name, evidence).filter(({ setting }) => !(setting in own.settings)) : [];
  const inferred = Object.fromEntries(findings.map(({ setting, value }) => [setting, value]));
  const assumptions = [
    ...(guess && asked === undefined && stated.name === ''
      ? [{ code: 'INFERRED_PLUGIN', text: `the plugin is ${guess.name}`, change: 'plugin', evidence: guess.evidence }]
      : []),
    ...findings.map(({ setting, value, evidence: from }) => ({
      code: 'INFERRED_SETTING',
      text: `${name}: ${setting} is ${write(value)}`,
      change: `plugin.${setting}`,
      evidence: from,
    })),
  ];
  return { plugin: { ...own, settings: { ...inferred, ...own.settings } }, assumptions, findings };
};

const settingsOf = (plugin: string, evidence: Evidence): readonly Finding[] => {
  if (plugin === 'flannel') return inferFlannel(evidence);
  if (plugin === 'weave') return inferWeave(evidence);
  if (plugin === 'azure-cni') return inferAzure(evidence);
  if (plugin !== 'kubenet') return [];
  const node = evidence.nodes.find(({ providerID }) => cloudOf(providerID) !== undefined);
  const cloud = cloudOf(node?.providerID);
  return cloud ? [{ setting: 'cloud', value: cloud, evidence: `providerID of node ${node?.name}` }] : [];
};

/** The ranges of a cloud's virtual network, where the input shows them and does not state them. */
const withVnet = (
  cluster: Cluster,
  found: ReturnType<typeof azureVnet>,
): { readonly cluster: Cluster; readonly assumptions: readonly Assumption[] } => {
  const place = cluster.fabric?.place ?? cluster.nodes[0]?.place;
  if (!found || cluster.fabric?.vnet || !place) return { cluster, assumptions: [] };
  const text = `the virtual network is ${found.ranges.map(formatPrefix).join(', ')}`;
  return {
    cluster: { ...cluster, fabric: { place, ...cluster.fabric, vnet: found.ranges } },
    assumptions: [{ code: 'INFERRED_VNET', text, change: 'fabric.vnet', evidence: found.evidence }],
  };
};

/** The pods' range, where the plugin's settings name it. */
const networkOf = ({ plugin, findings }: Choice): Parameters<typeof inferRanges>[2] => {
  // flannel has a key per family, Weave one for its only one; elsewhere a key may hold a list of both.
  const keys = plugin.name === 'weave' ? ['range'] : ['network', 'network6'];
  const texts = keys.flatMap((key) => plugin.settings[key] ?? []);
  const ranges = texts.flatMap((text) => parsePrefix(textOf(text) ?? '') ?? []);
  if (ranges.length === 0) return undefined;
  const evidence = findings.find(({ setting }) => setting === keys[0])?.evidence;
  return { ranges, evidence: evidence ?? `${keys[0]} of plugin ${plugin.name}` };
};

const write = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(write).join(', ');
  return Object.entries(value)
    .map(([key, one]) => `${key} ${write(one)}`)
    .join(', ');
};

const unknownPlugin = ({ nodes, pods }: Cluster): Problem => {
  const place = nodes[0]?.place ?? pods[0]?.place;
  return {
    severity: 'error',
    code: 'PLUGIN_UNKNOWN',
    message: 'no network plugin is named, and nothing in the input shows one',
    ...(place ? { place: { file: place.file, line: 1, column: 1 } } : {}),
    hint: 'add plugin: NAME to the cluster file, or say --plugin NAME; a dump shows it by its DaemonSets (kubectl get daemonsets -A)',
  };
};
