import type { Cluster } from '../../model/cluster.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import type { Ip } from '../../net/ip.ts';
import { parseIp } from '../../net/ip.ts';
import { familyOfPrefix, formatPrefix, type Prefix, parsePrefix, prefixEquals } from '../../net/prefix.ts';
import { readSettings } from '../settings.ts';
import { annotatedBackend } from './annotations.ts';
import { type Backend, readBackend } from './backend.ts';
import { ETCD_PREFIX, VERSION } from './defaults.ts';
import type { FlannelStore } from './leases.ts';
import { type FlannelSettings, settingsSchema } from './settings.ts';

export type Version = readonly [major: number, minor: number, patch: number];

/** How flanneld was started, with everything that was left out filled in. */
export type FlannelConfig = {
  readonly backend: Backend;
  readonly manager: 'etcd' | 'kube';
  readonly network: Prefix | undefined;
  readonly network6: Prefix | undefined;
  readonly ipMasq: boolean;
  readonly randomFully: boolean;
  readonly nftables: boolean;
  readonly forwardRules: boolean;
  readonly blackholeRoute: boolean;
  readonly ifaces: readonly string[];
  readonly publicIp: (node: string) => Ip | undefined;
  readonly bridge: 'docker0' | 'cni0';
  readonly dockerIpMasq: boolean;
  readonly dockerForwardDrop: boolean;
  readonly version: Version;
  readonly etcdPrefix: string;
};

export type Resolved = {
  readonly config: FlannelConfig;
  readonly problems: readonly Problem[];
  readonly assumptions: readonly Assumption[];
};

const versionOf = (text: string): Version => {
  const [major = 0, minor = 0, patch = 0] = text.replace(/^v/, '').split('.').map(Number);
  return [major, minor, patch];
};

/** Whether a version is `major.minor.patch` or later. */
export const since = (version: Version, major: number, minor: number, patch = 0): boolean =>
  version[0] !== major ? version[0] > major : version[1] !== minor ? version[1] > minor : version[2] >= patch;

const networkOf = ({ network, network6 }: FlannelSettings, family: 4 | 6): Prefix | undefined =>
  [network ?? [], network6 ?? []]
    .flat(2)
    .flatMap((text) => parsePrefix(text) ?? [])
    .find((range) => familyOfPrefix(range) === family);

type Sink = (code: string, message: string, path: readonly string[], hint?: string) => void;

const statedBackend = (settings: FlannelSettings, error: Sink): Backend | undefined => {
  const { backend } = settings;
  if (backend === undefined) return undefined;
  const raw = typeof backend === 'string' ? { type: backend } : backend;
  const fault = (message: string, hint?: string) => error('FLANNEL_BACKEND', `flannel: ${message}`, ['backend'], hint);
  return readBackend(raw, fault, () => {});
};

const publicIps = (settings: FlannelSettings): FlannelConfig['publicIp'] => {
  const { publicIP } = settings;
  if (typeof publicIP === 'string') return () => parseIp(publicIP);
  const byNode = new Map(Object.entries(publicIP ?? {}).map(([node, ip]) => [node, parseIp(ip)]));
  return (node) => byNode.get(node);
};

/** The settings as written; with faults there are none. */
export const flannelSettings = (cluster: Cluster) => readSettings(settingsSchema, cluster);

/**
 * What flanneld runs with: its configuration in etcd where that was read, then the cluster file, then what the nodes' annotations show,
 * then the defaults. `plugin: flannel` alone is the classic set-up: udp, docker0, leases in etcd. With another backend it is today's:
 * cni0, and podCIDRs by the Kubernetes API.
 */
export const resolveConfig = (cluster: Cluster, store?: FlannelStore): Resolved => {
  const read = flannelSettings(cluster);
  const settings: FlannelSettings = read.data ?? {};
  const problems: Problem[] = [...read.problems];
  const assumptions: Assumption[] = [];
  const error: Sink = (code, message, path, hint) => {
    const place = cluster.plugin.at?.(path) ?? cluster.plugin.place;
    problems.push({ severity: 'error', code, message, ...(place && { place }), ...(hint !== undefined && { hint }) });
  };
  const stored = store?.config;
  const stated = statedBackend(settings, error);
  const shown = stated || stored ? undefined : annotatedBackend(cluster);
  if (shown) assumptions.push(shown.assumption);
  const fallback: Backend = { type: 'udp', port: 8285 };
  const backend = stored?.backend ?? stated ?? shown?.backend ?? fallback;
  const modern = stated !== undefined && stated.type !== 'udp';
  const manager = settings.subnetManager ?? (stored ? 'etcd' : modern || shown ? 'kube' : 'etcd');
  const bridge = settings.bridge ?? (manager === 'kube' || modern ? 'cni0' : 'docker0');
  const pods = (family: 4 | 6) => cluster.subnets.pods.find((range) => familyOfPrefix(range) === family);
  const own = networkOf(settings, 4);
  const network = stored ? stored.network : (own ?? pods(4));
  const network6 = stored ? stored.ipv6Network : (networkOf(settings, 6) ?? pods(6));
  if (stored?.network && own && !prefixEquals(own, stored.network))
    problems.push({
      severity: 'warning',
      code: 'FLANNEL_NETWORK_MISMATCH',
      message: `flannel.network is ${formatPrefix(own)}, and the configuration in etcd says ${formatPrefix(stored.network)}; flanneld takes that of etcd`,
    });
  // Where etcd is to be asked, its configuration will say.
  if (!network && !network6 && !(settings.etcd && !store))
    error('FLANNEL_NETWORK_MISSING', 'flannel needs a Network', ['network'], 'state subnets.pods');
  const ipMasq = settings.ipMasq ?? true;
  const version = versionOf(settings.version ?? VERSION);
  const nftables = stored?.enableNFTables ?? settings.nftables ?? false;
  if (nftables && !since(version, 0, 25)) {
    const message = `flannel: EnableNFTables came with v0.25.0, and this is v${version.join('.')}`;
    error('FLANNEL_VERSION', message, ['version']);
  }
  // main.go: it looks for /proc/sys/net/bridge/bridge-nf-call-iptables, unless nftables is asked for.
  if (settings.brNetfilter === false && !nftables && since(version, 0, 26))
    error(
      'FLANNEL_BR_NETFILTER',
      'flannel: without br_netfilter flanneld exits when it starts',
      ['brNetfilter'],
      'modprobe br_netfilter',
    );
  if (backend.type === 'wireguard')
    assumptions.push({ code: 'WIREGUARD', text: 'what WireGuard does is from its documentation, not measured' });
  return {
    config: {
      backend,
      manager,
      network,
      network6,
      ipMasq,
      randomFully: settings.randomFully ?? true,
      nftables,
      forwardRules: settings.iptablesForwardRules ?? true,
      blackholeRoute: (settings.blackholeRoute ?? false) && since(version, 0, 28, 1),
      ifaces: settings.iface === undefined ? [] : [settings.iface].flat(),
      publicIp: publicIps(settings),
      bridge,
      // mk-docker-opts.sh hands dockerd the opposite of FLANNEL_IPMASQ.
      dockerIpMasq: settings.dockerIpMasq ?? !ipMasq,
      dockerForwardDrop: settings.dockerForwardDrop ?? false,
      version,
      etcdPrefix: (settings.etcd?.prefix ?? ETCD_PREFIX).replace(/\/+$/, ''),
    },
    problems,
    assumptions,
  };
};
