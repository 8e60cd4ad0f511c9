import { join } from 'node:path';
import { walkProbe } from '../../src/dataplane/index.ts';
import type { World } from '../../src/fabric/world.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { load } from '../../src/load/index.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { formatIp } from '../../src/net/ip.ts';
import { plugins } from '../../src/plugins/index.ts';
import type { Plan, Plugin, Store } from '../../src/plugins/plugin.ts';
import { withServices } from './plan.ts';
import { ip } from './world.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

/** A cluster in the short form, as an object, or a folder in fixtures/. */
export type Short = string | Readonly<Record<string, unknown>>;

/** Two nodes with pods a and b on the first and c on the second; `over` replaces keys of the cluster file. */
export const twoNodes = (plugin: unknown, over: Readonly<Record<string, unknown>> = {}): Short => ({
  plugin,
  subnets: { nodes: '192.168.1.0/24', pods: '10.244.0.0/16', services: '10.96.0.0/12' },
  nodes: [
    { name: 'node1', ip: '192.168.1.11', podCIDR: '10.244.0.0/24' },
    { name: 'node2', ip: '192.168.1.12', podCIDR: '10.244.1.0/24' },
  ],
  pods: [
    { name: 'a', node: 'node1', ip: '10.244.0.2' },
    { name: 'b', node: 'node1', ip: '10.244.0.3' },
    { name: 'c', node: 'node2', ip: '10.244.1.2' },
  ],
  ...over,
});

export const clusterOf = async (short: Short): Promise<Cluster> => {
  const text = { name: 'cluster.yaml', text: JSON.stringify(short) };
  const loaded = await load(typeof short === 'string' ? { files: [join(FIXTURES, short, 'cluster.yaml')] } : { files: [], text });
  const errors = loaded.problems.filter(({ severity }) => severity === 'error');
  if (!loaded.cluster || errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  return loaded.cluster;
};

export const pluginOf = async (cluster: Cluster): Promise<Plugin> => (await plugins[cluster.plugin.name as keyof typeof plugins]()).default;

export const planOf = async (short: Short, store?: Store): Promise<Plan> => {
  const cluster = await clusterOf(short);
  return withServices((await pluginOf(cluster)).plan(cluster, store));
};

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
  return {
    forward,
    replies,
    /** `delivered at default/b from 10.1.15.2 ttl 60`. */
    end: `${forward.verdict} at ${forward.netns} from ${formatIp(forward.packet.src)} ttl ${forward.packet.ttl}`,
    code: forward.reason.code,
    back: replies.map((reply) => `${reply.verdict} at ${reply.netns} ttl ${reply.packet.ttl}`).join(', '),
    /** Who told the sender of the end, if that reached it. */
    teller: forward.error?.verdict === 'delivered' ? formatIp(forward.error.packet.src) : undefined,
  };
};
