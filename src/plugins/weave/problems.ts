import type { Cluster } from '../../model/cluster.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import { familyOf, formatIp } from '../../net/ip.ts';
import { contains, familyOfPrefix, formatPrefix, overlaps } from '../../net/prefix.ts';
import { placeOf, type WeaveConfig } from './config.ts';
import { fastdpSize } from './connection.ts';
import { ipOf } from './ipam.ts';
import type { Mesh } from './mesh.ts';

/** prog/weaveutil/netcheck.go: Weave does not start on a host that has a route into its range. */
const overlapProblems = (cluster: Cluster, { range }: WeaveConfig): readonly Problem[] => {
  const held = [
    ...cluster.subnets.nodes,
    ...cluster.nodes.flatMap((node) =>
      (node.interfaces ?? []).flatMap((nic) => nic.ips.map(({ ip, len }) => ({ addr: ip, len }))),
    ),
  ];
  const found = held.find((prefix) => familyOfPrefix(prefix) === 4 && overlaps(prefix, range));
  const service = cluster.subnets.services.find((prefix) => familyOfPrefix(prefix) === 4 && overlaps(prefix, range));
  const at = placeOf(cluster, ['range']);
  return [
    ...(found
      ? [
          {
            severity: 'error',
            code: 'WEAVE_RANGE_OVERLAP',
            message: `weave: network ${formatPrefix(range)} overlaps with existing route ${formatPrefix(found)} on host`,
            hint: 'another IPALLOC_RANGE',
            ...at,
          } as const,
        ]
      : []),
    ...(service
      ? [
          {
            severity: 'warning',
            code: 'WEAVE_SERVICE_OVERLAP',
            message: `weave: ${formatPrefix(range)} overlaps the Services' ${formatPrefix(service)}: pods ask for their addresses on the link`,
            hint: 'another IPALLOC_RANGE',
            ...at,
          } as const,
        ]
      : []),
  ];
};

const strayPods = (cluster: Cluster, { range }: WeaveConfig): readonly Problem[] => {
  const strays = cluster.pods.filter((pod) => {
    const ip = ipOf(pod);
    return ip !== undefined && !pod.hostNetwork && !contains(range, ip);
  });
  const [first] = strays;
  if (!first) return [];
  const more = strays.length > 1 ? `, nor are those of ${strays.length - 1} more` : '';
  const message = `weave: ${first.ips.map(formatIp).join(', ')} of pod ${first.name} is not in ${formatPrefix(range)}${more}`;
  return [{ severity: 'warning', code: 'WEAVE_STRAY_POD', message, place: first.place, hint: 'state plugin.range' }];
};

const familyProblems = (cluster: Cluster): readonly Problem[] => {
  const range = cluster.subnets.pods.find((one) => familyOfPrefix(one) === 6);
  const pod = range
    ? undefined
    : cluster.pods.find(({ ips, hostNetwork }) => !hostNetwork && ips.some((ip) => familyOf(ip) === 6));
  if (!range && !pod) return [];
  const what = range ? formatPrefix(range) : `the IPv6 address of pod ${pod?.name}`;
  const message = `weave: ${what} is left out; Weave Net has IPv4 only`;
  return [{ severity: 'warning', code: 'WEAVE_IPV4_ONLY', message, ...(pod && { place: pod.place }) }];
};

const policyProblems = (cluster: Cluster, { npc }: WeaveConfig): readonly Problem[] => {
  const policies = cluster.others.filter(({ kind }) => kind === 'NetworkPolicy');
  const [first] = policies;
  if (!npc || !first) return [];
  const message = `weave: what weave-npc makes of NetworkPolicies is not modelled yet, and the input has ${policies.length}`;
  const hint = 'npc: false asks as if nobody enforced them';
  return [{ severity: 'error', code: 'WEAVE_POLICIES_UNSUPPORTED', message, place: first.place, hint }];
};

// Each node to the first: who falls back there falls back for the same reason elsewhere.
const fallbackProblems = (cluster: Cluster, config: WeaveConfig, mesh: Mesh): readonly Problem[] => {
  const [first, ...others] = cluster.nodes;
  for (const node of others) {
    const found = first && mesh.between(first.name, node.name);
    if (!first || !found?.fallback) continue;
    const needed = fastdpSize(config.mtu, found.encrypted);
    const why =
      found.fallback === 'filter'
        ? `${found.encrypted ? 'ESP' : 'UDP 6784'} does not get through`
        : `the network between them takes less than ${needed} bytes`;
    const message = `weave: ${first.name} and ${node.name} fall back to sleeve: ${why}`;
    const hint =
      found.fallback === 'filter'
        ? 'let it pass the firewall'
        : `plugin.mtu (WEAVE_MTU) ${config.mtu} needs ${needed} bytes`;
    return [{ severity: 'warning', code: 'WEAVE_SLEEVE_FALLBACK', message, hint, place: node.place }];
  }
  return [];
};

const limitProblems = (cluster: Cluster, { connLimit, peers }: WeaveConfig): readonly Problem[] => {
  const wanted = cluster.nodes.length - 1;
  if (peers || wanted <= connLimit) return [];
  const message = `weave: ${wanted} peers are more than CONN_LIMIT ${connLimit}: some connections stay pending, and which is not known; all are taken as there`;
  return [
    {
      severity: 'warning',
      code: 'WEAVE_CONN_LIMIT',
      message,
      hint: 'raise CONN_LIMIT, or state plugin.peers',
      ...placeOf(cluster, ['connLimit']),
    },
  ];
};

/** What is odd or impossible about a cluster under Weave Net. */
export const clusterProblems = (cluster: Cluster, config: WeaveConfig, mesh: Mesh): readonly Problem[] => [
  ...overlapProblems(cluster, config),
  ...strayPods(cluster, config),
  ...familyProblems(cluster),
  ...policyProblems(cluster, config),
  ...fallbackProblems(cluster, config, mesh),
  ...limitProblems(cluster, config),
];

/** What an answer under Weave Net rests on without being stated. */
export const clusterAssumptions = (cluster: Cluster, config: WeaveConfig): readonly Assumption[] => {
  const range = {
    code: 'WEAVE_RANGE',
    text: `pods are in ${formatPrefix(config.range)}, Weave's default`,
    change: 'plugin.range',
  };
  const crypto = {
    code: 'WEAVE_SLEEVE_CRYPTO',
    text: 'encryption adds 24 bytes to sleeve',
    change: 'plugin.encryption',
  };
  return [
    ...(config.rangeStated || cluster.nodes.length === 0 ? [] : [range]),
    ...(config.encryption && !config.fastdp ? [crypto] : []),
  ];
};
