import type { ProxyMode, ProxySettings } from '../model/service.ts';
import type { Prefix } from '../net/prefix.ts';
import { type Component, flagValue } from './component.ts';
import { present } from './gathered.ts';
import { flagOf, listOf, type Mapping, mappingOf, numberOf, parseOldPrefix, textOf } from './read.ts';
import { detectLocalOf } from './short-proxy.ts';
import { valueOfYaml } from './yaml-text.ts';

/** What configures kube-proxy, without how it is known. */
export type ProxyKeys = Omit<ProxySettings, 'stated' | 'place' | 'evidence'>;

/** How kube-proxy is configured, and what shows it. */
export type FoundProxy = { readonly keys: ProxyKeys; readonly evidence: string };

const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs'];
const modeOf = (value: unknown): ProxyMode | undefined => MODES.find((mode) => mode === value);

const prefixesOf = (texts: readonly unknown[]): readonly Prefix[] =>
  texts.flatMap((text) => (typeof text === 'string' ? (parseOldPrefix(text.trim()) ?? []) : []));

const rangesOf = (text: unknown): readonly Prefix[] | undefined => {
  const ranges = prefixesOf((textOf(text) ?? '').split(','));
  return ranges.length > 0 ? ranges : undefined;
};

const nodePortsOf = (values: readonly unknown[]): ProxySettings['nodePortAddresses'] => {
  if (values.length === 1 && values[0] === 'primary') return 'primary';
  return values.length > 0 ? prefixesOf(values) : undefined;
};

/** A KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1) as text; undefined where it cannot be read. Empty keys are absent. */
export const readProxyConfig = (text: string): ProxyKeys | undefined => {
  const value = valueOfYaml(text);
  if (value === undefined) return undefined;
  const config = mappingOf(value);
  const mode = modeOf(config['mode']);
  const iptables = mappingOf(config['iptables']);
  const ipvs = mappingOf(config['ipvs']);
  // ipvs mode takes these of the iptables block (kubernetes cmd/kube-proxy/app/server_linux.go).
  const own: Mapping = mode === 'nftables' ? mappingOf(config['nftables']) : iptables;
  const detectLocal = mappingOf(config['detectLocal']);
  return present<ProxyKeys>({
    mode,
    detectLocal: detectLocalOf(config['detectLocalMode'], (key) => textOf(detectLocal[key]) ?? ''),
    // Empty: kube-proxy then cannot tell pods from others, and does not try.
    clusterCIDR: rangesOf(config['clusterCIDR']) ?? [],
    masqueradeAll: flagOf(own['masqueradeAll']),
    masqueradeBit: numberOf(own['masqueradeBit']),
    localhostNodePorts: flagOf(iptables['localhostNodePorts']),
    nodePortAddresses: nodePortsOf(listOf(config['nodePortAddresses'])),
    scheduler: textOf(ipvs['scheduler']),
    strictARP: flagOf(ipvs['strictARP']),
  });
};

const DETECT_FLAGS: Readonly<Record<string, string>> = {
  bridgeInterface: '--pod-bridge-interface',
  interfaceNamePrefix: '--pod-interface-name-prefix',
};

/** The same from the arguments of kube-proxy. */
export const readProxyFlags = (component: Pick<Component, 'args'>): ProxyKeys => {
  const text = (flag: string) => flagValue(component, flag);
  const flag = (name: string) => (text(name) === undefined ? undefined : text(name) !== 'false');
  const bit = Number(text('--iptables-masquerade-bit') ?? Number.NaN);
  return present<ProxyKeys>({
    mode: modeOf(text('--proxy-mode')),
    detectLocal: detectLocalOf(text('--detect-local-mode'), (key) => text(DETECT_FLAGS[key] ?? '') ?? ''),
    clusterCIDR: rangesOf(text('--cluster-cidr')),
    masqueradeAll: flag('--masquerade-all'),
    masqueradeBit: Number.isInteger(bit) ? bit : undefined,
    localhostNodePorts: flag('--iptables-localhost-nodeports'),
    nodePortAddresses: nodePortsOf((text('--nodeport-addresses') ?? '').split(',').filter((part) => part !== '')),
    scheduler: text('--ipvs-scheduler'),
    strictARP: flag('--ipvs-strict-arp'),
  });
};
