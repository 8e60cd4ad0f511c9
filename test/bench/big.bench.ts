import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataplane } from '../../src/dataplane/index.ts';
import { load } from '../../src/load/index.ts';
import { plugins } from '../../src/plugins/index.ts';
import { big, writeCluster } from './cluster.ts';
import type { Row } from './ratio.ts';

const since = (start: number): number => performance.now() - start;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** One trace in a cluster of 5,000 nodes and 150,000 pods: reading against JSON.parse of the same bytes, then tracing alone. */
export default async function bigCluster(): Promise<Row[]> {
  const file = join(tmpdir(), `k8snet-bench-${process.pid}.json`);
  await writeCluster(file, big);
  const plugin = (await plugins.flannel()).default;
  const floors: number[] = [];
  const reads: number[] = [];
  const traces: number[] = [];
  try {
    for (let round = 0; round < 3; round++) {
      let start = performance.now();
      JSON.parse(readFileSync(file, 'utf8'));
      floors.push(since(start));
      start = performance.now();
      const { cluster } = await load({ files: [file] });
      reads.push(since(start));
      const last = cluster?.pods.at(-1);
      const first = cluster?.pods[0];
      if (!cluster || !first || !last?.ips[0]) throw new Error('the generated cluster could not be read');
      start = performance.now();
      const plan = plugin.plan(cluster);
      const from = plan.netnsOfPod(first.namespace, first.name);
      if (!from) throw new Error('the first pod is nowhere');
      const probe = { netns: from.id, dst: last.ips[0], protocol: 'icmp', length: 84, df: true } as const;
      const [journey] = createDataplane(plan.world).walk(probe, { reply: true });
      traces.push(since(start));
      if (journey?.replies[0]?.verdict !== 'delivered') throw new Error(`the trace ended with ${journey?.forward.reason.code}`);
    }
  } finally {
    rmSync(file, { force: true });
  }
  const floor = median(floors);
  const row = (name: string, values: readonly number[], budget?: number): Row => ({
    name,
    ms: median(values),
    ratio: median(values) / floor,
    ...(budget !== undefined && { budget }),
  });
  return [
    row('reading 5,000 nodes, 150,000 pods', reads),
    // 50 ms as a share of the floor of this machine.
    row('tracing: planning, building two nodes, walking', traces, 50 / floor),
  ];
}
