import type { Cluster } from '../../model/cluster.ts';
import type { ZoneConfig } from './zone.ts';

/** What the ConfigMaps of kube-system say of names; what is absent is not said. */
export type DnsConfigMaps = {
  readonly zone?: ZoneConfig;
  /** From the configuration of the kubelets. */
  readonly clusterDomain?: string;
  readonly clusterDNS?: readonly string[];
};

/** Without a `ttl` line (coredns/coredns plugin/kubernetes/kubernetes.go defaultTTL). */
const DEFAULT_TTL = 5;

const domainOf = (text: string): string => text.toLowerCase().replace(/\.$/, '');

const isReverse = (zone: string): boolean => /\.arpa\.?$/.test(zone);

/** The plugin `kubernetes` of a Corefile: its first zone that is not for reverse names, and its options. Undefined where it is not used. */
export const readCorefile = (corefile: string): ZoneConfig | undefined => {
  const text = corefile.replaceAll(/#.*$/gm, '');
  const [, zones, block = ''] = /^[ \t]*kubernetes\b([^\n{]*)(?:\{([^}]*)\})?/m.exec(text) ?? [];
  const domain = zones?.split(/\s+/).find((zone) => zone !== '' && !isReverse(zone));
  if (domain === undefined) return undefined;
  const option = (name: string) => new RegExp(`^[ \\t]*${name}[ \\t]+(\\S+)`, 'm').exec(block)?.[1];
  const pods = option('pods');
  const ttl = Number(option('ttl') ?? DEFAULT_TTL);
  return {
    domain: domainOf(domain),
    ttl: Number.isInteger(ttl) ? ttl : DEFAULT_TTL,
    pods: pods === 'insecure' || pods === 'verified' ? pods : 'disabled',
    ignoreEmpty: option('ignore') === 'empty_service',
  };
};

const dataOf = ({ others }: Cluster, isName: (name: string) => boolean, key: string): string | undefined => {
  const map = others.find(
    ({ kind, namespace, name }) => kind === 'ConfigMap' && namespace === 'kube-system' && isName(name),
  );
  const data = map?.value['data'];
  const value: unknown =
    typeof data === 'object' && data !== null ? Object.entries(data).find(([k]) => k === key)?.[1] : undefined;
  return typeof value === 'string' ? value : undefined;
};

// The file is a KubeletConfiguration as kubeadm marshals it: these keys stand at its left edge.
const readKubelet = (text: string): Pick<DnsConfigMaps, 'clusterDomain' | 'clusterDNS'> => {
  const domain = /^clusterDomain:[ \t]*["']?([^\s"']+)/m.exec(text)?.[1];
  const list = /^clusterDNS:[ \t]*\n((?:[ \t]*-[ \t]*\S+[ \t]*\n?)+)/m.exec(text)?.[1];
  const servers = [...(list ?? '').matchAll(/-[ \t]*["']?([^\s"']+)/g)].flatMap(([, server]) => server ?? []);
  return {
    ...(domain !== undefined && { clusterDomain: domainOf(domain) }),
    ...(servers.length > 0 && { clusterDNS: servers }),
  };
};

/** Reads the ConfigMaps `coredns` and `kubelet-config` (before 1.24 with a version behind it), which kubeadm leaves in kube-system. */
export const readConfigMaps = (cluster: Cluster): DnsConfigMaps => {
  const corefile = dataOf(cluster, (name) => name === 'coredns' || name === 'rke2-coredns-rke2-coredns', 'Corefile');
  const zone = corefile === undefined ? undefined : readCorefile(corefile);
  const kubelet = dataOf(cluster, (name) => /^kubelet-config(-\d+\.\d+)?$/.test(name), 'kubelet');
  return { ...(zone && { zone }), ...(kubelet !== undefined && readKubelet(kubelet)) };
};
