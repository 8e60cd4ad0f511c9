import type { Cluster } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { readSettings } from '../settings.ts';
import { ENCAPSULATION, VERSION, VXLAN_PORT, VXLAN_VNI } from './defaults.ts';
import { type Pool, poolsOf } from './pools.ts';
import { type CalicoSettings, type Encapsulation, settingsSchema } from './settings.ts';

/** How Calico runs, with everything that was left out filled in. */
export type CalicoConfig = {
  readonly pools: readonly Pool[];
  readonly encapsulation: Encapsulation;
  readonly bgp: {
    readonly mesh: boolean;
    readonly routeReflectors: readonly string[];
    readonly missing: readonly (readonly [string, string])[];
    /** Undefined: where a pool has no encapsulation. */
    readonly fabric: boolean | undefined;
  };
  readonly endpointToHost: 'ACCEPT' | 'RETURN' | 'DROP';
  readonly vxlanPort: number;
  readonly vxlanVni: number;
  readonly mtu: number | undefined;
  readonly since: (major: number, minor: number) => boolean;
};

export type Resolved = { readonly config: CalicoConfig; readonly problems: readonly Problem[] };

const unsupported = (cluster: Cluster, { dataplane, policyOnly, wireguard }: CalicoSettings): readonly Problem[] => {
  const problem = (key: string, message: string): Problem => {
    const place = cluster.plugin.at?.([key]) ?? cluster.plugin.place;
    return { severity: 'error', code: 'CALICO_UNSUPPORTED', message, ...(place && { place }) };
  };
  return [
    ...(dataplane === 'ebpf' || dataplane === 'nftables'
      ? [problem('dataplane', `calico: the ${dataplane} data plane is not modelled`)]
      : []),
    ...(wireguard ? [problem('wireguard', 'calico: WireGuard is not modelled')] : []),
    ...(policyOnly === undefined
      ? []
      : [problem('policyOnly', `calico: policies on the network of ${policyOnly} are not modelled`)]),
  ];
};

const sinceOf = (text: string): CalicoConfig['since'] => {
  const [major = 0, minor = 0] = text.replace(/^v/, '').split('.').map(Number);
  return (wantedMajor, wantedMinor) => (major === wantedMajor ? minor >= wantedMinor : major > wantedMajor);
};

/** The settings of the cluster file, then the IPPools of a dump, then the defaults. */
export const resolveConfig = (cluster: Cluster): Resolved => {
  const read = readSettings(settingsSchema, cluster);
  const settings: CalicoSettings = read.data ?? {};
  const encapsulation = settings.encapsulation ?? ENCAPSULATION;
  const pools = poolsOf(cluster, settings, encapsulation);
  const { bgp } = settings;
  return {
    config: {
      pools: pools.pools,
      encapsulation: pools.pools[0]?.encapsulation ?? encapsulation,
      bgp: {
        mesh: bgp?.mesh ?? true,
        routeReflectors: bgp?.routeReflectors ?? [],
        missing: bgp?.missing ?? [],
        fabric: bgp?.fabric,
      },
      endpointToHost: settings.endpointToHost ?? 'ACCEPT',
      vxlanPort: settings.vxlanPort ?? VXLAN_PORT,
      vxlanVni: settings.vxlanVNI ?? VXLAN_VNI,
      mtu: settings.mtu,
      since: sinceOf(settings.version ?? VERSION),
    },
    problems: [...read.problems, ...unsupported(cluster, settings), ...pools.problems],
  };
};
