import type { Cluster } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { familyOfPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts';
import { providerOf } from '../fabric.ts';
import { readSettings } from '../settings.ts';
import { AGENT_NON_MASQUERADE, NON_MASQUERADE } from './defaults.ts';
import { settingsSchema } from './settings.ts';

export type KubenetConfig = {
  readonly fabric: 'azure' | 'gcp' | 'aws' | 'routed';
  readonly runtime: 'dockershim' | 'containerd';
  readonly nonMasquerade: readonly Prefix[];
  /** Who masquerades: one rule of kubelet, or the chain of ip-masq-agent. */
  readonly masquerade: 'kubelet' | 'agent';
  readonly hairpinMode: 'promiscuous-bridge' | 'hairpin-veth' | 'none';
  readonly mtu: number | undefined;
};

const FABRIC = { azure: 'azure', gce: 'gcp', aws: 'aws', none: 'routed' } as const;
const MODE = 'promiscuous-bridge';

const ranges = (texts: readonly string[]): readonly Prefix[] => texts.flatMap((text) => parsePrefix(text) ?? []);

/** How kubelet was started, with everything that was left out filled in. */
export const resolveConfig = (
  cluster: Cluster,
): { readonly config: KubenetConfig; readonly problems: readonly Problem[] } => {
  const { data: settings = {}, problems } = readSettings(settingsSchema, cluster);
  const provider = providerOf(cluster);
  const runtime = settings.runtime ?? 'dockershim';
  const fabric = settings.cloud ? FABRIC[settings.cloud] : provider && provider !== 'l2' ? provider : 'routed';
  const given = settings.nonMasqueradeCIDRs;
  const stated = given === undefined ? undefined : ranges([given].flat());
  // kubelet takes one range; 0.0.0.0/0 leaves the work to the agent.
  const agent = runtime === 'containerd' || (stated?.length ?? 1) > 1;
  const pods = cluster.subnets.pods.filter((range) => familyOfPrefix(range) === 4);
  // AKS spares the pods' own range only, so that the virtual network sees nodes' addresses (configure-kubenet).
  const unstated = !agent
    ? ranges([NON_MASQUERADE])
    : fabric === 'azure' && pods.length > 0
      ? pods
      : ranges(AGENT_NON_MASQUERADE);
  return {
    config: {
      fabric,
      runtime,
      nonMasquerade: stated ?? unstated,
      masquerade: agent ? 'agent' : 'kubelet',
      hairpinMode: runtime === 'containerd' ? MODE : (settings.hairpinMode ?? MODE),
      mtu: settings.mtu,
    },
    problems,
  };
};
