import type { Family } from '../net/ip.ts';
import { familyOfPrefix, overlaps, type Prefix, parsePrefix } from '../net/prefix.ts';
import { assignClusterIps } from './assign-cluster-ips.ts';
import { assignNodePorts } from './assign-node-ports.ts';
import type { Cluster } from './cluster.ts';
import { firstPerFamily } from './free.ts';
import type { Assumption, Problem } from './place.ts';
import type { Service } from './service.ts';

/** What the API server gives Services when they are made: ClusterIPs and nodePorts. */
export type AssignedServices = {
  readonly services: readonly Service[];
  readonly ranges: readonly Prefix[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

/** What kubeadm gives --service-cluster-ip-range unless told otherwise; it has no default for IPv6, and kind's stands in. */
const USUAL: Readonly<Record<Family, Prefix | undefined>> = {
  4: parsePrefix('10.96.0.0/12'),
  6: parsePrefix('fd00:10:96::/112'),
};

/** Gives Services the addresses and ports that the input left out. Linear in Services and ports; the same objects where nothing is to do. */
export const assignServices = (cluster: Cluster): AssignedServices => {
  const stated = cluster.subnets.services;
  const needy = cluster.services.find(wantsAddress);
  const usual = stated.length === 0 && needy ? usualRange(cluster, needy) : undefined;
  const ranges = firstPerFamily(usual?.ranges ?? stated);
  const addressed = assignClusterIps(cluster.services, ranges);
  const ported = assignNodePorts(addressed.services);
  return {
    services: ported.services,
    ranges: usual?.ranges ?? stated,
    assumptions: [...(usual?.assumptions ?? []), ...addressed.assumptions, ...ported.assumptions],
    problems: [...(usual?.problems ?? []), ...addressed.problems, ...ported.problems],
  };
};

const wantsAddress = ({ type, headless, clusterIPs }: Service): boolean =>
  type !== 'ExternalName' && !headless && clusterIPs.length === 0;

/** The range that is taken where none is stated and Services need one, unless pods or nodes have it. */
const usualRange = (
  { subnets, nodes }: Cluster,
  needy: Service,
): Pick<AssignedServices, 'ranges' | 'assumptions' | 'problems'> => {
  const pods = [...subnets.pods, ...nodes.flatMap(({ podCIDRs }) => podCIDRs)];
  const families = new Set([...pods, ...subnets.nodes].map(familyOfPrefix));
  const family: Family = families.has(6) && !families.has(4) ? 6 : 4;
  const range = USUAL[family];
  const taken = range && [...pods, ...subnets.nodes].find((other) => overlaps(other, range));
  if (!range || taken) {
    const problem: Problem = {
      severity: 'error',
      code: 'MISSING_SUBNET',
      message: `service "${needy.name}" has no clusterIP, and there is no subnets.services to give it one from`,
      place: needy.place,
      hint: "kubeadm's 10.96.0.0/12 is not free here: add subnets: {services: …}, or state clusterIP",
    };
    return { ranges: [], assumptions: [], problems: [problem] };
  }
  const text =
    family === 4
      ? 'subnets.services is 10.96.0.0/12, as kubeadm has it unless told otherwise'
      : 'subnets.services is fd00:10:96::/112, as kind has it unless told otherwise';
  const assumption: Assumption = { code: 'ASSUMED_SUBNETS_SERVICES', text, change: 'subnets.services' };
  return { ranges: [range], assumptions: [assumption], problems: [] };
};
