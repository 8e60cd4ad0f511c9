// Judges dist/: how much of it a command loads, and that no command loads a library that it does not need.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(join(import.meta.dirname, '..'));
const { outputs } = JSON.parse(readFileSync('.cache/bundle.json', 'utf8'));
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const kB = 1000;
const commands = [
  {
    args: ['--version'],
    status: [0],
    budget: 80 * kB,
    without: ['ink', 'react', 'yoga-layout', 'yaml', 'js-yaml', 'zod', 'ip-num', 'cli-table3'],
  },
  {
    args: ['trace', 'pod-a', 'pod-b'],
    status: [0],
    // The example has a Service: its rules and endpoints are a sixth of this.
    budget: 640 * kB,
    without: ['ink', 'react', 'yoga-layout', 'yaml', 'ip-num', 'cli-table3'],
  },
];
const wholeBudget = 4500 * kB;

const problems = [];
const printed = execFileSync(process.execPath, ['bin/k8snet.js', '--version'], { encoding: 'utf8' }).trim();
if (printed !== version) problems.push(`--version prints ${printed}, package.json says ${version}`);
if (!existsSync('dist/THIRD-PARTY-LICENCES')) problems.push('dist/THIRD-PARTY-LICENCES is missing');

for (const { args, status, budget, without } of commands) {
  const chunks = loaded(args, status);
  const size = sum(chunks.map((chunk) => outputs[chunk].bytes));
  const packages = new Set(chunks.flatMap((chunk) => Object.entries(outputs[chunk].inputs)).flatMap(packageOf));
  console.log(`k8snet ${args.join(' ')}: ${chunks.length} chunks, ${size} bytes; ${[...packages].sort().join(' ')}`);
  if (size > budget) problems.push(`k8snet ${args.join(' ')} loads ${size} bytes, over the budget of ${budget}`);
  for (const name of without) if (packages.has(name)) problems.push(`k8snet ${args.join(' ')} loads ${name}`);
}

const whole = sum(readdirSync('dist', { recursive: true }).map((file) => statSync(join('dist', file)).size));
console.log(`dist: ${whole} bytes`);
if (whole > wholeBudget) problems.push(`dist has ${whole} bytes, over the budget of ${wholeBudget}`);

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

/** The chunks that a run loads, as V8's coverage report lists them. */
function loaded(args, expected) {
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-'));
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  // The modules, not the bundle in one piece that starts from the code cache.
  const code = "import{main}from'./dist/cli.js';process.exitCode=await main(process.argv.slice(1))";
  const inline = ['--input-type=module', '-e', code, '--', ...args];
  const { status, stderr } = spawnSync(process.execPath, inline, { env, encoding: 'utf8' });
  if (!expected.includes(status)) problems.push(`k8snet ${args.join(' ')} ends with ${status}: ${stderr}`);
  const scripts = readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).result);
  rmSync(folder, { recursive: true });
  const files = scripts
    .filter(({ url }) => url.startsWith('file:'))
    .map(({ url }) => relative('.', fileURLToPath(url)));
  return [...new Set(files)].filter((file) => outputs[file] !== undefined);
}

/** The package of an input, where it put anything into the chunk. */
function packageOf([path, { bytesInOutput }]) {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return name === undefined || bytesInOutput === 0 ? [] : [name];
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
