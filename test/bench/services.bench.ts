import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataplane } from '../../src/dataplane/index.ts';
import { load } from '../../src/load/index.ts';
import type { ProxyMode } from '../../src/model/service.ts';
import { plugins } from '../../src/plugins/index.ts';
import { planServices } from '../../src/services/index.ts';
import { writeCluster } from './cluster.ts';
import type { Row } from './ratio.ts';

const since = (start: number): number => performance.now() - start;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const SIZE = { nodes: 500, pods: 50_000, services: 10_000 };
const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs'];
const ROUNDS = 5;

/** One trace through a ClusterIP in a cluster of 10,000 Services with 50,000 endpoints, after reading: against JSON.parse of the same bytes. */
export default async function services(): Promise<Row[]> {
  const file = join(tmpdir(), `k8snet-bench-services-${process.pid}.json`);
  await writeCluster(file, SIZE);
  const floors: number[] = [];
  const first = new Map<ProxyMode, number>();
  const times = new Map<ProxyMode, number[]>(MODES.map((mode) => [mode, []]));
  try {
    const plugin = (await plugins.flannel()).default;
    for (let round = 0; round < ROUNDS; round++) {
      const text = readFileSync(file, 'utf8');
      let start = performance.now();
      JSON.parse(text);
      floors.push(since(start));
      for (const mode of MODES) {
        // Read anew, for what was made of a cluster is kept with it.
        const { cluster } = await load({ files: [file] });
        const [pod, service] = [cluster?.pods[0], cluster?.services.at(-1)];
        if (!cluster || !pod || !service?.clusterIPs[0]) throw new Error('the generated cluster could not be read');
        start = performance.now();
        const plan = plugin.plan(cluster);
        const { world } = await planServices(plan.cluster, plan.world, mode);
        const from = plan.netnsOfPod(pod.namespace, pod.name);
        if (!from) throw new Error('the first pod is nowhere');
        const probe = { netns: from.id, dst: service.clusterIPs[0], protocol: 'tcp', port: 80, length: 60, df: true } as const;
        const journeys = createDataplane(world).walk(probe, { reply: true });
        const took = since(start);
        if (!first.has(mode)) first.set(mode, took);
        times.get(mode)?.push(took);
        const bad = journeys.find(({ replies }) => replies[0]?.verdict !== 'delivered');
        if (journeys.length !== 5 || bad) throw new Error(`${mode}: ${journeys.length} ways, ${bad?.forward.reason.code}`);
      }
    }
  } finally {
    rmSync(file, { force: true });
  }
  const floor = median(floors);
  const row = (name: string, ms: number, budget?: number): Row => ({ name, ms, ratio: ms / floor, ...(budget !== undefined && { budget }) });
  return MODES.flatMap((mode) => [
    row(`${mode}: planning, building, walking`, median(times.get(mode) ?? []), 100 / floor),
    row(`${mode}: the same for the first time`, first.get(mode) ?? 0),
  ]);
}
