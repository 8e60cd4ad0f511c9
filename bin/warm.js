// Writes the code cache: runs what people run most, so that its functions are compiled, and keeps them. Called by the build.
const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
const { cache, run } = require('./load.js');

const { script, exports: cli } = run();
const io = { out() {}, err() {}, env: {}, cwd: __dirname, colours: { out: 1, err: 1 } };
const commands = [
  'trace pod-a pod-b',
  'trace pod-a internet -v',
  'trace pod-a pod-b -o json --port 80',
  'node node-1',
  'plugins',
  'explain LOOP',
  '--help',
];

(async () => {
  for (const command of commands) await cli.main(command.split(' '), io);
  mkdirSync(dirname(cache), { recursive: true });
  writeFileSync(cache, script.createCachedData());
})();
