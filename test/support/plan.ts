import { createDataplane, type Journey, type Probe } from '../../src/dataplane/index.ts';
import { load } from '../../src/load/index.ts';
import type { ProxyMode } from '../../src/model/service.ts';
import { formatIp, type Ip } from '../../src/net/ip.ts';
import { plugins } from '../../src/plugins/index.ts';
import type { Plan } from '../../src/plugins/plugin.ts';
import { planServices } from '../../src/services/index.ts';
import { ip } from './world.ts';

/** A plan with what kube-proxy adds to it, where the cluster has Services. */
export const withServices = async (plan: Plan, mode?: ProxyMode): Promise<Plan> => {
  const { cluster, world } = plan;
  if (cluster.services.length === 0 && !cluster.proxy) return plan;
  return { ...plan, world: (await planServices(cluster, world, mode)).world };
};

/** A cluster file's text, planned. Errors in it fail the test that brought it. */
export const planOf = async (text: string, name = 'cluster.yaml', mode?: ProxyMode): Promise<Plan> => {
  const { cluster, problems } = await load({ files: [], text: { name, text } });
  const errors = problems.filter((p) => p.severity === 'error');
  if (!cluster || errors.length > 0) throw new Error(`${name}: ${errors.map((e) => e.message).join('; ')}`);
  const entry = Object.entries(plugins).find(([key]) => key === cluster.plugin.name);
  if (!entry) throw new Error(`no plugin ${cluster.plugin.name}`);
  const plan = (await entry[1]()).default.plan(cluster);
  const failed = plan.problems.filter((p) => p.severity === 'error');
  if (failed.length > 0) throw new Error(`${name}: ${failed.map((e) => e.message).join('; ')}`);
  return withServices(plan, mode);
};

export type Ask = { readonly from: string; readonly to: string } & Partial<Pick<Probe, 'length' | 'ttl' | 'df' | 'port' | 'protocol' | 'src'>>;

/** Asks by the names of a cluster: a pod `a` means default/a. An echo of 84 bytes unless said otherwise. */
export const asker = (plan: Plan) => {
  const dataplane = createDataplane(plan.world);
  const home = (name: string): string => plan.netnsOfPod('default', name)?.id ?? name;
  const address = (name: string): Ip => {
    const pod = plan.cluster.pods.find((p) => p.name === name);
    const node = plan.cluster.nodes.find((n) => n.name === name);
    return (pod ?? node)?.ips[0] ?? ip(name);
  };
  return ({ from, to, ...more }: Ask): Journey => {
    const dst = address(to);
    const v6 = typeof dst === 'bigint';
    const probe: Probe = { netns: home(from), dst, protocol: v6 ? 'icmpv6' : 'icmp', length: v6 ? 104 : 84, df: true, ...more };
    const [journey] = dataplane.walk(probe, { reply: true });
    if (!journey) throw new Error('no journey');
    return journey;
  };
};

/** Who answers a traceroute: the address of each hop's time-exceeded, `*` for silence, until the destination answers. */
export const traceroute = (ask: (question: Ask) => Journey, from: string, to: string): string[] => {
  const hops: string[] = [];
  for (let ttl = 1; ttl <= 10; ttl++) {
    const { forward } = ask({ from, to, ttl });
    if (forward.verdict === 'delivered' || forward.verdict === 'exits') return hops;
    hops.push(forward.error?.verdict === 'delivered' ? formatIp(forward.error.packet.src) : '*');
  }
  return hops;
};
