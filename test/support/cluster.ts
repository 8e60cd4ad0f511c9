import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { walkProbe } from '../../src/dataplane/index.ts';
import type { World } from '../../src/fabric/world.ts';
import type { Netns } from '../../src/linux/netns.ts';
import type { Cluster, FabricSpec, Node, Pod } from '../../src/model/cluster.ts';
import { formatIp } from '../../src/net/ip.ts';
import { plugins } from '../../src/plugins/index.ts';
import type { Plan, Store } from '../../src/plugins/plugin.ts';
import { ip, prefix } from './world.ts';

type Mapping = Readonly<Record<string, unknown>>;
const list = (value: unknown): readonly string[] => (value === undefined ? [] : [value].flat().map(String));
const place = { file: 'cluster.yaml', line: 1, column: 1 };

const nodeOf = (node: Mapping): Node => ({
  labels: {},
  annotations: {},
  sysctls: {},
  ...node,
  name: String(node['name']),
  ips: list(node['ip']).map(ip),
  podCIDRs: list(node['podCIDR']).map(prefix),
  place,
  ...(node['interfaces'] !== undefined && {
    interfaces: (node['interfaces'] as { name: string; ips: { ip: string; len: number }[] }[]).map((nic) => ({
      ...nic,
      ips: nic.ips.map((one) => ({ ip: ip(one.ip), len: one.len })),
    })),
  }),
});

const podOf = (pod: Mapping): Pod => ({
  namespace: 'default',
  labels: {},
  annotations: {},
  hostNetwork: false,
  phase: 'Running',
  ready: true,
  ...pod,
  name: String(pod['name']),
  node: pod['node'] as string | undefined,
  ips: list(pod['ip']).map(ip),
  ports: ((pod['ports'] ?? []) as Pod['ports']).map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })),
  place,
});

const fabricOf = (fabric: Mapping): FabricSpec => {
  const routes = fabric['routes'] as { dst: string; via: string }[] | undefined;
  const filters = fabric['filters'] as { src?: string; dst?: string }[] | undefined;
  const range = (text: string | undefined) => (text === undefined ? undefined : prefix(text));
  return {
    ...fabric,
    place,
    ...(fabric['gateway'] !== undefined && { gateway: list(fabric['gateway']).map(ip) }),
    ...(routes && {
      routes: routes.map(({ dst, via }) => ({
        dst: prefix(dst),
        via: via === 'none' || via === 'internet' || via === 'vnet' ? via : ip(via),
        place,
      })),
    }),
    ...(filters && { filters: filters.map((f) => ({ ...f, src: range(f.src), dst: range(f.dst), place })) as unknown as NonNullable<FabricSpec['filters']> }),
  } as FabricSpec;
};

/** A cluster from the short form, without the checks of the loader. */
export const clusterOf = (short: Mapping): Cluster => {
  const { name, ...settings } = typeof short['plugin'] === 'string' ? { name: short['plugin'] } : (short['plugin'] as { name: string });
  const subnets = (short['subnets'] ?? {}) as Mapping;
  return {
    plugin: { name, settings, stated: true, at: (path) => ({ ...place, file: `plugin.${path.join('.')}` }) },
    subnets: {
      nodes: list(subnets['nodes']).map(prefix),
      pods: list(subnets['pods']).map(prefix),
      services: list(subnets['services']).map(prefix),
    },
    nodes: ((short['nodes'] ?? []) as Mapping[]).map(nodeOf),
    pods: ((short['pods'] ?? []) as Mapping[]).map(podOf),
    others: [],
    sources: ['cluster.yaml'],
    ...(short['fabric'] !== undefined && { fabric: fabricOf(short['fabric'] as Mapping) }),
  };
};

export const planOf = async (short: Mapping, store?: Store): Promise<Plan> => {
  const cluster = clusterOf(short);
  const { default: plugin } = await plugins[cluster.plugin.name as keyof typeof plugins]();
  return plugin.plan(cluster, store);
};

/** The short form of a cluster file in fixtures/. */
export const fixture = (path: string): Mapping => load(readFileSync(join(import.meta.dirname, '../../fixtures', path, 'cluster.yaml'), 'utf8')) as Mapping;

export const netnsOf = ({ world }: Plan, id: string): Netns => {
  const netns = world.netns(id);
  if (!netns) throw new Error(`no namespace ${id}`);
  return netns;
};

export type Ping = { readonly ttl?: number; readonly length?: number; readonly df?: boolean; readonly tcp?: number };

/** Sends an echo request (or a SYN), and the reply. */
export const ping = (world: World, netns: string, to: string, { ttl, length = 84, df = true, tcp }: Ping = {}) => {
  const dst = ip(to);
  const protocol = tcp !== undefined ? 'tcp' : typeof dst === 'number' ? 'icmp' : 'icmpv6';
  const probe = { netns, dst, length, df, ...(ttl !== undefined && { ttl }), ...(tcp !== undefined && { port: tcp }) };
  const [journey] = walkProbe(world, { ...probe, protocol }, { reply: true });
  if (!journey) throw new Error('no journey');
  const { forward, replies } = journey;
  const at = forward.reason.detail === undefined ? '' : `: ${forward.reason.detail}`;
  return {
    forward,
    replies,
    /** `delivered at default/b from 10.1.15.2 ttl 60`. */
    end: `${forward.verdict} at ${forward.netns} from ${formatIp(forward.packet.src)} ttl ${forward.packet.ttl}`,
    why: `${forward.reason.code}${at}`,
    back: replies.map((reply) => `${reply.verdict} at ${reply.netns} ttl ${reply.packet.ttl}`).join(', '),
    teller: forward.error && `${forward.error.verdict} from ${formatIp(forward.error.packet.src)}`,
  };
};
