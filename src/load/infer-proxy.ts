import type { Cluster } from '../model/cluster.ts';
import type { Assumption } from '../model/place.ts';
import type { ProxySettings } from '../model/service.ts';
import { formatPrefix } from '../net/prefix.ts';
import { flagValue } from './component.ts';
import type { Gathered } from './gathered.ts';
import { type Evidence, findComponent, labelOf } from './infer-evidence.ts';
import { embeddedProxy } from './infer-proxy-embedded.ts';
import { type FoundProxy, type ProxyKeys, readProxyConfig, readProxyFlags } from './kube-proxy-config.ts';
import { textOf } from './read.ts';

/** Concludes what the input does not state of kube-proxy. Without any evidence, nothing is said of it. */
export const inferProxy = (
  cluster: Cluster,
  evidence: Evidence,
  gathered: Gathered,
): { readonly proxy?: ProxySettings; readonly assumptions: readonly Assumption[] } => {
  const { proxy: stated } = cluster;
  const found =
    stated?.mode === 'none'
      ? undefined
      : (ofKubeProxy(evidence) ?? embeddedProxy(cluster, evidence) ?? absent(evidence, gathered));
  const isOther = stated?.mode !== undefined && found?.keys.mode === 'none';
  if (!found || isOther) return { ...(stated ? { proxy: stated } : {}), assumptions: [] };
  const { keys, evidence: from } = found;
  const text = describe(keys, stated);
  return {
    proxy: { ...keys, evidence: from, stated: false, ...stated },
    assumptions: text === '' ? [] : [{ code: 'INFERRED_PROXY', text, change: 'proxy', evidence: from }],
  };
};

/** Its DaemonSet or one of its pods, with the ConfigMap that kubeadm (kube-proxy) or EKS (kube-proxy-config) keeps. */
const ofKubeProxy = (evidence: Evidence): FoundProxy | undefined => {
  const daemon = findComponent(evidence, /^kube-proxy(?!.*windows)/, /\/kube-proxy(-amd64|-arm64)?[:@]/);
  const map = evidence.configMap('kube-proxy') ?? evidence.configMap('kube-proxy-config');
  const text = textOf(map?.data['config.conf']) ?? textOf(map?.data['config']);
  const config = text === undefined ? undefined : readProxyConfig(text);
  // With --config, the other flags do not count (kubernetes cmd/kube-proxy/app/options.go).
  if (map && config && (!daemon || flagValue(daemon, '--config') !== undefined))
    return { keys: config, evidence: daemon ? `${map.label}, ${labelOf(daemon)}` : map.label };
  if (!daemon) return undefined;
  if (flagValue(daemon, '--config') === undefined)
    return { keys: { clusterCIDR: [], ...readProxyFlags(daemon) }, evidence: `arguments of ${labelOf(daemon)}` };
  return { keys: {}, evidence: `${labelOf(daemon)}; its ConfigMap is not in the input` };
};

/** So many parts of the cluster in kube-system are not a selection of somebody's. */
const PARTS = 3;

const absent = (evidence: Evidence, { kubeSystemNodes }: Gathered): FoundProxy | undefined => {
  const cilium = evidence.configMap('cilium-config');
  const replacement = textOf(cilium?.data['kube-proxy-replacement']);
  if (cilium && (replacement === 'true' || replacement === 'strict'))
    return { keys: { mode: 'none' }, evidence: `kube-proxy-replacement ${replacement} of ${cilium.label}` };
  const parts = evidence.components.filter(({ namespace }) => namespace === 'kube-system');
  const isWhole = evidence.nodes.length > 0 && evidence.nodes.every(({ name }) => kubeSystemNodes.has(name));
  if (!isWhole || parts.length < PARTS) return undefined;
  const names = parts.slice(0, PARTS).map(({ name }) => name);
  return {
    keys: { mode: 'none' },
    evidence: `the input has pods of kube-system on every node (${names.join(', ')}, …), and none of kube-proxy`,
  };
};

/** What was concluded and not stated, in words; empty where nothing was. */
const describe = (keys: ProxyKeys, stated: ProxySettings | undefined): string => {
  const { mode, detectLocal, ...rest } = keys;
  const parts = Object.entries({ ...rest, detectLocalMode: detectLocal?.mode })
    .filter(([key, value]) => value !== undefined && !(stated && key in stated))
    .map(([key, value]) => (Array.isArray(value) && value.length === 0 ? `no ${key}` : `${key} ${write(value)}`));
  if (mode === 'none') return 'no kube-proxy runs';
  const words = mode === undefined ? 'iptables mode, its default' : `${mode} mode`;
  const name = stated?.mode === undefined ? [`kube-proxy runs in ${words}`] : [];
  return [...name, ...parts].join(', ');
};

const write = (value: unknown): string =>
  Array.isArray(value) ? value.map((range) => formatPrefix(range)).join(' and ') : String(value);
