import type { Cluster } from '../../model/cluster.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import { parseIp } from '../../net/ip.ts';
import { contains, formatPrefix, type Prefix, parsePrefix, prefixEquals } from '../../net/prefix.ts';
import { readSettings } from '../settings.ts';
import type { Container } from './containers.ts';
import { MANAGED_SUBNET, MANAGED_VNET } from './defaults.ts';
import { type MODES, settingsSchema } from './settings.ts';

export type Mode = (typeof MODES)[number];

export type AzureConfig = {
  readonly mode: Mode;
  readonly dataplane: 'iptables' | 'cilium';
  readonly policy: 'none' | 'azure' | 'calico' | 'cilium';
  readonly maxPods: number | undefined;
  /** What the user's own configuration of the masquerading agent adds. */
  readonly spared: readonly Prefix[];
  /** What nodes of a pod subnet were lent, by their names. */
  readonly containers: ReadonlyMap<string, Container>;
  readonly swift: 'cns' | 'cni';
  readonly imdsRestriction: boolean;
  readonly localDNS: boolean;
  readonly ebpfHostRouting: boolean;
  /** The ranges of the virtual network. */
  readonly vnet: readonly Prefix[];
};

export type Resolved = {
  readonly config: AzureConfig;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

/** Whether pods have addresses of a subnet of the virtual network other than the nodes'. */
export const hasPodSubnet = ({ mode }: Pick<AzureConfig, 'mode'>): boolean =>
  mode === 'pod-subnet' || mode === 'pod-subnet-static';
/** Whether pods have addresses of the nodes' own subnet. */
export const inNodeSubnet = ({ mode }: Pick<AzureConfig, 'mode'>): boolean =>
  mode === 'node-subnet' || mode === 'bridge';

const listed = (texts: string | readonly string[] | undefined): readonly Prefix[] =>
  texts === undefined ? [] : [texts].flat().flatMap((text) => parsePrefix(text) ?? []);

type Stated = Readonly<
  Record<
    string,
    {
      readonly primaryIP?: string | undefined;
      readonly ips?: readonly string[] | undefined;
      readonly blocks?: string | readonly string[] | undefined;
    }
  >
>;

const containersIn = (stated: Stated): ReadonlyMap<string, Container> =>
  new Map(
    Object.entries(stated).map(([node, { primaryIP, ips, blocks }]) => [
      node,
      {
        primary: primaryIP === undefined ? undefined : parseIp(primaryIP),
        ips: (ips ?? []).flatMap((text) => parseIp(text) ?? []),
        blocks: listed(blocks),
      },
    ]),
  );

/** AKS makes Overlay where nobody says otherwise; pods with addresses of the nodes' subnet show the older way. */
const guessMode = ({ pods, nodes, subnets }: Cluster): Mode => {
  const own = pods.find((pod) => !pod.hostNetwork && pod.ips.length > 0)?.ips[0];
  if (own !== undefined) return subnets.nodes.some((range) => contains(range, own)) ? 'node-subnet' : 'overlay';
  const ranged = subnets.pods.length > 0 || nodes.some(({ podCIDRs }) => podCIDRs.length > 0);
  return ranged ? 'overlay' : 'node-subnet';
};

const vnetOf = (cluster: Cluster, podSubnet: boolean): { readonly vnet: readonly Prefix[]; readonly said: boolean } => {
  const stated = cluster.fabric?.vnet;
  if (stated) return { vnet: stated, said: true };
  const managed = cluster.subnets.nodes.map((range) => (prefixEquals(range, MANAGED_SUBNET) ? MANAGED_VNET : range));
  return { vnet: [...managed, ...(podSubnet ? cluster.subnets.pods : [])], said: false };
};

/** The cluster's settings with all that was left out filled in; what was guessed is said. */
export const resolveConfig = (cluster: Cluster): Resolved => {
  const { data: settings = {}, problems } = readSettings(settingsSchema, cluster);
  const mode = settings.mode ?? guessMode(cluster);
  const { vnet, said } = vnetOf(cluster, hasPodSubnet({ mode }));
  const assumptions: Assumption[] = [];
  if (settings.mode === undefined)
    assumptions.push({
      code: 'AZURE_MODE',
      text: `Azure CNI in mode ${mode}`,
      change: 'plugin.mode',
    });
  if (!said && vnet.length > 0)
    assumptions.push({
      code: 'AZURE_VNET',
      text: `the virtual network is ${vnet.map(formatPrefix).join(', ')}`,
      change: 'fabric.vnet',
    });
  return {
    config: {
      mode,
      // The bridge is older than Cilium on AKS.
      dataplane: mode === 'bridge' ? 'iptables' : (settings.dataplane ?? 'iptables'),
      policy: settings.policy ?? 'none',
      maxPods: settings.maxPods,
      spared: listed(settings.nonMasqueradeCIDRs),
      containers: containersIn(settings.networkContainers ?? {}),
      // CNS does it wherever azure-vnet is not there to, and in blocks.
      swift: settings.dataplane === 'cilium' || mode === 'pod-subnet-static' ? 'cns' : (settings.swift ?? 'cns'),
      imdsRestriction: settings.imdsRestriction ?? false,
      localDNS: settings.localDNS ?? false,
      ebpfHostRouting: settings.ebpfHostRouting ?? false,
      vnet,
    },
    assumptions,
    problems,
  };
};
