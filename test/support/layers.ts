/** The import law: which folder of src/ may import which. A test reads the sources against it. */

const useCaseLayers = 'net linux fabric dataplane model load plugins services policy check explain lab'.split(' ');

/** What each layer may import, besides itself. `usecase` is every file directly in src/ other than cli.ts. */
const law: Readonly<Record<string, readonly string[]>> = {
  net: [],
  linux: ['net'],
  fabric: ['net', 'linux'],
  // Never model, plugins, services or policy: else a trace would be printed, not found.
  dataplane: ['net', 'linux', 'fabric'],
  model: ['net'],
  load: ['net', 'model'],
  plugins: ['net', 'linux', 'fabric', 'model', 'policy'],
  services: ['net', 'linux', 'fabric', 'model'],
  policy: ['net', 'model'],
  check: ['net', 'model', 'load', 'plugins', 'policy'],
  explain: ['net', 'linux', 'fabric', 'model', 'dataplane', 'policy'],
  lab: ['net', 'linux', 'fabric', 'dataplane'],
  render: [],
  usecase: useCaseLayers,
  cli: [...useCaseLayers, 'render', 'usecase'],
};

/** Renderers print results that others define: they may name a result's type, and compute nothing. */
const renderMayName = [...useCaseLayers, 'usecase'].filter((layer) => layer !== 'load' && layer !== 'lab');

/** Only these touch the system. */
const system = ['load', 'lab', 'cli'];

/** Built-in modules that any layer may import, with the reason. */
const harmless: Readonly<Record<string, string>> = {
  'node:crypto': 'hashes: kube-proxy and Calico derive chain and device names from SHA sums',
};

type Import = { readonly specifier: string | undefined; readonly typeOnly: boolean };

const clause = /^(?:import|export)\s+(?:(type)\s+)?(?:[\w$*{][\w$\s,*{}]*?\bfrom\s*)?(['"])([^'"\n]+)\2/gm;
const call = /\bimport\s*\(\s*(?:(['"`])([^'"`$\n]+)\1\s*[),])?/g;

/**
 * All imports of a source: static, `export … from`, and `import()`, whose specifier is undefined where it is computed.
 * A statement is looked for at the start of a line only, where the formatter puts it, so that strings do not count.
 */
export function importsOf(source: string): Import[] {
  const code = source.replaceAll(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)/gm, '');
  return [
    ...[...code.matchAll(clause)].map(([, type, , specifier]) => ({ specifier, typeOnly: type !== undefined })),
    ...[...code.matchAll(call)].map(([, , specifier]) => ({ specifier, typeOnly: false })),
  ];
}

/** The layer of a file, given by its path from the root of the project, or undefined where the law does not know it. */
function layerOf(path: string): string | undefined {
  const [, folder, ...rest] = path.split('/');
  if (!path.startsWith('src/') || folder === undefined) return undefined;
  if (rest.length === 0) return folder === 'cli.ts' ? 'cli' : 'usecase';
  if (folder === 'commands') return 'cli';
  return folder !== 'cli' && folder !== 'usecase' && Object.hasOwn(law, folder) ? folder : undefined;
}

/** The sentences that say how a file breaks the law; none where it keeps it. */
export function violations(path: string, source: string): string[] {
  const from = layerOf(path);
  if (from === undefined) return [`${path}: its folder is not in the law`];
  return importsOf(source).flatMap((found) => judge(path, from, found) ?? []);
}

function judge(path: string, from: string, { specifier, typeOnly }: Import): string | undefined {
  if (specifier === undefined) return `${path}: a computed import() cannot be judged`;
  if (specifier.startsWith('node:')) {
    const fine = system.includes(from) || Object.hasOwn(harmless, specifier);
    return fine ? undefined : `${path}: ${from} may not touch the system (${specifier})`;
  }
  if (!specifier.startsWith('.')) return undefined;
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (target.startsWith('fixtures/') && target.endsWith('.yaml') && system.includes(from)) return undefined;
  const to = layerOf(target);
  if (to === undefined) return `${path}: ${target} is not in the law`;
  if (to === from || law[from]?.includes(to)) return undefined;
  if (from === 'render' && renderMayName.includes(to)) {
    return typeOnly ? undefined : `${path}: render may import only types of ${to}`;
  }
  return `${path}: ${from} may not import ${to}`;
}
