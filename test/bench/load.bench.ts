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

const sizes: readonly (readonly [what: string, size: Parameters<typeof writeCluster>[1]])[] = [
  ['1,000 nodes, 30,000 pods', { nodes: 1_000, pods: 30_000 }],
  ['1,000 nodes, 50,000 pods, 10,000 Services', { nodes: 1_000, pods: 50_000, services: 10_000 }],
];

/** Loading dumps as JSON, against reading the file and JSON.parse of it. */
export default async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-'));
  const file = join(folder, 'cluster.json');
  const rows: Row[] = [];
  for (const [what, size] of sizes) {
    await writeCluster(file, size);
    const floor = () => time(() => JSON.parse(readFileSync(file, 'utf8')));
    rows.push(...(await ratios(floor, { [`load: ${what}`]: () => time(() => load({ files: [file] })) }, 7)));
  }
  rmSync(folder, { recursive: true });
  return rows.map((row) => ({ ...row, budget: 1.5 }));
}
