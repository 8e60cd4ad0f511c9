import type { Cluster, Labels, OtherObject } from '../../model/cluster.ts';
import type { Place, Problem } from '../../model/place.ts';
import { type Family, widthOf } from '../../net/ip.ts';
import { familyOfPrefix, formatPrefix, overlaps, type Prefix, parsePrefix } from '../../net/prefix.ts';
import { BLOCK_SIZE, NAT_OUTGOING } from './defaults.ts';
import { selectsNode } from './selector.ts';
import type { CalicoSettings, Encapsulation } from './settings.ts';

/** An IPPool with its defaults filled in. */
export type Pool = {
  readonly name: string;
  readonly cidr: Prefix;
  readonly family: Family;
  readonly blockSize: number;
  readonly encapsulation: Encapsulation;
  readonly natOutgoing: boolean;
  readonly disabled: boolean;
  readonly takes: (labels: Labels) => boolean;
  readonly place?: Place;
};

type Stated = {
  readonly name?: string | undefined;
  readonly cidr: string;
  readonly blockSize?: number | undefined;
  readonly encapsulation?: Encapsulation | undefined;
  readonly natOutgoing?: boolean | undefined;
  readonly nodeSelector?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly place?: Place | undefined;
};

const MODES: Readonly<Record<string, Readonly<Record<string, Encapsulation>>>> = {
  ipip: { Always: 'ipip', CrossSubnet: 'ipip-cross-subnet' },
  vxlan: { Always: 'vxlan', CrossSubnet: 'vxlan-cross-subnet' },
};

/** An IPPool of a dump (crd.projectcalico.org/v1 or projectcalico.org/v3). */
const ofObject = ({ name, value, place }: OtherObject): readonly Stated[] => {
  const spec = value['spec'];
  if (typeof spec !== 'object' || spec === null) return [];
  const { cidr, blockSize, ipipMode, vxlanMode, natOutgoing, nodeSelector, disabled } = spec as Record<string, unknown>;
  if (typeof cidr !== 'string') return [];
  const encapsulation = MODES['vxlan']?.[String(vxlanMode)] ?? MODES['ipip']?.[String(ipipMode)] ?? 'none';
  return [
    {
      name,
      cidr,
      encapsulation,
      natOutgoing: natOutgoing === true,
      disabled: disabled === true,
      ...(typeof blockSize === 'number' && { blockSize }),
      ...(typeof nodeSelector === 'string' && { nodeSelector }),
      place,
    },
  ];
};

const problem = (code: string, message: string, place: Place | undefined, hint?: string): Problem => ({
  severity: 'error',
  code,
  message: `calico: ${message}`,
  ...(place && { place }),
  ...(hint !== undefined && { hint }),
});

const faultsOf = (pool: Pool, others: readonly Pool[], { subnets, fabric }: Cluster): readonly Problem[] => {
  const { cidr, blockSize, family, place, encapsulation } = pool;
  const text = formatPrefix(cidr);
  const sizes = family === 4 ? [20, 32] : [116, 128];
  const clash = others.find((other) => overlaps(other.cidr, cidr));
  const under = subnets.nodes.find((range) => overlaps(range, cidr));
  return [
    ...(blockSize < (sizes[0] ?? 0) || blockSize > (sizes[1] ?? 0) || blockSize < cidr.len
      ? [
          problem(
            'CALICO_BLOCK_SIZE',
            `blocks of /${blockSize} do not fit into the pool ${text}`,
            place,
            `from /${Math.max(sizes[0] ?? 0, cidr.len)} to /${sizes[1]}`,
          ),
        ]
      : []),
    ...(clash
      ? [problem('CALICO_POOL_OVERLAP', `the pools ${formatPrefix(clash.cidr)} and ${text} overlap`, place)]
      : []),
    ...(under
      ? [
          problem(
            'CALICO_POOL_OVERLAP',
            `the pool ${text} and the range of the nodes ${formatPrefix(under)} overlap`,
            place,
          ),
        ]
      : []),
    ...(family === 6 && encapsulation.startsWith('ipip')
      ? [
          problem(
            'CALICO_NO_IPIP6',
            `the pool ${text} is of IPv6, which IP-in-IP does not carry`,
            place,
            'vxlan, or none',
          ),
        ]
      : []),
    ...(fabric?.kind === 'azure' && encapsulation.startsWith('ipip')
      ? [
          {
            ...problem('CALICO_IPIP_ON_AZURE', `Azure drops IP-in-IP, which the pool ${text} uses`, place, 'vxlan'),
            severity: 'warning' as const,
          },
        ]
      : []),
  ];
};

/** The pools of the cluster file, else those of the dump, else one for each range of pods. */
export const poolsOf = (
  cluster: Cluster,
  { pools }: CalicoSettings,
  encapsulation: Encapsulation,
): { readonly pools: readonly Pool[]; readonly problems: readonly Problem[] } => {
  const objects = cluster.others.filter(
    ({ kind, apiVersion }) => kind === 'IPPool' && apiVersion.includes('projectcalico.org'),
  );
  const at = (i: number) => cluster.plugin.at?.(['pools', i]) ?? cluster.plugin.place;
  const stated: readonly Stated[] = pools
    ? pools.map((pool, i) => ({ ...pool, place: at(i) }))
    : objects.length > 0
      ? objects.flatMap(ofObject)
      : cluster.subnets.pods.map((range) => ({ cidr: formatPrefix(range) }));
  const made = stated.flatMap((one, i): readonly Pool[] => {
    const cidr = parsePrefix(one.cidr);
    if (!cidr) return [];
    const family = familyOfPrefix(cidr);
    const own = one.encapsulation ?? (family === 6 && encapsulation.startsWith('ipip') ? 'none' : encapsulation);
    return [
      {
        name: one.name ?? `default-ipv${family}-ippool${i < 2 ? '' : `-${i + 1}`}`,
        cidr,
        family,
        blockSize: one.blockSize ?? Math.min(BLOCK_SIZE[family], widthOf(family)),
        encapsulation: own,
        natOutgoing: one.natOutgoing ?? NAT_OUTGOING[family],
        disabled: one.disabled ?? false,
        takes: selectsNode(one.nodeSelector ?? 'all()'),
        ...(one.place && { place: one.place }),
      },
    ];
  });
  return { pools: made, problems: made.flatMap((pool, i) => faultsOf(pool, made.slice(0, i), cluster)) };
};
