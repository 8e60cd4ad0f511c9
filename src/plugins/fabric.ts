import type { CloudRoute } from '../fabric/cloud.ts';
import type { Fabric, Lent, Segment } from '../fabric/fabric.ts';
import { indexPorts } from '../fabric/ports.ts';
import type { Netns } from '../linux/netns.ts';
import { originAt } from '../linux/origin.ts';
import type { Cluster, Node } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
import type { Ip } from '../net/ip.ts';
import { covers, type Prefix } from '../net/prefix.ts';
import { createCloud, type OutboundType } from './cloud.ts';
import { planPorts } from './fabric-ports.ts';
import { filtersOf } from './filters.ts';
import { planHosts } from './hosts.ts';
import type { Nic } from './nics.ts';
import { buildRouter, type StaticRoute, strayRoutes } from './router.ts';
import { planSegments } from './segments.ts';

type Kind = Exclude<Fabric['kind'], 'nsx'>;

/** The fabric of a cluster, and the parts of it that are namespaces. */
export type FabricPlan = {
  readonly fabric: Fabric;
  readonly nics: (node: Node) => readonly Nic[];
  /** The machines that are no nodes, by the ids of their namespaces. */
  readonly hosts: (id: string) => Netns | undefined;
  /** The router, where there is one. */
  readonly router?: { readonly id: string; readonly build: () => Netns };
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
};

export type FabricOptions = {
  readonly plugin: string;
  /** Where the cluster file does not say. */
  readonly kind: Kind;
  /** Whether the NICs of a cloud may carry other addresses than their own, where the node does not say. */
  readonly ipForwarding: boolean;
  /** What a controller wrote into the cloud's route table. */
  readonly cloudRoutes?: readonly CloudRoute[];
  /** What someone told the router. */
  readonly staticRoutes?: readonly StaticRoute[];
  /** The ranges of a cloud's virtual network; default: those of the nodes. */
  readonly vnet?: readonly Prefix[];
  /** Further subnets all of whose addresses the input has: those of pods. */
  readonly podSubnets?: readonly Prefix[];
  /** Addresses of pods that a cloud lends the NICs of their nodes. */
  readonly lent?: {
    readonly of: (node: Node) => Lent | undefined;
    readonly ownerOf: (ip: Ip) => Node | undefined;
  };
  /** Routes for NICs of an overlay. */
  readonly overlayRoutes?: readonly CloudRoute[];
  readonly outbound?: OutboundType;
};

const PROVIDERS: Readonly<Record<string, Kind>> = { azure: 'azure', aws: 'aws', gce: 'gcp' };

/** The fabric that the nodes' providerIDs speak of (`azure:///…`). */
export const providerOf = (cluster: Cluster): Kind | undefined => {
  const id = cluster.nodes.find((node) => node.providerID !== undefined)?.providerID;
  return PROVIDERS[id?.split(':')[0] ?? ''];
};

/**
 * Lays out what lies between the nodes. `l2` and `routed`: a switch per subnet of nodes and a router between them and to the world;
 * `azure`, `aws`, `gcp`: a cloud network, without a router of our own.
 */
export const planFabric = (cluster: Cluster, options: FabricOptions): FabricPlan => {
  const spec = cluster.fabric;
  const asked = spec?.kind ?? options.kind;
  const kind: Kind = asked === 'nsx' ? 'l2' : asked;
  const unsupported: readonly Problem[] =
    asked === 'nsx'
      ? [
          {
            severity: 'warning',
            code: 'FABRIC_UNSUPPORTED',
            message: 'an NSX fabric is taken as l2 here',
            ...(spec && { place: spec.place }),
          },
        ]
      : [];
  const cloud = kind === 'azure' || kind === 'aws' || kind === 'gcp' ? kind : undefined;
  const segments = planSegments(cluster, cloud !== undefined);
  const podSubnets = cloud ? (options.podSubnets ?? []) : [];
  const vnet = spec?.vnet ?? options.vnet ?? segments.list.flatMap(({ prefixes }) => prefixes);
  const hosts = planHosts(cluster, segments, cloud ? vnet : []);
  const routerId = cluster.nodes.some((node) => node.name === 'gateway') ? 'fabric/gateway' : 'gateway';

  const portsOf = planPorts(cluster, segments, hosts, cloud ? options : undefined, routerId);
  const { filters: stated, problems } = filtersOf(spec);
  const made =
    cloud &&
    createCloud(cloud, spec, {
      vnet,
      made: options.cloudRoutes ?? [],
      overlay: options.overlayRoutes ?? [],
      filters: stated,
      outbound: options.outbound,
    });
  const network = made?.cloud;
  const list = segments.list.map(
    (segment, i): Segment => ({
      name: segment.name,
      kind: network ? 'cloud' : 'switch',
      prefixes: [
        ...segment.prefixes,
        ...podSubnets.filter((range) => !segment.prefixes.some((own) => covers(own, range))),
      ],
      mtu: segment.mtu,
      ports: portsOf(segment, i),
      ...(network ? { cloud: network } : { filters: stated }),
      ...(spec && { origin: originAt({ kind: 'Fabric', name: segment.name }, spec.place) }),
    }),
  );
  const internet: Segment = {
    name: 'internet',
    kind: 'internet',
    prefixes: [],
    mtu: 65535,
    ports: indexPorts(() => []),
  };
  const all = cloud ? list : [...list, internet];
  const byName = new Map(all.map((segment) => [segment.name, segment]));
  return {
    fabric: {
      kind,
      segments: all,
      segment: (name) => byName.get(name),
      ...(!cloud && { gateway: { netns: routerId, wan: 'wan' } }),
    },
    nics: segments.nics,
    ...(!cloud && {
      router: {
        id: routerId,
        build: () => buildRouter(routerId, segments.list, cluster, spec?.routes ? [] : (options.staticRoutes ?? [])),
      },
    }),
    hosts: hosts.build,
    assumptions: segments.assumptions,
    problems: [
      ...unsupported,
      ...problems,
      ...hosts.problems,
      ...(made?.problems ?? []),
      ...(cloud ? [] : strayRoutes(segments.list, spec)),
    ],
  };
};
