import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataplane } from '../../src/dataplane/index.ts';
import { load } from '../../src/load/index.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import type { ProxyMode } from '../../src/model/service.ts';
import { plugins } from '../../src/plugins/index.ts';
import type { Plugin } from '../../src/plugins/plugin.ts';
import { planServices } from '../../src/services/index.ts';
import { writeCluster } from './cluster.ts';
import type { Row } from './ratio.ts';

const since = (start: number): number => performance.now() - start;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const SIZE = { nodes: 500, pods: 50_000, services: 10_000 };
const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs'];
const ROUNDS = 5;
/** Of the time that JSON.parse takes for the same bytes. ipvs mode has every address of every Service on each node. */
const BUDGETS: Readonly<Record<ProxyMode, number>> = { iptables: 0.3, nftables: 0.3, ipvs: 1 };

/** Five endpoints of the last Service's slice; or the one pod that the selector of an earlier one finds, where the slices are left out. */
const SOURCES = [
  ['', -1, 5],
  [', endpoints from pods', 996, 1],
] as const;

/** One trace through a ClusterIP in a cluster of 10,000 Services with 50,000 endpoints, after reading: against JSON.parse of the same bytes. */
export default async function services(): Promise<Row[]> {
  const file = join(tmpdir(), `k8snet-bench-services-${process.pid}.json`);
  await writeCluster(file, SIZE);
  const floors: number[] = [];
  const times = new Map<string, number[]>();
  try {
    const plugin = (await plugins.flannel()).default;
    for (let round = 0; round < ROUNDS; round++) {
      const text = readFileSync(file, 'utf8');
      const start = performance.now();
      JSON.parse(text);
      floors.push(since(start));
      for (const mode of MODES)
        for (const [source, index, ways] of SOURCES) {
          // Read anew, for what was made of a cluster is kept with it.
          const { cluster } = await load({ files: [file] });
          if (!cluster) throw new Error('the generated cluster could not be read');
          const took = await trace(plugin, source === '' ? cluster : { ...cluster, slices: [] }, mode, index, ways);
          const name = `${mode}${source}`;
          times.set(name, [...(times.get(name) ?? []), took]);
        }
    }
  } finally {
    rmSync(file, { force: true });
  }
  const floor = median(floors);
  const row = (name: string, ms: number, budget?: number): Row => ({ name, ms, ratio: ms / floor, ...(budget !== undefined && { budget }) });
  return MODES.flatMap((mode) =>
    SOURCES.map(([source]) => row(`${mode}${source}: plan, build, walk`, median(times.get(`${mode}${source}`) ?? []), BUDGETS[mode])),
  );
}

// Milliseconds of planning, building what a packet meets, and walking there and back.
const trace = async (plugin: Plugin, cluster: Cluster, mode: ProxyMode, index: number, ways: number): Promise<number> => {
  const [pod, service] = [cluster.pods[0], cluster.services.at(index)];
  const [dst] = service?.clusterIPs ?? [];
  if (!pod || dst === undefined) throw new Error('the generated cluster is too small');
  const start = performance.now();
  const plan = plugin.plan(cluster);
  const { world } = await planServices(plan.cluster, plan.world, mode);
  const from = plan.netnsOfPod(pod.namespace, pod.name);
  if (!from) throw new Error('the first pod is nowhere');
  const journeys = createDataplane(world).walk({ netns: from.id, dst, protocol: 'tcp', port: 80, length: 60, df: true }, { reply: true });
  const took = since(start);
  const bad = journeys.find(({ replies }) => replies[0]?.verdict !== 'delivered');
  if (journeys.length !== ways || bad) throw new Error(`${mode}: ${journeys.length} ways, ${bad?.forward.reason.code}`);
  return took;
};
