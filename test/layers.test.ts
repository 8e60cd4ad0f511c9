import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importsOf, violations } from './support/layers.ts';

const root = join(import.meta.dirname, '..');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => `src/${path}`)
  .sort();

test.for(sources)('%s keeps the import law', (path) => {
  expect(violations(path, readFileSync(join(root, path), 'utf8'))).toEqual([]);
});

test.for([
  ['src/net/prefix.ts', `import { a } from '../linux/route.ts';`, 'net may not import linux'],
  ['src/dataplane/route.ts', `import type { Pod } from '../model/pod.ts';`, 'dataplane may not import model'],
  ['src/dataplane/nat/a.ts', `export * from '../../services/iptables.ts';`, 'dataplane may not import services'],
  ['src/plugins/weave/index.ts', `const m = await import('../../dataplane/walk.ts');`, 'plugins may not import dataplane'],
  ['src/services/nat.ts', `import '../policy/index.ts';`, 'services may not import policy'],
  ['src/explain/hop.ts', `export type { A } from '../plugins/types.ts';`, 'explain may not import plugins'],
  ['src/policy/a.ts', `import {\n  type A,\n  b,\n} from '../check/rule.ts';`, 'policy may not import check'],
  ['src/render/text/index.ts', `import { a } from '../../explain/document.ts';`, 'render may import only types of explain'],
  ['src/render/text/index.ts', `import { type A } from '../../explain/document.ts';`, 'render may import only types of explain'],
  ['src/render/text/index.ts', `import type { A } from '../../load/source.ts';`, 'render may not import load'],
  ['src/render/json.ts', `import { readFileSync } from 'node:fs';`, 'render may not touch the system (node:fs)'],
  ['src/trace.ts', `import { text } from './render/text/index.ts';`, 'usecase may not import render'],
  ['src/trace.ts', `import { main } from './cli.ts';`, 'usecase may not import cli'],
  ['src/model/a.ts', `import fs from "node:fs"`, 'model may not touch the system (node:fs)'],
  ['src/model/a.ts', `const m = await import(name);`, 'a computed import() cannot be judged'],
  ['src/model/a.ts', 'const m = await import(`./${name}.ts`);', 'a computed import() cannot be judged'],
  ['src/model/a.ts', `import { x } from '../../test/support/x.ts';`, 'test/support/x.ts is not in the law'],
  ['src/model/a.ts', `import text from '../../fixtures/a/cluster.yaml';`, 'fixtures/a/cluster.yaml is not in the law'],
  ['src/util/a.ts', '', 'its folder is not in the law'],
  ['src/usecase/a.ts', '', 'its folder is not in the law'],
] as const)('%s: %s breaks it', ([path, source, want]) => expect(violations(path, source)).toEqual([`${path}: ${want}`]));

test.for([
  ['src/plugins/flannel/index.ts', `import { p } from '../../net/prefix.ts';\nimport { l } from '../../linux/link.ts';`],
  ['src/plugins/calico/names.ts', `import { createHash } from 'node:crypto';`],
  ['src/render/text/index.ts', `import type { A } from '../../explain/document.ts';\nimport { pad } from '../columns.ts';`],
  ['src/render/check/text.ts', `import type { Findings } from '../../check.ts';`],
  ['src/load/files.ts', `import { readFileSync } from 'node:fs';\nimport { load } from 'js-yaml';`],
  ['src/cli.ts', `import example from '../fixtures/flannel/udp-docker0/cluster.yaml';`],
  ['src/cli.ts', `const m = await import('./commands/trace.ts');`],
  ['src/commands/trace.ts', `import { trace } from '../trace.ts';\nimport { text } from '../render/text/index.ts';`],
  ['src/net/ip.ts', `// import('../model/a.ts') would be wrong\n/**\n * import x from '../model/a.ts'\n */\nconst s = "import x from '../model/a.ts'";`],
] as const)('%s: %s keeps it', ([path, source]) => expect(violations(path, source)).toEqual([]));

test('every form of import is seen', () => {
  const source = `import a, { b } from './1.ts';
import * as c from "./2.ts";
import './3.ts';
export { d } from './4.ts';
export * as e from './5.ts';
import type { F } from './6.ts';
export const lazy = { g: () => import('./7.ts') } satisfies Record<string, () => Promise<unknown>>;
`;
  expect(importsOf(source).map(({ specifier }) => specifier)).toEqual(['./1.ts', './2.ts', './3.ts', './4.ts', './5.ts', './6.ts', './7.ts']);
});

const registries = ['plugins', 'check', 'render'].filter((folder) => existsSync(join(root, 'src', folder, 'index.ts')));

test.for(registries)('the registry of src/%s has each of its folders and nothing else', async (folder) => {
  const module: Record<string, unknown> = await import(join(root, 'src', folder, 'index.ts'));
  const lazy = Object.values(module).filter(isRegistry);
  expect(lazy, 'one exported record of () => import(…)').toHaveLength(1);
  const folders = readdirSync(join(root, 'src', folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(Object.keys(lazy[0]!).sort()).toEqual(folders.map(({ name }) => name).sort());
});

function isRegistry(value: unknown): value is Record<string, () => Promise<unknown>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((entry) => typeof entry === 'function');
}
