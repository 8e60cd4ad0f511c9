import { spawnSync } from 'node:child_process';

/** One line of a benchmark's table: how many times the floor a thing takes. */
export type Row = { readonly name: string; readonly ratio: number; readonly ms: number; readonly budget?: number };

/** A thing to measure: milliseconds of one run. */
export type Run = () => number | Promise<number>;

/**
 * Medians over rounds. A round runs every variant once, in random order, and divides by the floor of the same round:
 * what the machine does besides then weighs on both.
 */
export async function ratios(floor: Run, variants: Readonly<Record<string, Run>>, rounds: number): Promise<Row[]> {
  const names = Object.keys(variants);
  const samples = new Map(names.map((name) => [name, { ratio: [] as number[], ms: [] as number[] }]));
  for (let round = 0; round < rounds; round++) {
    const taken = new Map<string, number>();
    for (const name of shuffled(['', ...names])) taken.set(name, await (variants[name] ?? floor)());
    for (const [name, { ratio, ms }] of samples) {
      ms.push(taken.get(name)!);
      ratio.push(taken.get(name)! / taken.get('')!);
    }
  }
  return [...samples].map(([name, { ratio, ms }]) => ({ name, ratio: median(ratio), ms: median(ms) }));
}

/** A fresh Node process. Extra certificates alone cost Node 20 some 50 ms and would hide what is measured. */
export function node(...args: string[]): Run {
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...env } = process.env;
  return () => {
    const start = performance.now();
    const { status, error, stderr } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const ms = performance.now() - start;
    if (error || status !== 0) throw error ?? new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
    return ms;
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
