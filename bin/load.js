// Starting is mostly compiling: from V8's code cache it takes half the time. The build makes a cache for the Node that it runs on;
// any other Node loads the ES modules, of which a command loads only what it needs.
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { Script, constants } = require('node:vm');

const dist = join(__dirname, '../dist');
const bundle = join(dist, 'cli.cjs');
const cache = join(dist, 'cache', `${process.version}-${process.platform}-${process.arch}`);

/** Runs the bundle in one piece, from the cache if one is given. */
function run(cachedData) {
  const importModuleDynamically = constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new Script(Module.wrap(readFileSync(bundle, 'utf8')), {
    filename: bundle,
    cachedData,
    importModuleDynamically,
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, Module.createRequire(bundle), module, bundle, dirname(bundle));
  return { script, exports: module.exports };
}

exports.bundle = bundle;
exports.cache = cache;
exports.run = run;
exports.load = async () => (existsSync(cache) ? run(readFileSync(cache)).exports : import('../dist/cli.js'));
