// Bundles src/cli.ts and every library it uses into dist/. The published package has no dependencies.
import { execFileSync, execSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

process.chdir(import.meta.dirname);
if (!existsSync('node_modules/esbuild')) {
  // `npm install -g .` runs prepare in a clone that has no devDependencies, with its own settings in the environment.
  const global = /^npm_config_(global|location|prefix|local_prefix|omit)$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !global.test(name)));
  execSync('npm ci --include=dev --ignore-scripts', { env, stdio: 'inherit' });
}
const { build } = await import('esbuild');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Ink's hook for a debugger, a package of its own that nobody here installs. */
const noDevtools = {
  name: 'no-devtools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'stub' }));
    onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'export default {}' }));
  },
};

rmSync('dist', { recursive: true, force: true });
const common = {
  entryPoints: ['src/cli.ts'],
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  loader: { '.yaml': 'text' },
  define: { __VERSION__: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
  // With platform node, yaml would resolve to its CommonJS build, which neither shakes nor can be imported lazily.
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  plugins: [noDevtools],
  logLevel: 'warning',
};
const { metafile } = await build({
  ...common,
  outdir: 'dist',
  format: 'esm',
  splitting: true,
  metafile: true,
  chunkNames: 'chunks/[name]-[hash]',
  // Some libraries are CommonJS inside and call require('node:…').
  banner: { js: 'import{createRequire as _require}from"node:module";const require=_require(import.meta.url);' },
});
// The same in one piece, for V8's code cache (bin/load.js).
await build({ ...common, outfile: 'dist/cli.cjs', format: 'cjs' });
execFileSync(process.execPath, ['bin/warm.js'], { stdio: 'inherit' });

for (const [file, { imports }] of Object.entries(metafile.inputs))
  for (const { path, kind } of imports)
    if (kind === 'dynamic-import' && metafile.inputs[path]?.format === 'cjs')
      throw Error(
        `${file}: import() of a CommonJS package has no named exports here; import() a module of ours that imports it`,
      );

// .ci/bundle.mjs reads from this which library sits in which chunk.
mkdirSync('.cache', { recursive: true });
writeFileSync('.cache/bundle.json', JSON.stringify(metafile));
writeFileSync('dist/THIRD-PARTY-LICENCES', licences(Object.keys(metafile.inputs)));

/** The licence texts of all packages that a file of the bundle comes from. */
function licences(inputs) {
  const folders = inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const packages = [...new Set(folders)].filter((folder) => folder !== undefined).sort();
  return packages.map(licence).join(`\n${'-'.repeat(80)}\n\n`);
}

function licence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const words = texts.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
  return `${name} ${version} (${license})\n\n${words.join('\n\n') || 'The package carries no licence text.'}\n`;
}
