// npm run bench [NAME…]: runs test/bench/NAME.bench.ts, or all of them, and prints how many times its floor each row takes.
// A benchmark exports one function that returns rows. It is bundled first, as Node 20 does not run TypeScript.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../..');
process.chdir(root);
const wanted = process.argv.slice(2);
const all = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length));
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) throw Error(`no such benchmark: ${unknown.join(', ')} (there are ${all.join(', ')})`);

await build({
  entryPoints: all.map((name) => `test/bench/${name}.bench.ts`),
  outdir: '.cache/bench',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  loader: { '.yaml': 'text' },
  define: { __VERSION__: '"0.0.0-bench"' },
  logLevel: 'warning',
});

for (const name of wanted.length > 0 ? wanted : all) {
  const { default: bench } = await import(pathToFileURL(join(root, `.cache/bench/${name}.bench.mjs`)));
  console.log(`\n${name}`);
  for (const { name: what, ratio, ms, budget } of await bench()) {
    const verdict = budget === undefined ? '' : ratio <= budget ? `  within ${budget}x` : `  OVER ${budget}x`;
    console.log(`  ${what.padEnd(44)} ${ratio.toFixed(2).padStart(8)}x ${ms.toFixed(1).padStart(10)} ms${verdict}`);
  }
}
