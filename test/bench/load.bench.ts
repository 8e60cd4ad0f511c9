import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from '../../src/load/index.ts';
import { writeCluster } from './cluster.ts';
import { type Row, ratios } from './ratio.ts';

const time = async (run: () => unknown): Promise<number> => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};

/** Loading a dump of 1,000 nodes and 30,000 pods, against reading the file and JSON.parse of it. */
export default async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-'));
  const file = join(folder, 'cluster.json');
  await writeCluster(file, { nodes: 1_000, pods: 30_000 });
  const floor = () => time(() => JSON.parse(readFileSync(file, 'utf8')));
  const rows = await ratios(floor, { 'load: 1,000 nodes, 30,000 pods, JSON': () => time(() => load({ files: [file] })) }, 7);
  rmSync(folder, { recursive: true });
  return rows.map((row) => ({ ...row, budget: 1.5 }));
}
