import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** The same as esbuild's text loader in build.mjs: a YAML file imports as its text. */
const yamlAsText = {
  name: 'yaml-as-text',
  enforce: 'pre' as const,
  load: (id: string) =>
    id.endsWith('.yaml') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : undefined,
};

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

export default defineConfig({
  plugins: [yamlAsText],
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    // One module graph for all files of a worker is nine times faster. It holds while src/ has no mutable module state.
    isolate: false,
    pool: 'threads',
    // .ci/run counts from the JSON report.
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: '.cache/vitest.json' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/kernel/**'],
          // Random clusters and real tools take seconds where the machine does other things as well.
          testTimeout: 60_000,
        },
      },
      {
        // Namespaces, devices and sysctls are shared by the whole machine: one file at a time, after the fast tests.
        extends: true,
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
