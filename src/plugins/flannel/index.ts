import { assignAddresses } from '../../model/assign.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Assumption, Problem } from '../../model/place.ts';
import { contains, formatPrefix } from '../../net/prefix.ts';
import { planFabric, providerOf } from '../fabric.ts';
import { definePlugin, type Plan, type Store, type StoreRequest } from '../plugin.ts';
import { schemaOf } from '../settings.ts';
import { createRoster, createWorld, netnsOfPod } from '../world.ts';
import { notesOf } from './annotations.ts';
import { builders } from './backends.ts';
import { type FlannelConfig, flannelSettings, resolveConfig } from './config.ts';
import { ETCD_ENDPOINTS, ETCD_PREFIX } from './defaults.ts';
import { parseFlannelStore } from './leases.ts';
import { planLessees } from './lessees.ts';
import { macsOf } from './macs.ts';
import { planMembers } from './members.ts';
import { MODELLED } from './modelled.ts';
import { nodeBuilder, podBuilder, subnetEnvOf } from './node.ts';
import { settingsSchema } from './settings.ts';
import { assignPolicy, matchLeases, spread, strayPods } from './subnets.ts';

const storeRequest = (cluster: Cluster): StoreRequest | undefined => {
  const settings = flannelSettings(cluster).data;
  // Without an `etcd:` the leases are those of the cluster file.
  if (!settings?.etcd || settings.subnetManager === 'kube') return undefined;
  const { endpoints, prefix, ...credentials } = settings.etcd;
  return {
    kind: 'etcd',
    endpoints: endpoints ?? ETCD_ENDPOINTS,
    prefix: prefix ?? ETCD_PREFIX,
    ...Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== undefined)),
  };
};

const backendProblems = (config: FlannelConfig, cluster: Cluster): readonly Problem[] => {
  const { type } = config.backend;
  const builder = builders[type];
  const place = cluster.plugin.at?.(['backend']) ?? cluster.plugin.place;
  const at = place ? { place } : {};
  if (!builder)
    return [
      {
        severity: 'error',
        code: 'FLANNEL_BACKEND_UNSUPPORTED',
        message: `flannel: backend ${type} is not modelled`,
        ...at,
      },
    ];
  if (!config.network6 || builder.ipv6) return [];
  const message = `flannel: backend ${type} carries no IPv6`;
  const hint = 'dual stack: vxlan, wireguard, host-gw';
  return [{ severity: config.network ? 'warning' : 'error', code: 'FLANNEL_NO_IPV6', message, hint, ...at }];
};

const hostGwProblems = (config: FlannelConfig, cluster: Cluster): readonly Problem[] => {
  if (config.backend.type !== 'host-gw') return [];
  const ranges = spread(cluster.nodes, cluster.subnets.nodes, contains);
  if (ranges.length < 2) return [];
  const message = `flannel: host-gw adds no routes between nodes of ${ranges.map(formatPrefix).join(' and ')}: the peer is not on the link`;
  return [{ severity: 'warning', code: 'FLANNEL_HOST_GW_NOT_ON_LINK', message, hint: 'vxlan with directRouting' }];
};

const blackholeProblems = (config: FlannelConfig, cluster: Cluster): readonly Problem[] => {
  if (!config.blackholeRoute || (config.bridge === 'cni0' && cluster.pods.every((pod) => pod.hostNetwork))) return [];
  const place = cluster.plugin.at?.(['blackholeRoute']) ?? cluster.plugin.place;
  const message = `flannel: the blackhole route comes before that of ${config.bridge}, and nodes drop what is for their own pods`;
  const hint = '--ip-blackhole-route is for Canal, which has no bridge';
  return [{ severity: 'warning', code: 'FLANNEL_BLACKHOLE', message, hint, ...(place && { place }) }];
};

const plan = (cluster: Cluster, store?: Store): Plan => {
  const prefix = flannelSettings(cluster).data?.etcd?.prefix ?? ETCD_PREFIX;
  const stored = store && parseFlannelStore(prefix, store.kvs);
  const { config, ...resolved } = resolveConfig(cluster, stored);
  const matched = stored && matchLeases(cluster, config, stored);
  // A node without a lease in etcd has no subnet: none is made up for it.
  const pods = matched ? [] : [config.network, config.network6].filter((range) => range !== undefined);
  const base = { ...cluster, subnets: { ...cluster.subnets, pods }, ...(matched && { nodes: matched.nodes }) };
  const assigned = assignAddresses(base, assignPolicy(config));
  const full: Cluster = { ...assigned.cluster, subnets: cluster.subnets };

  const notes = notesOf();
  const fabric = planFabric(full, { plugin: 'flannel', kind: providerOf(full) ?? 'l2', ipForwarding: false });
  const macOf = macsOf(full, config, stored, matched?.owners, notes);
  const members = planMembers(full, { config, nics: fabric.nics, macOf, notes });
  const lessees = planLessees(
    full,
    config,
    members.byName,
    notes,
    stored && store && matched && { flannel: stored, owners: matched.owners, kvs: store.kvs },
  );
  const roster = createRoster(full);
  const site = { config, members: members.byName, lessees: lessees.list, fabric, roster };
  const world = createWorld(roster, fabric, {
    node: nodeBuilder(site),
    pod: podBuilder(site, (id) => world.netns(id)),
  });
  const madeMacs: readonly Assumption[] =
    members.madeMacs && config.backend.type === 'vxlan'
      ? [{ code: 'VTEP_MAC', text: "the MACs of the nodes' VXLAN devices are made up; flanneld draws them at random" }]
      : [];
  return {
    cluster: full,
    mode: `${config.backend.type}, ${config.manager === 'etcd' ? 'leases in etcd' : 'kube subnet manager'}`,
    assumptions: [...resolved.assumptions, ...assigned.assumptions, ...fabric.assumptions, ...madeMacs],
    problems: [
      ...resolved.problems,
      ...(stored?.problems ?? []),
      ...(matched ? [...matched.problems, ...strayPods(full)] : assigned.problems),
      ...backendProblems(config, cluster),
      ...hostGwProblems(config, full),
      ...blackholeProblems(config, full),
      ...members.problems,
      ...lessees.problems,
      ...fabric.problems,
    ],
    world,
    netnsOfPod: netnsOfPod(roster),
    files: (name) => {
      const member = members.byName.get(name);
      return member ? [{ path: '/run/flannel/subnet.env', text: subnetEnvOf(config, member) }] : [];
    },
  };
};

export default definePlugin({
  name: 'flannel',
  title: 'Flannel',
  aliases: ['kube-flannel'],
  modelled: MODELLED,
  jsonSchema: () => schemaOf(settingsSchema),
  check: (cluster) => resolveConfig(cluster).problems,
  store: storeRequest,
  plan,
});
