import type { Cluster as Model } from '../../../src/model/cluster.ts';
import { podKey } from '../../../src/model/cluster.ts';
import type { ProxyMode } from '../../../src/model/service.ts';
import type { Ip } from '../../../src/net/ip.ts';
import { hostPrefix, parseCidr } from '../../../src/net/prefix.ts';
import { plugins } from '../../../src/plugins/index.ts';
import type { Plan } from '../../../src/plugins/plugin.ts';
import { planOf, withServices } from '../../support/plan.ts';
import { ip } from '../hand.ts';
import type { Cluster } from '../lab.ts';

const cidr = (text: string) => parseCidr(text)!;

// The world behind the plan's own router: its far end, and one host that answers.
const OUTSIDE = ['198.51.100.1/24', '203.0.113.10/32', '2001:db8::1/64', '2001:db8:113::10/128'].map(cidr);
const GATEWAYS: readonly Ip[] = [ip('198.51.100.2'), ip('2001:db8::2')];

// The world outside knows the way to the addresses of load balancers and to external IPs.
const virtual = ({ services }: Model) =>
  services.flatMap(({ ingress, externalIPs }) => [...ingress.flatMap(({ ip }) => ip ?? []), ...externalIPs].map(hostPrefix));

/** What the lab needs of a plan: all its namespaces, and the world outside. */
export const installed = ({ world, cluster }: Plan): Cluster => ({
  world,
  ids: [
    ...cluster.nodes.map((node) => node.name),
    ...cluster.pods.filter((pod) => world.netns(podKey(pod)) !== undefined).map(podKey),
    ...(world.fabric.gateway ? [world.fabric.gateway.netns] : []),
    ...(cluster.fabric?.hosts ?? []).map(({ name }) => `fabric/${name}`).filter((id) => world.netns(id) !== undefined),
  ],
  outside: { segment: 'internet', mac: '00:00:5e:00:01:01', addresses: OUTSIDE, gateways: GATEWAYS, behind: [...cluster.subnets.nodes, ...virtual(cluster)] },
});

/** The state that a plugin builds for a cluster file's text, to be installed as it is. */
export const plannedCluster = async (text: string, mode?: ProxyMode): Promise<Cluster> => installed(await planOf(text, 'cluster.yaml', mode));

/** The plan for a cluster that is there already. */
export const plannedModelOf = async (model: Model, mode?: ProxyMode): Promise<Plan> => {
  const load = Object.entries(plugins).find(([name]) => name === model.plugin.name)?.[1];
  if (!load) throw new Error(`no plugin ${model.plugin.name}`);
  return withServices((await load()).default.plan(model), mode);
};

/** The state that a plugin builds for such a cluster. */
export const plannedModel = async (model: Model, mode?: ProxyMode): Promise<Cluster> => installed(await plannedModelOf(model, mode));

// Kinds of links that the host's kernel lacks.
const ELSEWHERE: ReadonlySet<string> = new Set(['ipip', 'wireguard']);

/** The first clusters of a list that the host's kernel can be made into, whatever their plugins are; `clouds` by the lab's stand-in, or not at all. */
export const installable = async (models: readonly Model[], count: number, clouds: boolean): Promise<readonly Model[]> => {
  const found: Model[] = [];
  for (const model of models) {
    if (found.length === count) break;
    const { world, ids } = await plannedModel(model);
    const links = ids.flatMap((id) => world.netns(id)?.links ?? []);
    if ((clouds || world.fabric.segments.every(({ kind }) => kind !== 'cloud')) && links.every(({ kind }) => !ELSEWHERE.has(kind))) found.push(model);
  }
  return found;
};
